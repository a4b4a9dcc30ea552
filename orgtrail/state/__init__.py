"""What keeps the Terraform states."""
