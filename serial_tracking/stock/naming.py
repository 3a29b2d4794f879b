"""Names of ledger rows."""

import secrets
import time
from collections.abc import Iterator


def ledger_names() -> Iterator[str]:
	"""Names that ascend with time, so that a block of rows lands together at the end of the primary key."""
	head = f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"
	n = 0
	while True:
		yield f"{head}{n:06x}"
		n += 1
