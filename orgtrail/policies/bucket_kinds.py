"""What Terraform asks of AWS for each kind of bucket that a stack has."""

from orgtrail.policies.guards import through_s3
from orgtrail.policies.resource_kinds import Kind, Place

# An S3 bucket is read whole by Terraform, whatever its stack says of it.
_READS_OF_A_BUCKET = (
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ListTagsForResource",
)
_WRITES_OF_A_BUCKET = (
    "s3:CreateBucket",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
    "s3:UntagResource",
)
# What preflight asks besides.
_LOOKS_AT_A_BUCKET = ("s3:GetBucketLocation", "s3:GetBucketPolicyStatus")


def archive_bucket_kinds(place: Place, bucket: str, *, object_lock: bool, access_logs: bool) -> list[Kind]:
    """The archive's bucket, which Terraform never destroys, nor any protection of it."""
    optional = (
        *(("s3:PutBucketObjectLockConfiguration",) if object_lock else ()),
        *(("s3:PutBucketLogging",) if access_logs else ()),
    )
    writes = (*_WRITES_OF_A_BUCKET, "s3:PutBucketVersioning", *optional)
    return [Kind("TheArchive", (place.s3(bucket),), _READS_OF_A_BUCKET, writes, looks=_LOOKS_AT_A_BUCKET)]


def existing_bucket_kinds(place: Place, bucket: str, *, manage_policy: bool) -> list[Kind]:
    """Somebody else's bucket: it is looked at, and with `manage_policy` its policy is changed."""
    on = (place.s3(bucket),)
    if manage_policy:
        writes = ("s3:DeleteBucketPolicy", "s3:PutBucketPolicy")
        return [Kind("TheArchive", on, _READS_OF_A_BUCKET, writes, looks=_LOOKS_AT_A_BUCKET)]
    checked = ("s3:GetBucketPolicy", "s3:GetEncryptionConfiguration")
    looks = (
        *_LOOKS_AT_A_BUCKET,
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment",
        "s3:ListBucket",
    )
    return [Kind("TheArchive", on, checked, looks=looks)]


def reading_kinds(place: Place, bucket: str, keys: tuple[str, ...]) -> list[Kind]:
    """What it takes to read events in the archive, which `keys` decrypt.

    No `reads` nor `looks`: the role that plans may not, as pull requests run with it.
    """
    used = through_s3(place.partition, bucket, place.region, bucket_key=False)
    decrypted = [Kind("DecryptEvents", keys, writes=("kms:Decrypt",), condition=used)] if keys else []
    return [Kind("ReadEvents", (place.s3(f"{bucket}/*"),), writes=("s3:GetObject",)), *decrypted]


def backfill_kinds(place: Place, bucket: str, folder: str, keys: tuple[str, ...]) -> list[Kind]:
    """What is written below a folder of the archive, `backfill/`, and over no object there; `keys` encrypt it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    new = {"Null": {"s3:if-none-match": "false"}}
    used = through_s3(place.partition, bucket, place.region, bucket_key=False)
    encrypted = [Kind("EncryptBackfilled", keys, writes=("kms:GenerateDataKey",), condition=used)] if keys else []
    return [
        Kind("BackfillNewObjects", (place.s3(f"{bucket}/{folder}*"),), writes=("s3:PutObject",), condition=new),
        *encrypted,
    ]


def results_bucket_kinds(place: Place, bucket: str, *, access_logs: bool) -> list[Kind]:
    """The bucket of Athena's results, which goes with the catalog, and all that is in it."""
    logging = ("s3:PutBucketLogging",) if access_logs else ()
    return [
        Kind(
            "QueryResults",
            (place.s3(bucket),),
            _READS_OF_A_BUCKET,
            (*_WRITES_OF_A_BUCKET, *logging, "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:ListBucketVersions"),
        ),
        Kind("EmptyTheQueryResults", (place.s3(f"{bucket}/*"),), writes=("s3:DeleteObject", "s3:DeleteObjectVersion")),
    ]


def trail_bucket_kinds(place: Place, bucket: str) -> list[Kind]:
    """The bucket of the trails' files, which Terraform never destroys, nor any protection of it."""
    writes = (*_WRITES_OF_A_BUCKET, "s3:PutBucketVersioning")
    return [Kind("TrailFiles", (place.s3(bucket),), _READS_OF_A_BUCKET, writes)]
