"""What drives Terraform and the CDKTF CLI."""
