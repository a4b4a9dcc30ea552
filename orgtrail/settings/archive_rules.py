"""Rules for the archive: what its settings demand of each other, and what S3 would refuse."""

from collections.abc import Iterator

from orgtrail import names, policies
from orgtrail.layout import Layout
from orgtrail.settings import archive_model, expand, model
from orgtrail.settings.archive_checks import MANAGED_KEY, NO_KEY
from orgtrail.settings.draft import Draft, Part
from orgtrail.settings.faults import Key, Problem, key_text
from orgtrail.settings.findings import Finding
from orgtrail.settings.source import Source

_MANAGED_ONLY = ("noncurrent_days", "expire_days", "object_lock", "transitions", "access_logs")


def existing_is_left_alone(archive: Part[model.Archive]) -> Iterator[Finding]:
    """Nothing is asked for that an existing bucket, which isn't managed, would never get."""
    if "existing" in archive.broken:
        return
    if not archive.entry.existing:
        if archive.entry.manage_policy and "manage_policy" not in archive.broken:
            problem = Problem("has a meaning only for a bucket that is there already", "existing: true beside it")
            yield Finding((*archive.key, "manage_policy"), problem)
        return
    if archive.entry.adopt and "adopt" not in archive.broken:
        problem = Problem("contradicts existing: true, which leaves the bucket to others", "one of the two")
        yield Finding((*archive.key, "adopt"), problem)
    for field in _MANAGED_ONLY:
        # An explicit null is unset.
        if archive.has(field) and field not in archive.broken and getattr(archive.entry, field):
            problem = Problem("has no effect: an existing bucket and its objects aren't managed", "leave it out")
            yield Finding((*archive.key, field), problem)
    if archive.entry.kms_key == MANAGED_KEY and "kms_key" not in archive.broken:
        problem = Problem("has no effect: the key of an existing bucket isn't managed", "the ARN of the bucket's key")
        yield Finding((*archive.key, "kms_key"), problem)


def key_is_usable(archive: Part[model.Archive], partition: str | None) -> Iterator[Finding]:
    """The archive's key is where its bucket is: S3 takes no key of another region."""
    yield from _key_is_usable(archive, partition, ("kms_key",), archive.entry.kms_key)
    if archive.entry.moving_from is not None:
        yield from _key_is_usable(archive, partition, ("moving_from", "kms_key"), archive.entry.moving_from.kms_key)


def _key_is_usable(
    archive: Part[model.Archive], partition: str | None, field: tuple[str, ...], written: str | None
) -> Iterator[Finding]:
    if field[0] in archive.broken or written is None or written in (MANAGED_KEY, NO_KEY):
        return
    _arn, key_partition, _kms, region, account_id, _id = written.split(":", 5)
    key = (*archive.key, *field)
    if partition and key_partition != partition:
        text = f"is in partition {key_partition:.20}, but archive.region is in {partition}"
        yield Finding(key, Problem(text, f"arn:{partition}:…"))
    elif "region" not in archive.broken and region != archive.entry.region:
        text = f"is a key of {region:.30}: S3 encrypts with keys of the bucket's own region only"
        yield Finding(key, Problem(text, f"a key of {archive.entry.region}"))
    if "account_id" not in archive.broken and account_id != archive.entry.account_id:
        text = f"is a key of account {account_id}: who owns the archive must own what it is read with"
        yield Finding(key, Problem(text, f"a key of account {archive.entry.account_id}"))


def move_goes_somewhere(archive: Part[model.Archive]) -> Iterator[Finding]:
    """What is moved from differs from what is moved to."""
    move, key = archive.entry.moving_from, (*archive.key, "moving_from")
    if move is None or "moving_from" in archive.broken:
        return
    if move.layout is None and move.kms_key is None:
        yield Finding(key, Problem("says nothing", "layout, kms_key or both, as they were until now"))
    before_and_now = {
        "layout": (move.layout, archive.entry.layout),
        "kms_key": (move.kms_key, archive.entry.kms_key or NO_KEY),
    }
    for field, (before, now) in before_and_now.items():
        if before is not None and before == now and field not in archive.broken:
            problem = Problem(f"is what archive.{field} is already", "what it was until now, or leave it out")
            yield Finding((*key, field), problem)
    if archive.entry.existing and move.kms_key == MANAGED_KEY and "existing" not in archive.broken:
        problem = Problem("has no effect: the key of an existing bucket isn't managed", "the ARN of the bucket's key")
        yield Finding((*key, "kms_key"), problem)


def layouts_are_apart(archive: Part[model.Archive]) -> Iterator[Finding]:
    """No event lies in a folder of two layouts: both tables would read it, since Athena reads folders in folders.

    https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html
    """
    first_of: dict[str, Key] = {}
    for key, template in _layouts(archive):
        first_of.setdefault(template, key)
    # In this order a folder comes right before those in it.
    around: str | None = None
    for template in sorted(first_of, key=lambda one: Layout(one).example):
        if around is None or not Layout(template).example.startswith(Layout(around).example):
            around = template
            continue
        first, second = sorted((first_of[around], first_of[template]), key=list(first_of.values()).index)
        text = f"has folders in common with {key_text(first)}: Athena would find each event there twice"
        yield Finding(second, Problem(text, "a layout that differs before the day, such as by a leading folder"))


def _layouts(archive: Part[model.Archive]) -> Iterator[tuple[Key, str]]:
    """Every layout of the archive, the present one first."""
    entry, key = archive.entry, archive.key
    if "layout" not in archive.broken:
        yield (*key, "layout"), entry.layout
    if entry.moving_from is not None and entry.moving_from.layout and "moving_from" not in archive.broken:
        yield (*key, "moving_from", "layout"), entry.moving_from.layout
    if entry.former is not None and "former" not in archive.broken:
        for index, template in enumerate(entry.former.layouts):
            yield (*key, "former", "layouts", index), template


def break_glass_is_at_hand(archive: Part[model.Archive]) -> Iterator[Finding]:
    """The one role that may delete is in the archive's own account."""
    if archive.broken & {"break_glass_role", "account_id"} or archive.entry.break_glass_role is None:
        return
    if expand.role_account(archive.entry.break_glass_role) not in (None, archive.entry.account_id):
        problem = Problem("is not in the archive's account", f"a role of account {archive.entry.account_id}")
        yield Finding((*archive.key, "break_glass_role"), problem)


def buckets_are_apart(draft: Draft) -> Iterator[Finding]:
    """The archive, its access logs, the results of queries and the states each have a bucket of their own."""
    archive = draft.archive
    if "bucket" in archive.broken:
        return
    taken = {archive.entry.bucket: "the archive's bucket", **_results_bucket(archive)}
    if draft.state is not None and "bucket" not in draft.state.broken:
        why = ": states would expire, or be locked, like what is there"
        yield from _is_free(draft.state.entry.bucket, (*draft.state.key, "bucket"), taken, why)
        taken.setdefault(draft.state.entry.bucket, "the bucket of the states")
    if archive.entry.access_logs is not None and "access_logs" not in archive.broken:
        yield from _is_free(archive.entry.access_logs.bucket, (*archive.key, "access_logs", "bucket"), taken)


def _results_bucket(archive: Part[model.Archive]) -> dict[str, str]:
    catalog = archive.entry.catalog if archive.entry.catalog is not None else not archive.entry.existing
    if catalog is False or archive.broken & {"catalog", "existing"}:
        return {}
    return {names.results_bucket(archive.entry.bucket): "the bucket of query results"}


def _is_free(bucket: str, key: Key, taken: dict[str, str], why: str = "") -> Iterator[Finding]:
    if bucket in taken:
        yield Finding(key, Problem(f"is {taken[bucket]} too{why}", "a bucket of its own"))


def policy_fits(draft: Draft, source: Source) -> Iterator[Finding]:
    """Without an organization id, all account ids find room in the archive's bucket policy."""
    organization = source.node(("organization",))
    if draft.partition is None or (organization is not None and organization.data is not None):
        return
    active = [part for part in draft.accounts if "status" in part.broken or part.entry.status == "active"]
    if not active or draft.archive.broken & {"bucket", "layout", "break_glass_role", "kms_key", "moving_from"}:
        return
    one, two, all_of_them = (_policy_size(draft.partition, draft.archive.entry, n) for n in (1, 2, len(active)))
    if all_of_them > policies.BUCKET_POLICY_LIMIT:
        fit = 1 + (policies.BUCKET_POLICY_LIMIT - one) // (two - one)
        text = (
            f"are too many: without organization.id the archive's bucket policy lists all {len(active)} active ones, "
            f"which takes {all_of_them:,} characters where S3 allows {policies.BUCKET_POLICY_LIMIT:,}"
        )
        yield Finding(("accounts",), Problem(text, f"up to {fit} active accounts, or organization.id"))


def _policy_size(partition: str, archive: model.Archive, accounts: int) -> int:
    move = archive.moving_from or archive_model.MovingFrom()
    managed = f"arn:{partition}:kms:{archive.region}:{archive.account_id}:key/{'0' * 36}"
    key, old_key = (managed if one == MANAGED_KEY else one for one in (archive.kms_key, move.kms_key))
    role = archive.break_glass_role
    if role is not None:
        role = expand.role(role, account_id=archive.account_id, name="", partition=partition, variables={})
    return policies.size(
        policies.archive_bucket(
            partition,
            bucket=archive.bucket,
            layout=Layout(archive.layout),
            organization_id=None,
            account_ids=("0" * 12,) * accounts,
            kms_key_arn=key,
            old_layout=Layout(move.layout) if move.layout else None,
            old_key_arn=old_key,
            break_glass_role=role,
        )
    )
