"""A Frappe site without a bench: engine adapter, private databases, Desk build, server and test run.

Nothing in here is installed with the app, and nothing in here names it: which app it serves stands in
`[tool.embedded]` of pyproject.toml.
"""
