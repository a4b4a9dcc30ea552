"""HCP Terraform and Terraform Enterprise: a token, what Orgtrail asks of the API, the workspaces it wants there."""

from orgtrail.hcp_terraform.api import HcpTerraform
from orgtrail.hcp_terraform.token import HcpTerraformError

__all__ = ["HcpTerraform", "HcpTerraformError"]
