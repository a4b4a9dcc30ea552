"""Turn a sound file into settings: defaults merged, short forms expanded, placeholders filled in."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from orgtrail.layout import Layout
from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings import archive_model, expand, model, rollout_model, state_model
from orgtrail.settings.resolved import (
    AccessLogs,
    Account,
    Archive,
    Buffering,
    Catalog,
    CloudState,
    Former,
    LocalState,
    MovingFrom,
    ObjectLock,
    S3State,
    Settings,
    Transition,
)
from orgtrail.settings.rollout import MaxFailures, Rollout, Wave


def resolve(path: Path, file: model.File, partition: str) -> Settings:
    """The settings of a file in which no fault was found."""
    defaults = file.defaults or model.Defaults()
    archive = _archive(file.archive, defaults, partition)
    return Settings(
        path=path,
        partition=partition,
        organization_id=file.organization.id if file.organization else None,
        archive=archive,
        state=_state(file.state, archive, partition),
        accounts=tuple(_account(account, defaults, partition) for account in file.accounts),
        rollout=_rollout(file.rollout or rollout_model.Rollout()),
    )


def _account(written: model.Account, defaults: model.Defaults, partition: str) -> Account:
    # Only what is written replaces a default; the rest of `merged` is what the model says.
    inherited = {name: getattr(defaults, name) for name in defaults.model_fields_set - written.model_fields_set}
    merged = written.model_copy(update=inherited)
    variables = {**defaults.vars, **written.vars}
    return Account(
        account_id=written.account_id,
        name=written.name,
        email=written.email,
        display_name=written.display_name,
        org_id=written.org_id,
        roles=_roles(merged.role, written.account_id, written.name, partition, variables),
        external_id=merged.external_id,
        session_name=merged.session_name,
        profile=merged.profile,
        regions=expand.regions(merged.regions, partition),
        tags=MappingProxyType(expand.tags(defaults.tags) | expand.tags(written.tags)),
        vars=MappingProxyType(variables),
        status=written.status,
        events=expand.events(merged.events),
        compression=merged.compression,
        buffering=Buffering(merged.buffering.size_mib, merged.buffering.interval_seconds),
        log_retention_days=merged.log_retention_days,
        enabled=merged.enabled,
        written=frozenset(written.model_fields_set),
    )


def _archive(written: model.Archive, defaults: model.Defaults, partition: str) -> Archive:
    inheritable = model.Credentials.model_fields.keys() & defaults.model_fields_set
    inherited = {name: getattr(defaults, name) for name in inheritable - written.model_fields_set}
    merged = written.model_copy(update=inherited)
    return Archive(
        account_id=written.account_id,
        region=written.region,
        bucket=written.bucket,
        existing=written.existing,
        manage_policy=written.manage_policy,
        adopt=written.adopt,
        layout=Layout(written.layout),
        roles=_roles(merged.role, written.account_id, ARCHIVE_STACK, partition, defaults.vars),
        external_id=merged.external_id,
        session_name=merged.session_name,
        profile=merged.profile,
        tags=MappingProxyType(expand.tags(defaults.tags) | expand.tags(written.tags)),
        noncurrent_days=_noncurrent_days(written),
        expire_days=written.expire_days,
        kms_key=written.kms_key,
        object_lock=ObjectLock(lock.mode, lock.days) if (lock := written.object_lock) else None,
        break_glass_role=_break_glass_role(written, partition),
        transitions=tuple(Transition(one.days, one.storage_class) for one in written.transitions),
        access_logs=AccessLogs(logs.bucket, logs.prefix) if (logs := written.access_logs) else None,
        catalog=_catalog(written),
        former=_former(written.former),
        moving_from=_moving_from(written.moving_from),
    )


def _former(written: archive_model.Former | None) -> Former:
    if written is None:
        return Former()
    layouts = tuple(Layout(layout) for layout in written.layouts)
    return Former(tuple(written.accounts), tuple(written.regions), layouts, written.kms_key)


def _moving_from(written: archive_model.MovingFrom | None) -> MovingFrom:
    if written is None:
        return MovingFrom()
    return MovingFrom(Layout(written.layout) if written.layout else None, written.kms_key)


def _noncurrent_days(written: model.Archive) -> int:
    if written.object_lock is None or "noncurrent_days" in written.model_fields_set:
        return written.noncurrent_days
    return max(written.noncurrent_days, written.object_lock.days)


def _break_glass_role(written: model.Archive, partition: str) -> str | None:
    if written.break_glass_role is None:
        return None
    (role,) = _roles(written.break_glass_role, written.account_id, ARCHIVE_STACK, partition, {})
    return role


def _catalog(written: model.Archive) -> Catalog | None:
    choice = not written.existing if written.catalog is None else written.catalog
    if isinstance(choice, bool):
        return Catalog() if choice else None
    return Catalog(choice.database, choice.scan_limit_gib, choice.results_expire_days)


def _rollout(written: rollout_model.Rollout) -> Rollout:
    waves = [Wave(wave.name, tuple(wave.accounts), _max_failures(wave.max_failures)) for wave in written.waves or ()]
    if waves and waves[0].max_failures is None:
        # The canary: it is there to stop what comes after it.
        waves[0] = replace(waves[0], max_failures=MaxFailures(0))
    return Rollout(
        parallelism=written.parallelism,
        max_failures=_max_failures(written.max_failures) or Rollout.max_failures,
        time_limit_minutes=written.time_limit_minutes,
        bake_minutes=written.bake_minutes,
        check=written.check,
        waves=tuple(waves) or Rollout.waves,
    )


def _max_failures(written: int | str | None) -> MaxFailures | None:
    if isinstance(written, str):
        return MaxFailures(None, int(written.removesuffix("%")))
    return None if written is None else MaxFailures(written)


def _roles(
    written: str | list[str], account_id: str, name: str, partition: str, variables: Mapping[str, Any]
) -> tuple[str, ...]:
    return tuple(
        expand.role(template, account_id=account_id, name=name, partition=partition, variables=variables)
        for template in expand.as_list(written)
    )


def _state(
    written: state_model.S3State | state_model.LocalState | state_model.CloudState, archive: Archive, partition: str
) -> S3State | LocalState | CloudState:
    if isinstance(written, state_model.LocalState):
        return LocalState(written.path)
    if isinstance(written, state_model.CloudState):
        return CloudState(written.organization, written.hostname, written.project, written.workspace)
    account_id = written.account_id or expand.role_account(written.role or "") or archive.account_id
    role = _roles(written.role or [], account_id, ARCHIVE_STACK, partition, {})
    return S3State(
        bucket=written.bucket,
        region=written.region,
        key=written.key,
        kms_key_id=written.kms_key_id,
        account_id=account_id,
        role=role[0] if role else None,
        external_id=written.external_id,
        session_name=written.session_name,
        profile=written.profile,
    )
