"""The policies of the bucket of a trail's files.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

from orgtrail import names
from orgtrail.policies.document import Document, document, tls_only
from orgtrail.regions import iam_region

_CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}


def trail_arn(partition: str, account_id: str) -> str:
    """The ARN of the trail that Orgtrail makes in an account."""
    return f"arn:{partition}:cloudtrail:{iam_region(partition)}:{account_id}:trail/{names.TRAIL}"


def organization_trail_bucket(
    partition: str, *, bucket: str, management_account_id: str, organization_id: str
) -> Document:
    """Lets the organization's trail, and no other, write the files of all accounts of the organization."""
    # The first folder has what CloudTrail wrote before the trail was one of the organization.
    folders = (management_account_id, organization_id)
    return _bucket(partition, bucket, [trail_arn(partition, management_account_id)], folders)


def account_trails_bucket(partition: str, *, bucket: str, account_ids: tuple[str, ...]) -> Document:
    """Lets each account's trail write; it grows with each, as AWS documents no pattern of folders."""
    return _bucket(partition, bucket, [trail_arn(partition, one) for one in account_ids], account_ids)


def _bucket(partition: str, bucket: str, trails: list[str], folders: tuple[str, ...]) -> Document:
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    # The guard against a confused deputy: CloudTrail writes for anybody who names the bucket.
    source = {"aws:SourceArn": trails}
    return document(
        {
            "Sid": "CloudTrailFindsTheBucket",
            "Effect": "Allow",
            "Principal": _CLOUDTRAIL,
            "Action": "s3:GetBucketAcl",
            "Resource": bucket_arn,
            "Condition": {"StringEquals": source},
        },
        {
            "Sid": "CloudTrailWrites",
            "Effect": "Allow",
            "Principal": _CLOUDTRAIL,
            "Action": "s3:PutObject",
            "Resource": [f"{bucket_arn}/AWSLogs/{folder}/*" for folder in folders],
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}},
        },
        tls_only("s3:*", bucket_arn, f"{bucket_arn}/*"),
    )
