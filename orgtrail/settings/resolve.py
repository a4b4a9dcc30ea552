"""Turn a sound file into settings: defaults merged, short forms expanded, placeholders filled in."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from orgtrail.layout import Layout
from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings import expand, model
from orgtrail.settings.resolved import Account, Archive, Buffering, CloudState, LocalState, S3State, Settings


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
        layout=Layout(written.layout),
        roles=_roles(merged.role, written.account_id, ARCHIVE_STACK, partition, defaults.vars),
        external_id=merged.external_id,
        session_name=merged.session_name,
        profile=merged.profile,
        tags=MappingProxyType(expand.tags(defaults.tags) | expand.tags(written.tags)),
        noncurrent_days=written.noncurrent_days,
        expire_days=written.expire_days,
    )


def _roles(
    written: str | list[str], account_id: str, name: str, partition: str, variables: Mapping[str, Any]
) -> tuple[str, ...]:
    return tuple(
        expand.role(template, account_id=account_id, name=name, partition=partition, variables=variables)
        for template in expand.as_list(written)
    )


def _state(
    written: model.S3State | model.LocalState | model.CloudState, archive: Archive, partition: str
) -> S3State | LocalState | CloudState:
    if isinstance(written, model.LocalState):
        return LocalState(written.path)
    if isinstance(written, model.CloudState):
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
