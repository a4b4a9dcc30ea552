"""The archive as it must be, and as it is found."""
