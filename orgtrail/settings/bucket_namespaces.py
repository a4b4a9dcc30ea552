"""Names of buckets in an account's own namespace: whether the bucket can be there.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html#account-regional-naming-rules
"""

from collections.abc import Iterator

from orgtrail.names import ACCOUNT_REGIONAL_END, bucket_namespace
from orgtrail.settings.archive import ArchiveSection
from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.section import Part
from orgtrail.settings.state import S3StateSection, owner_of_states
from orgtrail.settings.trail import TrailSection


def namespaces_fit(
    archive: Part[ArchiveSection], state: Part[S3StateSection] | None, trail: Part[TrailSection] | None
) -> Iterator[Diagnostic]:
    """A bucket whose name holds an account and a region is theirs: S3 makes no other of that name."""
    entry = archive.entry
    if not archive.broken & {"account_id", "region"}:
        if "bucket" not in archive.broken:
            yield from _fits(entry.bucket, entry.account_id, entry.region, (*archive.key, "bucket"))
        if entry.access_logs and "access_logs" not in archive.broken:
            key = (*archive.key, "access_logs", "bucket")
            yield from _fits(entry.access_logs.bucket, entry.account_id, entry.region, key)
        if trail is not None and "bucket" not in trail.broken:
            yield from _fits(trail.entry.bucket, entry.account_id, entry.region, (*trail.key, "bucket"))
    if not archive.broken & {"bucket", "existing", "adopt"} and not (entry.existing or entry.adopt):
        yield from _can_be_made(entry.bucket, (*archive.key, "bucket"))
    if state is None or state.broken & {"bucket", "region", "account_id", "role"} or "account_id" in archive.broken:
        return
    owner = owner_of_states(state.entry, entry.account_id)
    yield from _fits(state.entry.bucket, owner, state.entry.region, (*state.key, "bucket"))


def _fits(bucket: str, account_id: str, region: str, key: Key) -> Iterator[Diagnostic]:
    namespace = bucket_namespace(bucket)
    if namespace and namespace != (account_id, region):
        text = f"is a name of account {namespace.account_id} in {namespace.region}: S3 gives it to no other"
        yield Diagnostic(
            text, f"a name that ends in -{account_id}-{region}{ACCOUNT_REGIONAL_END}, or any other", key=key
        )


def _can_be_made(bucket: str, key: Key) -> Iterator[Diagnostic]:
    # One that was made before S3 had these namespaces may end in it: `existing` or `adopt` says so.
    if bucket.endswith(ACCOUNT_REGIONAL_END) and bucket_namespace(bucket) is None:
        text = f"ends in {ACCOUNT_REGIONAL_END}, which S3 keeps for names in an account's own namespace"
        yield Diagnostic(text, "NAME-ACCOUNT-REGION-an, such as acme-222222222222-us-east-1-an", key=key)
