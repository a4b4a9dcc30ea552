"""The accounts file as a whole: its shape, what is sound of one with faults, its rules, and the settings in it."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, create_model

from orgtrail.regions import partition_of
from orgtrail.settings import (
    account,
    alarm_regions,
    archive_moves,
    archive_policy,
    archive_retention,
    archive_rules,
    bucket_namespaces,
    dead_pipelines,
    roles,
    rollout,
    state,
    sync,
    tags,
    trail,
)
from orgtrail.settings.account import Account, AccountEntry, Defaults, resolve_account
from orgtrail.settings.archive import Archive, ArchiveSection, resolve_archive
from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.rollout import Rollout, RolloutSection, resolve_rollout
from orgtrail.settings.section import M, Part, StrictModel
from orgtrail.settings.state import S3StateSection, State, StateSection, resolve_state
from orgtrail.settings.sync import Sync, SyncSection, resolve_sync
from orgtrail.settings.trail import Trail, TrailSection, resolve_trail
from orgtrail.settings.values import checked, matches, text_schema

_ORGANIZATION_ID = r"^o-[a-z0-9]{10,32}$"


def _check_organization_id(value: str) -> list[Diagnostic]:
    return matches(value, _ORGANIZATION_ID, "o- and 10 to 32 of a-z and 0-9", "is not an organization id")


_OrganizationId = Annotated[str, checked(_check_organization_id), text_schema(pattern=_ORGANIZATION_ID)]


class Organization(StrictModel):
    """The AWS organization."""

    id: _OrganizationId = Field(
        description="Id of the AWS organization. With it the archive's policy never grows; "
        "without it, account ids are listed there"
    )


class AccountsFile(StrictModel):
    """The accounts file of Orgtrail: an AWS organization whose IAM events are archived."""

    model_config = ConfigDict(title="Orgtrail accounts file")

    organization: Organization | None = Field(default=None, description="The AWS organization")
    archive: ArchiveSection = Field(description="The central bucket")
    state: StateSection = Field(description="Where Terraform keeps what it knows of each account")
    trail: TrailSection | None = Field(
        default=None, description="A trail that Orgtrail makes; not set: there is one already"
    )
    defaults: Defaults | None = Field(
        default=None, description="What holds for every account that doesn't say otherwise"
    )
    rollout: RolloutSection | None = Field(
        default=None, description="How many accounts are rolled out at once, in which order, and when to stop"
    )
    sync: SyncSection | None = Field(
        default=None, description="Which accounts of AWS Organizations `accounts sync` takes over"
    )
    accounts: tuple[AccountEntry, ...] = Field(
        strict=False, description="The accounts, one entry each; c7n-org's `accounts` fit in unchanged"
    )


@dataclass(frozen=True)
class Settings:
    """All of one accounts file."""

    path: Path
    partition: str
    organization_id: str | None
    archive: Archive
    state: State
    accounts: tuple[Account, ...]
    rollout: Rollout
    sync: Sync = field(default_factory=Sync)
    trail: Trail | None = None

    @property
    def archived_accounts(self) -> tuple[str, ...]:
        """The ids of all accounts that may have events in the archive, sorted: those that are skipped too."""
        return tuple(sorted({*(account.account_id for account in self.accounts), *self.archive.former.accounts}))

    @property
    def archived_regions(self) -> tuple[str, ...]:
        """The regions from which events may be in the archive, sorted."""
        now = {region for account in self.accounts for region in account.regions}
        return tuple(sorted(now | {*self.archive.former.regions}))

    @property
    def active(self) -> tuple[Account, ...]:
        """The accounts that are rolled out, enabled or not."""
        return tuple(account for account in self.accounts if account.status == "active")

    @property
    def skipped(self) -> tuple[Account, ...]:
        """The accounts that are left alone: suspended or closed."""
        return tuple(account for account in self.accounts if account.status != "active")


def resolve(path: Path, file: AccountsFile, partition: str) -> Settings:
    """The settings in a sound file."""
    defaults = file.defaults or Defaults()
    resolved = resolve_archive(file.archive, defaults, partition)
    return Settings(
        path=path,
        partition=partition,
        organization_id=file.organization.id if file.organization else None,
        archive=resolved,
        state=resolve_state(file.state, file.archive.account_id, partition),
        accounts=tuple(resolve_account(entry, defaults, partition) for entry in file.accounts),
        rollout=resolve_rollout(file.rollout or RolloutSection()),
        sync=resolve_sync(file.sync or SyncSection(), partition),
        trail=resolve_trail(file.trail, defaults, resolved, partition) if file.trail else None,
    )


@dataclass(frozen=True)
class Draft:
    """The sound parts of a file, for the rules that look at more than one value."""

    partition: str | None
    has_organization: bool
    archive: Part[ArchiveSection]
    state: Part[S3StateSection] | None
    defaults: Part[Defaults]
    rollout: Part[RolloutSection]
    sync: Part[SyncSection]
    trail: Part[TrailSection] | None
    accounts: tuple[Part[AccountEntry], ...]


def partition_in(data: dict[str, Any]) -> str | None:
    """The partition of a file: that of the archive's region, or None if the region isn't readable."""
    section = data.get("archive")
    region = section.get("region") if isinstance(section, dict) else None
    return partition_of(region) if isinstance(region, str) else None


def whole(file: AccountsFile, partition: str | None) -> Draft:
    """The draft of a file whose values are all sound by themselves."""
    return Draft(
        partition,
        file.organization is not None,
        Part(("archive",), file.archive),
        Part(("state",), file.state) if isinstance(file.state, S3StateSection) else None,
        Part(("defaults",), file.defaults or Defaults()),
        Part(("rollout",), file.rollout or RolloutSection()),
        Part(("sync",), file.sync or SyncSection()),
        Part(("trail",), file.trail) if file.trail else None,
        tuple(Part(("accounts", index), entry) for index, entry in enumerate(file.accounts)),
    )


def salvage(data: dict[str, Any], partition: str | None, unsound: Collection[Key]) -> Draft:
    """The draft of a file in which the values at these keys, and nothing else, are unsound."""
    broken: dict[Key, set[str]] = {}
    for key in unsound:
        depth = 2 if key[0] == "accounts" else 1
        if len(key) > depth:
            broken.setdefault(key[:depth], set()).add(str(key[depth]))

    def part(model: type[M], key: Key, written: Any) -> Part[M]:
        names = set(model.model_fields) if key in unsound else broken.get(key, set())
        pairs = written.items() if isinstance(written, dict) else ()
        sound = {name: value for name, value in pairs if name not in names}
        shape = _without_required(model) if names else model
        return Part(key, shape.model_validate(sound, context=partition), frozenset(names))

    state_, accounts = data.get("state"), data.get("accounts")
    return Draft(
        partition,
        data.get("organization") is not None,
        part(ArchiveSection, ("archive",), data.get("archive")),
        part(S3StateSection, ("state",), state_)
        if isinstance(state_, dict) and state_.get("backend") == "s3"
        else None,
        part(Defaults, ("defaults",), data.get("defaults")),
        part(RolloutSection, ("rollout",), data.get("rollout")),
        part(SyncSection, ("sync",), data.get("sync")),
        part(TrailSection, ("trail",), data.get("trail")) if data.get("trail") is not None else None,
        tuple(
            part(AccountEntry, ("accounts", index), entry)
            for index, entry in enumerate(accounts if isinstance(accounts, list) else ())
        ),
    )


@cache
def _without_required(model: type[M]) -> type[M]:
    """The model with required keys optional. One that is missing is None, and counts as broken: no rule reads it."""
    optional: dict[str, Any] = {
        name: (field.rebuild_annotation(), None) for name, field in model.model_fields.items() if field.is_required()
    }
    return create_model(model.__name__, __base__=model, **optional)


def broken_rules(draft: Draft, line_of: Callable[[Key], int]) -> list[Diagnostic]:
    """What is wrong between the values of a file, each once: what `defaults` does to all accounts is one diagnostic.

    A rule reads only what is sound. `line_of` gives the line of the value at a key.
    """
    partition, defaults, accounts = draft.partition, draft.defaults, draft.accounts
    tagged: tuple[Part[Any], ...] = (draft.archive, *accounts)
    rules: tuple[Iterator[Diagnostic], ...] = (
        account.ids_and_names_are_unique(accounts, line_of),
        dead_pipelines.none_is_dead(accounts, defaults, partition),
        alarm_regions.alarms_fit_their_regions(accounts, defaults, partition),
        roles.roles_fit(defaults, (draft.archive, *trail.roles_of(draft.trail)), accounts, partition),
        state.state_role_fits(draft.state),
        tags.are_few_enough(defaults, tagged),
        tags.keys_differ(defaults, tagged),
        tags.none_is_the_stacks_version((defaults, *tagged)),
        archive_rules.existing_is_left_alone(draft.archive),
        archive_rules.key_is_usable(draft.archive, partition),
        archive_rules.break_glass_is_at_hand(draft.archive),
        archive_policy.readers_fit(draft.archive, partition),
        archive_rules.buckets_are_apart(draft.archive, draft.state),
        bucket_namespaces.namespaces_fit(draft.archive, draft.state, draft.trail),
        archive_policy.policy_fits(draft.archive, () if draft.has_organization else accounts, partition),
        archive_moves.move_goes_somewhere(draft.archive),
        archive_moves.layouts_are_apart(draft.archive),
        archive_moves.layouts_leave_room_for_backfill(draft.archive),
        archive_retention.transitions_go_down(draft.archive),
        archive_retention.lock_ends_first(draft.archive),
        trail.trail_fits(draft.trail, accounts, draft.has_organization),
        trail.trails_bucket_fits(draft.trail, draft.archive, draft.state, accounts, partition),
        rollout.waves_are_unique(draft.rollout),
        rollout.selectors_are_sound(draft.rollout),
        sync.sync_role_fits(draft.sync),
    )
    return list(dict.fromkeys(chain.from_iterable(rules)))
