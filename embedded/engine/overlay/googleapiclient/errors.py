class HttpError(Exception):
	pass
