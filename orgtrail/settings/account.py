"""`accounts` and `defaults`: what an account's entry may say, what must hold, and the account that it stands for."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from orgtrail.alarms import Alarms
from orgtrail.events import (
    IAM_DETAIL_TYPES,
    IAM_SOURCES,
    IDENTITY_DETAIL_TYPES,
    IDENTITY_SOURCES,
    TAMPERING_SOURCES,
    Events,
)
from orgtrail.regions import default_regions
from orgtrail.settings.alarms import AlarmsSection, merged_alarms, resolve_alarms
from orgtrail.settings.boundary import Boundary, boundary_arn
from orgtrail.settings.diagnostics import Diagnostic, Key, key_text, not_one_of
from orgtrail.settings.roles import Credentials, role_arns
from orgtrail.settings.section import Part, StrictModel, as_written, inherit
from orgtrail.settings.tags import Tags, as_mapping
from orgtrail.settings.values import (
    ALL_REGIONS,
    AccountId,
    Name,
    RegionOrAll,
    SomeOf,
    Text,
    checked,
    text_schema,
    written_as,
)
from orgtrail.words import suggestion

Compression: TypeAlias = Literal["UNCOMPRESSED", "GZIP"]
Status: TypeAlias = Literal["active", "suspended", "closed"]

_SOURCE = r"^aws\.[a-z0-9][a-z0-9-]*$"
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
_CLOUDTRAIL_DETAIL_TYPES = (
    *IDENTITY_DETAIL_TYPES,
    "AWS Insight via CloudTrail",
    "AWS Network Activity Event via CloudTrail",
)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180)
_YEARS_IN_DAYS = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_RETENTIONS = (*_DAYS, *_YEARS_IN_DAYS)


def _check_source(value: str) -> list[Diagnostic]:
    """A `source` that AWS services use on the default bus."""
    if re.fullmatch(_SOURCE, value):
        return []
    own = f"aws.{value.lower().removesuffix('.amazonaws.com')}"
    meant = own if re.fullmatch(_SOURCE, own) and len(own) < 60 else suggestion(value, IDENTITY_SOURCES)
    return [Diagnostic("is not an event source", "aws.<service>, such as aws.iam", meant)]


def _check_detail_type(value: str) -> list[Diagnostic]:
    """A `detail-type`; those of CloudTrail are a closed set, in which a wrong letter matches nothing."""
    if value in _CLOUDTRAIL_DETAIL_TYPES or not value.lower().endswith("via cloudtrail"):
        return []
    return [not_one_of(_CLOUDTRAIL_DETAIL_TYPES, "a detail type of CloudTrail")]


def _check_retention(value: int) -> list[Diagnostic]:
    """A retention that CloudWatch Logs knows, in days."""
    if value in _RETENTIONS:
        return []
    return [Diagnostic("is not a retention of CloudWatch Logs", ", ".join(map(str, _RETENTIONS)))]


_Source = Annotated[str, checked(_check_source), text_schema(pattern=_SOURCE)]
_DetailType = Annotated[str, checked(_check_detail_type), text_schema()]
# Not a Literal: to pydantic, `true` is one of 1, 3, 5, ….
_Retention = Annotated[int, checked(_check_retention), WithJsonSchema({"type": "integer", "enum": list(_RETENTIONS)})]
_Regions = Annotated[
    Annotated[RegionOrAll, Tag("<text>")] | Annotated[SomeOf[RegionOrAll], Tag("<list>")],
    Discriminator(written_as),
]


class EventsChoice(StrictModel):
    """Events chosen by hand."""

    sources: SomeOf[_Source] = Field(default=IDENTITY_SOURCES, description="EventBridge sources, such as `aws.iam`")
    detail_types: SomeOf[_DetailType] = Field(default=IDENTITY_DETAIL_TYPES, description="EventBridge detail types")
    include_read_only: bool = Field(default=False, description="Also the read-only calls, such as `ListUsers`")
    tampering: bool = Field(
        default=False,
        description="Also changes of rules, delivery streams and trails, Orgtrail's among them: adds the sources "
        "`aws.cloudtrail`, `aws.events` and `aws.firehose`",
    )


_Events = Annotated[
    Annotated[Literal["identity", "iam"], Tag("<text>")] | Annotated[EventsChoice, Tag("<mapping>")],
    Discriminator(written_as),
]


class Buffering(StrictModel):
    """When Firehose writes an object: as soon as either is reached."""

    size_mib: int = Field(default=5, ge=1, le=128, description="MiB that Firehose collects before it writes an object")
    interval_seconds: int = Field(
        default=300, ge=0, le=900, description="Seconds that Firehose waits before it writes an object"
    )


class Defaults(Credentials):
    """What holds for every account that doesn't say otherwise; tags, vars and alarms are merged key by key."""

    regions: _Regions = Field(
        default=(),
        description="Where the account has a pipeline: a region, a list of regions, or `all` for every region "
        "that needs no opt-in",
    )
    events: _Events = Field(default="identity", description="Which events: `identity`, `iam`, or chosen by hand")
    tags: Tags = Field(default={}, description="Tags of everything: a mapping, or a list of `key:value`")
    vars: dict[str, Any] = Field(default={}, description="Values of your own, for placeholders in `role`")
    compression: Compression = Field(default="UNCOMPRESSED", description="Compression of the objects")
    buffering: Buffering = Field(default=Buffering(), description="When Firehose writes an object")
    log_retention_days: _Retention = Field(default=365, description="Days that Firehose's delivery log is kept")
    permissions_boundary: Boundary | None = Field(
        default=None,
        description="Managed policy that bounds the account's two roles: its name, or its ARN in the account; knows "
        "`{account_id}` and `{partition}`. `bin/orgtrail role` prints it; it must exist before. Not written: none",
    )
    alarms: AlarmsSection | None = Field(
        default=None,
        description="CloudWatch alarms of each pipeline, which docs/alarms.md explains. Not written: none",
    )
    enabled: bool = Field(
        default=True,
        description="`false` removes the account's pipelines; what they delivered, the state and the entry here stay",
    )


class AccountEntry(Defaults):
    """One account of the organization."""

    model_config = ConfigDict(title="Account")

    account_id: AccountId = Field(description="Id of the account: 12 digits, in quotes")
    name: Name = Field(description="Name of the account and of its stack")
    email: Text | None = Field(default=None, description="Kept for your own use")
    display_name: Text | None = Field(default=None, description="Kept for your own use")
    org_id: Text | None = Field(default=None, description="Kept for your own use")
    status: Status = Field(default="active", description="`suspended` and `closed` accounts are skipped")


@dataclass(frozen=True)
class Account:
    """An account with everything its stack depends on: defaults merged, placeholders filled in.

    `roles` are full ARNs in the order in which they are assumed; none: the caller's own credentials. `plan_roles` are
    assumed instead to plan only. Without `enabled` it has no pipelines, and keeps its state. `written` are the keys of
    the account's own entry, not those of `defaults`; None: unknown.
    """

    account_id: str
    name: str
    email: str | None
    display_name: str | None
    org_id: str | None
    roles: tuple[str, ...]
    plan_roles: tuple[str, ...]
    external_id: str | None
    session_name: str
    profile: str | None
    regions: tuple[str, ...]
    tags: Mapping[str, str] = field(hash=False)
    vars: Mapping[str, object] = field(hash=False)
    status: Status
    events: Events
    compression: Compression
    buffering: Buffering
    log_retention_days: int
    permissions_boundary: str | None
    alarms: Alarms | None
    enabled: bool
    written: frozenset[str] | None = field(default=None, compare=False, repr=False)


def resolve_account(written: AccountEntry, defaults: Defaults, partition: str) -> Account:
    """The account that a sound entry stands for."""
    merged = inherit(written, defaults)
    variables = {**defaults.vars, **written.vars}

    def arns(roles: str | Sequence[str]) -> tuple[str, ...]:
        return role_arns(
            roles, account_id=written.account_id, name=written.name, partition=partition, variables=variables
        )

    return Account(
        **as_written(merged, Account)
        | {
            "roles": arns(merged.role),
            "plan_roles": arns(merged.plan_role),
            "permissions_boundary": boundary_arn(merged.permissions_boundary, written.account_id, partition),
            "regions": regions_in(merged.regions, partition),
            "events": events_of(merged.events),
            "alarms": _alarms(written, defaults),
            "tags": MappingProxyType(as_mapping(defaults.tags) | as_mapping(written.tags)),
            "vars": MappingProxyType(variables),
            "written": frozenset(written.model_fields_set),
        }
    )


def _alarms(written: AccountEntry, defaults: Defaults) -> Alarms | None:
    is_written = "alarms" in written.model_fields_set
    return resolve_alarms(merged_alarms(written.alarms, is_written, defaults.alarms))


# Cached, as is the next one: in a large organization thousands of accounts share a few choices.
@lru_cache(maxsize=1024)
def regions_in(written: str | tuple[str, ...], partition: str) -> tuple[str, ...]:
    """Each region once, in the order of the file; `all` stands for those that need no opt-in."""
    expanded: dict[str, None] = {}
    for region in (written,) if isinstance(written, str) else written:
        expanded |= dict.fromkeys(default_regions(partition) if region == ALL_REGIONS else (region,))
    return tuple(expanded)


@lru_cache(maxsize=1024)
def events_of(written: str | EventsChoice) -> Events:
    """The events that a word or a choice by hand stands for."""
    if isinstance(written, EventsChoice):
        added = TAMPERING_SOURCES if written.tampering else ()
        sources = tuple(dict.fromkeys((*written.sources, *added)))
        return Events(sources, written.detail_types, written.include_read_only)
    if written == "iam":
        return Events(IAM_SOURCES, IAM_DETAIL_TYPES)
    return Events()


def ids_and_names_are_unique(
    accounts: Sequence[Part[AccountEntry]], line_of: Callable[[Key], int]
) -> Iterator[Diagnostic]:
    """No two accounts share an id or a name."""
    for name in ("account_id", "name"):
        first: dict[str, Key] = {}
        for account in accounts:
            if name in account.broken:
                continue
            # Names become folders, and some file systems ignore case.
            value, key = getattr(account.entry, name).lower(), (*account.key, name)
            if other := first.get(value):
                yield Diagnostic(f"is the {name} of {key_text(other[:2])} too, on line {line_of(other)}", key=key)
            first.setdefault(value, key)
