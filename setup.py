# pyproject.toml is authoritative; this shim serves tools that look for a setup.py.
from setuptools import find_packages, setup

setup(name="serial_tracking", packages=find_packages(include=["serial_tracking", "serial_tracking.*"]))
