"""What arrives in the archive, from the archive alone or from each account: what happens is in the modules."""
