"""That everybody whom the archive's bucket policy must name finds room in it."""

from collections.abc import Iterator, Sequence

from orgtrail import policies
from orgtrail.settings.account import AccountEntry
from orgtrail.settings.archive import ArchiveSection
from orgtrail.settings.archive_moves import MANAGED_KEY, Former, MovingFrom
from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.roles import own_role_arn
from orgtrail.settings.section import Part

# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
_LONGEST_ORGANIZATION_ID = f"o-{'0' * 32}"
# The keys that the archive's bucket policy is made of.
_IN_THE_POLICY = frozenset({"bucket", "layout", "break_glass_role", "kms_key", "moving_from", "former", "readers"})


def policy_fits(
    archive: Part[ArchiveSection], accounts: Sequence[Part[AccountEntry]], partition: str | None
) -> Iterator[Diagnostic]:
    """All account ids find room in the archive's bucket policy, which lists them where there is no organization id."""
    active = [part for part in accounts if "status" in part.broken or part.entry.status == "active"]
    if partition is None or not active or archive.broken & _IN_THE_POLICY:
        return
    one, two, all_of_them = (_policy_size(partition, archive.entry, n) for n in (1, 2, len(active)))
    if archive.entry.readers and one > policies.BUCKET_POLICY_LIMIT:
        return  # `readers_fit` reports it
    if all_of_them > policies.BUCKET_POLICY_LIMIT:
        fit = 1 + (policies.BUCKET_POLICY_LIMIT - one) // (two - one)
        text = (
            f"are too many: without organization.id the archive's bucket policy lists all {len(active)} active ones, "
            f"which takes {all_of_them:,} characters where S3 allows {policies.BUCKET_POLICY_LIMIT:,}"
        )
        yield Diagnostic(text, f"up to {fit} active accounts, or organization.id", key=("accounts",))


def readers_fit(archive: Part[ArchiveSection], partition: str | None) -> Iterator[Diagnostic]:
    """The roles that read find room in the archive's bucket policy, which names each of them three times."""
    if partition is None or archive.broken & _IN_THE_POLICY or not archive.entry.readers:
        return
    size = _policy_size(partition, archive.entry, 1, organization_id=_LONGEST_ORGANIZATION_ID)
    if size > policies.BUCKET_POLICY_LIMIT:
        text = (
            f"are too many: the archive's bucket policy would take {size:,} characters where S3 allows "
            f"{policies.BUCKET_POLICY_LIMIT:,}"
        )
        yield Diagnostic(text, "fewer, such as one RoleName* for several", key=(*archive.key, "readers"))


def _policy_size(partition: str, archive: ArchiveSection, accounts: int, *, organization_id: str | None = None) -> int:
    move, former = archive.moving_from or MovingFrom(), archive.former or Former()
    layouts = [archive.layout, *([move.layout] if move.layout else []), *former.layouts]
    managed = f"arn:{partition}:kms:{archive.region}:{archive.account_id}:key/{'0' * 36}"
    key, old_key = (managed if one == MANAGED_KEY else one for one in (archive.kms_key, move.kms_key))
    return policies.size(
        policies.archive_bucket(
            partition,
            bucket=archive.bucket,
            layout=archive.layout,
            organization_id=organization_id,
            account_ids=("0" * 12,) * accounts,
            kms_key_arn=key,
            old_layout=move.layout,
            old_key_arn=old_key,
            break_glass_role=own_role_arn(archive.break_glass_role, account_id=archive.account_id, partition=partition),
            readers=policies.Readers(archive.readers, tuple(layouts)) if archive.readers else None,
        )
    )
