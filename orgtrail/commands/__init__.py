"""The commands of `python -m orgtrail`, a module each."""
