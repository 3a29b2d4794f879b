"""Errors are written to the Error Log and reported to nobody: the package that would is not installed."""


def capture_exception(message: str | None = None) -> None:
	pass


def set_sentry_context() -> None:
	pass
