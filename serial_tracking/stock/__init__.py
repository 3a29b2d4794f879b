"""The engine: entry text, series, status, ledger, value and bulk writing.

Nothing here knows a form or imports a controller. The way through is `posting.prepare` (decides, and
raises the first broken rule) and then `posting.write`; the way back is `cancelling`.
"""
