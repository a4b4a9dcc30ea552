"""Writes into the archive what `verify` finds missing: beside the deliveries, marked, and over no object."""
