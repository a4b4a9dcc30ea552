"""What must hold of `archive` as a whole: an existing bucket is left to others, and key, role and buckets fit."""

from collections.abc import Iterator

from orgtrail import names
from orgtrail.settings.archive import ArchiveSection, catalog_of
from orgtrail.settings.archive_moves import MANAGED_KEY, NO_KEY
from orgtrail.settings.archive_retention import Retention
from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.roles import role_account
from orgtrail.settings.section import Part
from orgtrail.settings.state import S3StateSection


def existing_is_left_alone(archive: Part[ArchiveSection]) -> Iterator[Diagnostic]:
    """Nothing is asked for that an existing bucket, which isn't managed, would never get."""
    entry, broken = archive.entry, archive.broken
    if "existing" in broken:
        return
    if not entry.existing:
        if entry.manage_policy and "manage_policy" not in broken:
            text = "applies only to an existing bucket"
            yield Diagnostic(text, "existing: true beside it", key=(*archive.key, "manage_policy"))
        return
    if entry.adopt and "adopt" not in broken:
        text = "contradicts existing: true, which leaves the bucket to others"
        yield Diagnostic(text, "one of the two", key=(*archive.key, "adopt"))
    for name in (*Retention.model_fields, "access_logs"):
        # An explicit null is unset.
        if archive.has(name) and name not in broken and getattr(entry, name):
            text = "has no effect: an existing bucket and its objects aren't managed"
            yield Diagnostic(text, "leave it out", key=(*archive.key, name))
    managed = Diagnostic("has no effect: the key of an existing bucket isn't managed", "the ARN of the bucket's key")
    if entry.kms_key == MANAGED_KEY and "kms_key" not in broken:
        yield managed.at(*archive.key, "kms_key")
    if entry.moving_from and entry.moving_from.kms_key == MANAGED_KEY and "moving_from" not in broken:
        yield managed.at(*archive.key, "moving_from", "kms_key")


def key_is_usable(archive: Part[ArchiveSection], partition: str | None) -> Iterator[Diagnostic]:
    """The archive's key is where its bucket is: S3 takes no key of another region."""
    yield from _key_is_usable(archive, partition, ("kms_key",), archive.entry.kms_key)
    if archive.entry.moving_from is not None:
        yield from _key_is_usable(archive, partition, ("moving_from", "kms_key"), archive.entry.moving_from.kms_key)


def _key_is_usable(
    archive: Part[ArchiveSection], partition: str | None, field: tuple[str, ...], written: str | None
) -> Iterator[Diagnostic]:
    if field[0] in archive.broken or written is None or written in (MANAGED_KEY, NO_KEY):
        return
    _arn, key_partition, _kms, region, account_id, _id = written.split(":", 5)
    key = (*archive.key, *field)
    if partition and key_partition != partition:
        text = f"is in partition {key_partition:.20}, but archive.region is in {partition}"
        yield Diagnostic(text, f"arn:{partition}:…", key=key)
    elif "region" not in archive.broken and region != archive.entry.region:
        text = f"is a key of {region:.30}: S3 encrypts with keys of the bucket's own region only"
        yield Diagnostic(text, f"a key of {archive.entry.region}", key=key)
    if "account_id" not in archive.broken and account_id != archive.entry.account_id:
        text = f"is a key of account {account_id}: who owns the archive must own what it is read with"
        yield Diagnostic(text, f"a key of account {archive.entry.account_id}", key=key)


def break_glass_is_at_hand(archive: Part[ArchiveSection]) -> Iterator[Diagnostic]:
    """The one role that may delete is in the archive's own account."""
    if archive.broken & {"break_glass_role", "account_id"} or archive.entry.break_glass_role is None:
        return
    if role_account(archive.entry.break_glass_role) not in (None, archive.entry.account_id):
        allowed = f"a role of account {archive.entry.account_id}"
        yield Diagnostic("is not in the archive's account", allowed, key=(*archive.key, "break_glass_role"))


def buckets_are_apart(archive: Part[ArchiveSection], state: Part[S3StateSection] | None) -> Iterator[Diagnostic]:
    """The archive, its access logs, the results of queries and the states each have a bucket of their own."""
    if "bucket" in archive.broken:
        return
    taken = {archive.entry.bucket: "the archive's bucket", **_results_bucket(archive)}
    if state is not None and "bucket" not in state.broken:
        why = ": states would expire, or be locked, like what is there"
        yield from _is_free(state.entry.bucket, (*state.key, "bucket"), taken, why)
        taken.setdefault(state.entry.bucket, "the bucket of the states")
    if archive.entry.access_logs is not None and "access_logs" not in archive.broken:
        yield from _is_free(archive.entry.access_logs.bucket, (*archive.key, "access_logs", "bucket"), taken)


def _results_bucket(archive: Part[ArchiveSection]) -> dict[str, str]:
    if archive.broken & {"catalog", "existing"} or catalog_of(archive.entry) is None:
        return {}
    return {names.results_bucket(archive.entry.bucket): "the bucket of query results"}


def _is_free(bucket: str, key: Key, taken: dict[str, str], why: str = "") -> Iterator[Diagnostic]:
    if bucket in taken:
        yield Diagnostic(f"is {taken[bucket]} too{why}", "a bucket of its own", key=key)
