"""HCP Terraform and Terraform Enterprise: a token, what Orgtrail asks of the API, the workspaces it wants there."""

from orgtrail.state.hcp_terraform.api import HcpTerraform
from orgtrail.state.hcp_terraform.token import HcpTerraformError

__all__ = ["HcpTerraform", "HcpTerraformError"]
