"""`env --json`"""

from pydantic import Field

from orgtrail.documents.document import Document


class EnvDocument(Document):
    """The environment variables that make cdktf and Terraform use the AWS provider found on this machine."""

    variables: dict[str, str] = Field(description="Values by name.")
