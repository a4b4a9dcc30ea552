"""The KMS key of the archive."""

from typing import Any

from constructs import Construct
from constructs.bindings import KmsAlias, KmsKey
from constructs.terraform_text import escaped_json
from orgtrail import names
from orgtrail.policies import Document

_DELETION_WINDOW_DAYS = 30  # the longest that KMS offers to change one's mind
_LOGICAL_ID = "archive"


class ArchiveKey(Construct):
    """A key that rotates every year and that Terraform never destroys: without it, the archive is unreadable."""

    def __init__(
        self, scope: Construct, construct_id: str, *, policy: Document, region_arguments: dict[str, Any]
    ) -> None:
        super().__init__(scope, construct_id)
        key = KmsKey(
            self,
            "key",
            description="Encrypts the Orgtrail archive",
            enable_key_rotation=True,
            deletion_window_in_days=_DELETION_WINDOW_DAYS,
            policy=escaped_json(policy),
            **region_arguments,
        )
        key.override_logical_id(_LOGICAL_ID)
        KmsAlias(self, "alias", name=names.ARCHIVE_KEY_ALIAS, target_key_id=key.key_id, **region_arguments)
        self.arn = key.arn
