"""The whole rollout, with the real CDKTF, Terraform and AWS provider, on an AWS emulated on this machine."""
