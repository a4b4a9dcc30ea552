"""Files that are locked, private, or written whole."""
