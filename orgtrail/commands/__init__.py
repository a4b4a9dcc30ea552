"""The commands of `bin/orgtrail`, a module each."""
