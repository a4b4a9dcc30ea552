"""Which pipelines deliver, and which are silent: from the archive alone, or from each account as well."""
