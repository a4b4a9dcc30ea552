"""How accounts get into accounts.yaml: from AWS Organizations, from c7n-org's file, or by hand."""
