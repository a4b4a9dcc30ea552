"""The KMS key of the archive."""

from typing import Any

from cdktf import TerraformResourceLifecycle, TerraformStack

from constructs import Construct
from constructs.terraform_text import json_literal
from orgtrail import names
from orgtrail.bindings import KmsAlias, KmsKey
from orgtrail.policies import Document

_DELETION_WINDOW_DAYS = 30  # the longest that KMS offers to change one's mind
_LOGICAL_ID = "archive"


class ArchiveKey(Construct):
    """A key that rotates every year and that Terraform never destroys: without it, the archive is unreadable."""

    @staticmethod
    def forget(stack: TerraformStack) -> None:
        """Leaves the key that the stack may have had: `prevent_destroy` goes with the resource that says it.

        https://developer.hashicorp.com/terraform/language/block/removed
        """
        stack.add_override("removed", [{"from": f"aws_kms_key.{_LOGICAL_ID}", "lifecycle": {"destroy": False}}])

    def __init__(self, scope: Construct, construct_id: str, *, policy: Document, placement: dict[str, Any]) -> None:
        super().__init__(scope, construct_id)
        key = KmsKey(
            self,
            "key",
            description="Encrypts the Orgtrail archive",
            enable_key_rotation=True,
            deletion_window_in_days=_DELETION_WINDOW_DAYS,
            policy=json_literal(policy),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            **placement,
        )
        key.override_logical_id(_LOGICAL_ID)
        KmsAlias(self, "alias", name=names.ARCHIVE_KEY_ALIAS, target_key_id=key.key_id, **placement)
        self.arn = key.arn
