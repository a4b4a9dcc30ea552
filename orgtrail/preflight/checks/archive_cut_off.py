"""Nothing but its policy decides who writes into the archive's bucket."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from orgtrail.bucket import owned
from orgtrail.preflight.archive import archive_session
from orgtrail.preflight.finding import Check, Fault, Permission, Severity, not_known
from orgtrail.preflight.scopes import SharedScope

_MEND = (
    "Take the statement out that lets everybody in: who is let in must be limited by a fixed value, such as that of "
    "aws:PrincipalOrgID"
)


def _look(scope: SharedScope) -> Iterator[Fault]:
    archive = scope.settings.archive
    s3, bucket = archive_session(scope).client("s3"), owned(archive)
    try:
        is_public = _is_public(s3, bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return  # which is what archive-bucket tells
        raise
    if is_public:
        yield _cut_off(s3, bucket)
    if s3.get_bucket_request_payment(**bucket).get("Payer") == "Requester":
        told = f"who writes into s3://{archive.bucket} is to pay (Requester Pays), and Firehose doesn't offer to"
        command = f"aws s3api put-bucket-request-payment --bucket {archive.bucket} --request-payment-configuration"
        yield Fault(told, f"{command} Payer=BucketOwner")


def _is_public(s3: Any, bucket: Mapping[str, str]) -> bool:
    try:
        return bool(s3.get_bucket_policy_status(**bucket)["PolicyStatus"]["IsPublic"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return False  # archive-access tells that there is none


def _cut_off(s3: Any, bucket: Mapping[str, str]) -> Fault:
    """The fault of a public policy. https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"""
    told = f"AWS holds the policy of s3://{bucket['Bucket']} for public"
    try:
        block = s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        block = {}
    if block.get("RestrictPublicBuckets"):
        return Fault(f"{told}, and RestrictPublicBuckets then refuses every other account", _MEND)
    return not_known(f"{told}, and RestrictPublicBuckets of its account, if set, refuses every other account", _MEND)


ARCHIVE_CUT_OFF = Check(
    id="archive-cut-off",
    severity=Severity.ERROR,
    asks="Nothing but its policy keeps deliveries out of the archive's bucket: AWS doesn't hold the policy for public, "
    "which with `RestrictPublicBuckets` cuts other accounts off; and the bucket's owner pays for requests.",
    silences="Firehose's deliveries are refused, whatever the policy allows; after 24 hours it drops what it holds.",
    permissions=(
        Permission("s3:GetBucketPolicyStatus", "whether AWS holds the bucket's policy for public"),
        Permission("s3:GetBucketPublicAccessBlock", "as the archive's role, on its bucket"),
        Permission("s3:GetBucketRequestPayment", "who pays for requests"),
    ),
    look=_look,
)
