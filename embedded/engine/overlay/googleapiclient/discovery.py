def build(*args, **kwargs):
	raise NotImplementedError("Google services are not available on a site without a bench")
