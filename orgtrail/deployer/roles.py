"""What the roles that Orgtrail is given need, for the stacks of these settings and no others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

from orgtrail import names, policies
from orgtrail.deployer.alarm_topics import topic_kinds_of_accounts, topic_kinds_of_archive
from orgtrail.errors import UserError
from orgtrail.policies import Document, Kind, Place, alarm_kinds, bucket_kinds, resource_kinds, trail_kinds
from orgtrail.selection.stack import Stack
from orgtrail.settings import MANAGED_KEY, Account, Archive, ManagementAccount, S3State, Settings, Trail

T = TypeVar("T")
Owner: TypeAlias = Account | Archive | Trail | ManagementAccount

TRAIL_PART, TRAIL_FILES_PART = "orgtrail-trail", "orgtrail-trail-files"
_PLAN_SUFFIX = "-plan"
# Of the caller's own credentials nothing is known; this is what a role for them is called.
_DEFAULT_ROLE = "orgtrail-deploy"


class Part(NamedTuple):
    """What the roles have in one account, or in every account (None), as an inline policy of this name."""

    name: str
    account_id: str | None
    deploy: Document
    plan: Document


class Entered(NamedTuple):
    """A role by its path and name, and who assumes it (None: the file doesn't say)."""

    path: str
    name: str
    by: str | None


@dataclass(frozen=True)
class Roles:
    """The deploy role and its sibling, as they are in every account; `boundary`: its name and document."""

    deploy: Entered
    plan: Entered
    external_id: str | None
    boundary: tuple[str, Document] | None
    parts: tuple[Part, ...]


def roles_of(
    settings: Settings,
    stacks: Sequence[Stack],
    account_id: str = "*",
    *,
    redrive: bool = False,
    backfill: bool = False,
    read_events: bool = False,
) -> Roles:
    """The roles for these stacks; `account_id` is what stands for each account's own id.

    With `redrive`, the one that deploys may also send dead letters back. In the archive's account, it may write what is
    missing in the archive with `backfill`, and read what is there with `read_events`.

    Raises UserError where one pair of roles can't be for all of them.
    """
    owners = _owners(settings, stacks)
    chain = _same("enter by different roles", ((owner, _named(owner.roles)) for owner in owners))
    deploy = _entered(chain) or Entered("/", _DEFAULT_ROLE, None)
    planned = _same("are planned by different roles", ((owner, _named(owner.plan_roles)) for owner in owners))
    plan = _entered(planned) or Entered(deploy.path, f"{deploy.name}{_PLAN_SUFFIX}", None)
    external_id = _same("have different external ids", ((owner, owner.external_id) for owner in owners))
    accounts = [owner for owner in owners if isinstance(owner, Account)]
    boundary = _same("have different boundaries", ((one, _boundary_name(one)) for one in accounts))
    place = Place(settings.partition, account_id)
    besides = [*(backfill_kinds(settings) if backfill else []), *(reading_kinds(settings) if read_events else [])]
    parts = (
        *(_pipelines(settings, place, boundary, accounts, redrive) if accounts else ()),
        *(_archive(settings, besides) if any(isinstance(owner, Archive) for owner in owners) else ()),
        *_trail(settings, owners),
        *_states(settings, deploy),
    )
    return Roles(
        deploy,
        plan,
        external_id,
        (boundary, delivery_boundary(settings, account_id)) if boundary else None,
        parts,
    )


def _owners(settings: Settings, stacks: Sequence[Stack]) -> list[Owner]:
    """Whose accounts the roles are in. A trail's counts if it is entered by the same role as the rest, or is alone."""
    owners: list[Owner] = [stack.owner for stack in stacks if not isinstance(stack.owner, Trail)]
    if settings.trail and len(owners) < len(stacks):
        trail = [one for one in (settings.trail.management, settings.trail) if one]
        first = [*owners, *trail][0]
        owners += [one for one in trail if _named(one.roles) == _named(first.roles)]
    return owners


def delivery_boundary(settings: Settings, account_id: str = "*") -> Document:
    """The boundary of the delivery roles."""
    archive = settings.archive
    return policies.delivery_boundary(
        Place(settings.partition, account_id),
        bucket=archive.bucket,
        bucket_account_id=archive.account_id,
        bucket_region=archive.region,
    )


def pipeline_kinds(place: Place, boundary: str | None, *, alarms: bool) -> list[Kind]:
    """Everything in the stack of an account; `boundary`: its name."""
    arn = place.iam(f"policy/{boundary}") if boundary else None
    return [
        *resource_kinds.delivery_roles(place, arn),
        *resource_kinds.rules(place),
        *resource_kinds.delivery_streams(place),
        *resource_kinds.dead_letter_queues(place),
        *resource_kinds.delivery_logs(place),
        *(alarm_kinds.pipeline_alarms(place) if alarms else ()),
        *resource_kinds.account_looks(),
    ]


def archive_kinds(settings: Settings) -> list[Kind]:
    """Everything in the stack `archive`."""
    archive, place = settings.archive, _place(settings)
    logged = archive.access_logs is not None
    if archive.existing:
        kinds = bucket_kinds.existing_bucket_kinds(place, archive.bucket, manage_policy=archive.manage_policy)
    else:
        locked = archive.object_lock is not None
        kinds = bucket_kinds.archive_bucket_kinds(place, archive.bucket, object_lock=locked, access_logs=logged)
    if archive.has_managed_key:
        kinds += resource_kinds.archive_key_kinds(place)
    others = tuple(key for key in archive.delivery_keys if key not in (None, MANAGED_KEY))
    kinds += resource_kinds.looked_at_key_kinds(others)
    if archive.catalog:
        results = names.results_bucket(archive.bucket)
        kinds += bucket_kinds.results_bucket_kinds(place, results, access_logs=logged)
        kinds += resource_kinds.catalog_kinds(place, archive.catalog.database)
    return kinds


def backfill_kinds(settings: Settings) -> list[Kind]:
    """What `backfill` writes, which is no part of any stack."""
    archive = settings.archive
    folder = archive.layout.backfill_root
    return bucket_kinds.backfill_kinds(_place(settings), archive.bucket, folder, _keys(settings))


def reading_kinds(settings: Settings) -> list[Kind]:
    """What it takes to read events, which deploying doesn't."""
    return bucket_kinds.reading_kinds(_place(settings), settings.archive.bucket, _keys(settings))


def _place(settings: Settings) -> Place:
    return Place(settings.partition, settings.archive.account_id, settings.archive.region)


def _keys(settings: Settings) -> tuple[str, ...]:
    """The keys of the archive. The id of a managed one isn't known."""
    managed = _place(settings).arn("kms", "key/*")
    keys = (managed if key == MANAGED_KEY else key for key in settings.archive.delivery_keys if key is not None)
    return tuple(dict.fromkeys(keys))


def state_kinds(settings: Settings) -> list[Kind]:
    """What Terraform does with the states, if they are in S3."""
    state = settings.state
    if not isinstance(state, S3State):
        return []
    place = Place(settings.partition, state.account_id, state.region)
    prefix = state.key.partition("{")[0]
    return resource_kinds.state_kinds(place, state.bucket, prefix, state.kms_key_id)


def enters_the_states(settings: Settings, role: Entered) -> bool:
    """Whether the states are reached by the role of this name."""
    state = settings.state
    return isinstance(state, S3State) and state.role is not None and _split(state.role)[:2] == (role.path, role.name)


def _pipelines(
    settings: Settings, place: Place, boundary: str | None, accounts: Sequence[Account], redrive: bool
) -> list[Part]:
    own_trail = settings.trail is not None and settings.trail.of_each_account
    kinds = pipeline_kinds(place, boundary, alarms=any(account.alarms for account in accounts))
    kinds += topic_kinds_of_accounts(place, accounts, settings)
    kinds += resource_kinds.redriven_letters(place) if redrive else []
    kinds += trail_kinds.trail_kinds(place, of_organization=False) if own_trail else []
    return [_part("orgtrail-pipelines", None, kinds)]


def _archive(settings: Settings, besides: list[Kind]) -> list[Part]:
    kinds = [*archive_kinds(settings), *topic_kinds_of_archive(settings), *besides]
    return [_part("orgtrail-archive", settings.archive.account_id, kinds)]


def _trail(settings: Settings, owners: Sequence[Owner]) -> Iterator[Part]:
    for owner in owners:
        place = Place(settings.partition, owner.account_id)
        if isinstance(owner, Trail):
            yield _part(TRAIL_FILES_PART, owner.account_id, bucket_kinds.trail_bucket_kinds(place, owner.bucket))
        elif isinstance(owner, ManagementAccount):
            yield _part(TRAIL_PART, owner.account_id, trail_kinds.trail_kinds(place, of_organization=True))


def _states(settings: Settings, deploy: Entered) -> list[Part]:
    if not isinstance(settings.state, S3State) or not enters_the_states(settings, deploy):
        return []
    return [_part("orgtrail-states", settings.state.account_id, state_kinds(settings))]


def _part(name: str, account_id: str | None, kinds: list[Kind]) -> Part:
    return Part(name, account_id, policies.deploy_permissions(kinds), policies.plan_permissions(kinds))


def _boundary_name(account: Account) -> str | None:
    return account.permissions_boundary.partition(":policy/")[2] if account.permissions_boundary else None


def _named(roles: tuple[str, ...]) -> tuple[str, ...]:
    """A chain of roles, whose last one is told by its path and name alone: it is in each account."""
    return (*roles[:-1], roles[-1].partition(":role")[2]) if roles else ()


def _entered(chain: tuple[str, ...] | None) -> Entered | None:
    if not chain:
        return None
    path, _, name = chain[-1].rpartition("/")
    return Entered(f"{path}/", name, chain[-2] if len(chain) > 1 else None)


def _split(arn: str) -> tuple[str, str]:
    path, _, name = arn.partition(":role")[2].rpartition("/")
    return f"{path}/", name


def _same(problem: str, values: Iterable[tuple[Owner, T]]) -> T | None:
    """The value that all have; None of none."""
    found: dict[T, str] = {}
    for owner, value in values:
        found.setdefault(value, _stack_name(owner))
    if len(found) > 1:
        raise UserError(
            f"{' and '.join(list(found.values())[:2])} {problem}, so one template isn't for both: "
            "select stacks that are alike, such as '!archive' or tag:env=prod"
        )
    return next(iter(found), None)


def _stack_name(owner: Owner) -> str:
    match owner:
        case Account():
            return owner.name
        case Archive():
            return names.ARCHIVE_STACK
        case _:
            return names.TRAIL_STACK
