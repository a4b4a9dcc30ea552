"""A CloudTrail trail of all regions: without one that logs management events, EventBridge gets none."""

from typing import Any

from constructs.bindings import Cloudtrail, TerraformStack
from constructs.scanner import skip_checks
from orgtrail import names
from orgtrail.settings import Trail

_SKIPPED_CHECKS = {
    "CKV2_AWS_10": "Orgtrail's pipelines are what looks at the events; a log group would be paid for a third copy",
    "CKV_AWS_252": "Nothing acts on a new file of the trail",
}
_NO_KEY = {"CKV_AWS_35": "trail.kms_key isn't set: S3's own keys encrypt"}


def add_trail(
    stack: TerraformStack, trail: Trail, *, read_only: bool, depends_on: list[Any] | None = None, **arguments: Any
) -> None:
    """Give a stack its trail: the organization's where there is a management account, else the account's own.

    Management events alone, and those that only read where a pipeline takes them: each more is billed as a copy
    wherever another trail logs it too.
    """
    made = Cloudtrail(
        stack,
        "trail",
        name=names.TRAIL,
        s3_bucket_name=trail.bucket,
        kms_key_id=trail.kms_key,
        enable_logging=True,
        enable_log_file_validation=True,
        include_global_service_events=True,
        is_multi_region_trail=True,
        is_organization_trail=trail.management is not None,
        event_selector=[{"readWriteType": "All" if read_only else "WriteOnly", "includeManagementEvents": True}],
        depends_on=depends_on,
        **arguments,
    )
    skip_checks(made, _SKIPPED_CHECKS if trail.kms_key else {**_SKIPPED_CHECKS, **_NO_KEY})
