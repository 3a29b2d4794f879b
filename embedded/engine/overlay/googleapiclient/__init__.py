"""Stands in for a client that the engine imports but this site never calls."""
