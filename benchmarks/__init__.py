"""Speed of the engine against the bare statements of the same rows. Needs a connected MariaDB site."""
