"""A bucket and who must own it, as calls of S3 name both."""

from typing import NamedTuple, Protocol


class Bucket(Protocol):
    """A bucket, and the account that must own it; None: any."""

    @property
    def bucket(self) -> str: ...
    @property
    def account_id(self) -> str | None: ...


class NamedBucket(NamedTuple):
    """A bucket that isn't the archive."""

    bucket: str
    account_id: str | None


def owned(bucket: Bucket) -> dict[str, str]:
    """The arguments of a call that say which bucket, and who must own it: S3 refuses a bucket of anybody else."""
    owner = {"ExpectedBucketOwner": bucket.account_id} if bucket.account_id else {}
    return {"Bucket": bucket.bucket, **owner}
