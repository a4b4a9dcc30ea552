"""The state bucket: what Terraform needs before it can keep a state, and so can't make itself."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from orgtrail.aws import AccountSession
from orgtrail.bucket import owned
from orgtrail.errors import UserError
from orgtrail.names import ACCOUNT_REGIONAL, bucket_namespace
from orgtrail.policies import tls_only_bucket
from orgtrail.settings import S3State

_OLD_STATES_KEPT_DAYS = 365
_NOT_SET = {
    "NoSuchPublicAccessBlockConfiguration",
    "OwnershipControlsNotFoundError",
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
}


_BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
_OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
_LIFECYCLE = {
    "Rules": [
        {
            "ID": "old-states",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": _OLD_STATES_KEPT_DAYS},
        }
    ]
}


class BucketTaken(UserError):
    """The state bucket's name belongs to somebody else, or the bucket is in another region."""


@dataclass(frozen=True)
class Step:
    """One thing to do to the state bucket: a sentence for people, and the call that does it."""

    title: str
    run: Callable[[], Any]


def plan(state: S3State, partition: str) -> list[Step]:
    """What the state bucket lacks, in the order in which to do it; empty when it lacks nothing.

    A policy, encryption or lifecycle that a bucket already has is somebody's decision, and stays.
    Raises BucketTaken, `aws.WrongAccount`, and botocore's errors.
    """
    s3 = AccountSession(state, state.region).client("s3")
    existing = _exists(s3, state)
    create = [] if existing else [Step(f"create the bucket {state.bucket} in {state.region}", _create(s3, state))]
    return create + [
        Step(title, run) for title, is_set, run in _protections(s3, state, partition) if not (existing and is_set())
    ]


def _exists(s3: Any, state: S3State) -> bool:
    try:
        region = s3.head_bucket(**owned(state))["BucketRegion"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
            return False
        if error.response["Error"]["Code"] in ("403", "AccessDenied"):
            raise BucketTaken(
                f"the bucket {state.bucket} exists and isn't account {state.account_id}'s, or its policy shuts you "
                "out; choose another name in state.bucket"
            ) from error
        raise
    if region != state.region:
        raise BucketTaken(f"the bucket {state.bucket} is in {region}, state.region says {state.region}")
    return True


def _create(s3: Any, state: S3State) -> Callable[[], Any]:
    # us-east-1 is the one region that must not be named:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    location = {} if state.region == "us-east-1" else {"LocationConstraint": state.region}
    arguments: dict[str, Any] = {"CreateBucketConfiguration": location} if location else {}
    if bucket_namespace(state.bucket):
        arguments["BucketNamespace"] = ACCOUNT_REGIONAL
    return lambda: s3.create_bucket(Bucket=state.bucket, **arguments)


Protection = tuple[str, Callable[[], bool], Callable[[], Any]]


def _protections(s3: Any, state: S3State, partition: str) -> list[Protection]:
    bucket = {"Bucket": state.bucket}
    return [
        (
            "block public access",
            lambda: _get(s3.get_public_access_block, **bucket).get("PublicAccessBlockConfiguration") == _BLOCK,
            lambda: s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=_BLOCK),
        ),
        (
            "make the bucket's account the owner of every object",
            lambda: "OwnershipControls" in _get(s3.get_bucket_ownership_controls, **bucket),
            lambda: s3.put_bucket_ownership_controls(**bucket, OwnershipControls=_OWNERSHIP),
        ),
        (
            "keep every version of a state",
            lambda: s3.get_bucket_versioning(**bucket).get("Status") == "Enabled",
            lambda: s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"}),
        ),
        (
            f"encrypt with {state.kms_key_id or 'a key of S3 (AES-256)'}",
            lambda: "ServerSideEncryptionConfiguration" in _get(s3.get_bucket_encryption, **bucket),
            lambda: s3.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration=_encryption(state)),
        ),
        (
            "refuse access without TLS",
            lambda: "Policy" in _get(s3.get_bucket_policy, **bucket),
            lambda: s3.put_bucket_policy(**bucket, Policy=json.dumps(tls_only_bucket(partition, state.bucket))),
        ),
        (
            f"drop versions that were replaced {_OLD_STATES_KEPT_DAYS} days ago",
            lambda: "Rules" in _get(s3.get_bucket_lifecycle_configuration, **bucket),
            lambda: s3.put_bucket_lifecycle_configuration(**bucket, LifecycleConfiguration=_LIFECYCLE),
        ),
    ]


def _encryption(state: S3State) -> dict[str, Any]:
    by_kms = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": state.kms_key_id}
    key = by_kms if state.kms_key_id else {"SSEAlgorithm": "AES256"}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": key, "BucketKeyEnabled": bool(state.kms_key_id)}]}


def _get(call: Callable[..., dict[str, Any]], **arguments: Any) -> dict[str, Any]:
    """The answer of a get call, empty where the bucket has no such configuration."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_SET:
            return {}
        raise
