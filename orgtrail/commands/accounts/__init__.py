"""Which accounts are collected: list them, add some, or bring the file in step with AWS Organizations.

What edits the accounts file shows the edit, and makes it with --write alone.

Example: bin/orgtrail accounts sync
"""

COMMANDS = {"sync": "sync", "add": "add", "import": "import_", "list": "list_"}
"""The commands of the group, each with its function, in the module of the same name."""
