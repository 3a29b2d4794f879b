"""The role of customers who log in on the website came with a later version."""

from serial_tracking import install


def execute():
	"""Make it where it is missing."""
	install.remember_roles(install.PORTAL_ROLE)
	install.make_portal_role()
