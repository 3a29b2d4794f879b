class Credentials:
	def __init__(self, *args, **kwargs):
		raise NotImplementedError("Google services are not available on a site without a bench")
