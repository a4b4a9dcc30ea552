"""The role that deploys these settings, its sibling that only plans, and their boundary: as a template."""
