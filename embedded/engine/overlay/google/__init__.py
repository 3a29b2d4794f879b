"""Stands in for a client library that the engine imports but this site never calls."""
