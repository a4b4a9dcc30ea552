"""A harmless call in each account, followed until its event lies in the archive."""
