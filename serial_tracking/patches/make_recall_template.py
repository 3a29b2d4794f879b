"""Letters of a recall came with a later version: a site that has the app gets their Email Template too."""

from serial_tracking.install import make_recall_template


def execute():
	"""Make it, once; a site that deletes it afterwards does not get it again."""
	make_recall_template()
