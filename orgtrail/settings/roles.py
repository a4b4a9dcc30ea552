"""How Orgtrail gets into an account: its roles, whose templates take values from elsewhere in the file."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.section import Part, StrictModel
from orgtrail.settings.values import (
    ListOf,
    Text,
    check_account_id,
    checked,
    checked_in,
    matches,
    placeholders,
    syntax_problems,
    text_schema,
    unknown_placeholders,
    written_as,
)
from orgtrail.words import shown

_OWN_ROLE_PLACEHOLDERS = ("account_id", "partition")
_ROLE_PLACEHOLDERS = ("account_id", "name", "partition")
_ROLE_NAME = re.compile(r"[A-Za-z0-9_+=,.@/-]{1,512}")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_SESSION_NAME = r"^[A-Za-z0-9_+=,.@-]{2,64}$"
_EXTERNAL_ID = r"^[A-Za-z0-9_+=,.@:/-]{2,1224}$"


def _check_role(value: str, partition: str | None) -> list[Diagnostic]:
    """A role's name or ARN, where placeholders may stand for any part."""
    if found := syntax_problems(value):
        return found
    if not value.startswith("arn:"):
        if _ROLE_NAME.fullmatch(_PLACEHOLDER.sub("x", value)):
            return []
        allowed = "RoleName, or arn:aws:iam::<account id>:role/RoleName"
        return [Diagnostic("is neither a role's name nor its ARN", allowed)]
    parts = value.split(":", 5)
    resource = _PLACEHOLDER.sub("x", parts[5]) if len(parts) == 6 else ""
    name = resource.removeprefix("role/")
    if len(parts) != 6 or parts[2:4] != ["iam", ""] or name == resource or not _ROLE_NAME.fullmatch(name):
        return [Diagnostic("is not the ARN of a role", "arn:{partition}:iam::{account_id}:role/RoleName")]
    return [*_check_partition(parts[1], partition), *_check_owner(parts[4])]


def _check_partition(written: str, partition: str | None) -> list[Diagnostic]:
    if _PLACEHOLDER.search(written) or written == (partition or written):
        return []
    text = f"is in partition {written:.20}, but archive.region is in {partition}"
    return [Diagnostic(text, f"arn:{partition}:… or arn:{{partition}}:…")]


def _check_owner(written: str) -> list[Diagnostic]:
    if _PLACEHOLDER.search(written) or not check_account_id(written):
        return []
    return [Diagnostic(f"has {shown(written)} where an account id belongs", "12 digits, or {account_id}")]


def _check_own_role(value: str, partition: str | None) -> list[Diagnostic]:
    return _check_role(value, partition) or unknown_placeholders(value, _OWN_ROLE_PLACEHOLDERS)


def _check_session_name(value: str) -> list[Diagnostic]:
    return matches(value, _SESSION_NAME, "2 to 64 letters, digits and _ + = , . @ -", "can't name a role session")


def _check_external_id(value: str) -> list[Diagnostic]:
    return matches(value, _EXTERNAL_ID, "2 to 1224 letters, digits and _ + = , . @ : / -", "can't be an external id")


ExternalId = Annotated[str, checked(_check_external_id), text_schema(pattern=_EXTERNAL_ID)]
SessionName = Annotated[str, checked(_check_session_name), text_schema(pattern=_SESSION_NAME)]
_Role = Annotated[str, checked_in(_check_role), text_schema(minLength=1)]
# The file names the role's account elsewhere.
OwnRole = Annotated[str, checked_in(_check_own_role), text_schema(minLength=1)]
_Roles = Annotated[
    Annotated[_Role, Tag("<text>")] | Annotated[ListOf[_Role], Tag("<list>")],
    Discriminator(written_as),
]


class Credentials(StrictModel):
    """How Orgtrail gets into an account."""

    role: _Roles = Field(
        default=(),
        description="Role to assume: its name, its ARN, or a list of these to assume one after the other. "
        "`{account_id}`, `{name}`, `{partition}` and the account's `vars` are filled in. "
        "Not written: the caller's own credentials",
    )
    plan_role: _Roles = Field(
        default=(),
        description="Role to assume instead where `ORGTRAIL_PLAN_ONLY` is set: as `role`, but one that only reads. "
        "`bin/orgtrail role` prints it",
    )
    external_id: ExternalId | None = Field(default=None, description="External id that these roles demand")
    session_name: SessionName = Field(
        default="orgtrail", description="Name of the role session, as CloudTrail shows it"
    )
    profile: Text | None = Field(default=None, description="AWS profile of this machine to start from")


def role_arn(template: str, *, account_id: str, name: str, partition: str, variables: Mapping[str, Any]) -> str:
    """A role's ARN from its template. Raises KeyError for a placeholder that has no value."""
    known = {**variables, "account_id": account_id, "name": name, "partition": partition}
    filled = template.format_map(known)
    return filled if filled.startswith("arn:") else f"arn:{partition}:iam::{account_id}:role/{filled}"


def own_role_arn(template: str | None, *, account_id: str, partition: str) -> str | None:
    """The same, of a role in an account that is known from elsewhere in the file; None stays None."""
    if template is None:
        return None
    return role_arn(template, account_id=account_id, name=ARCHIVE_STACK, partition=partition, variables={})


def role_arns(
    written: str | Sequence[str], *, account_id: str, name: str, partition: str, variables: Mapping[str, Any]
) -> tuple[str, ...]:
    """The ARNs of the roles of an account, in the order in which they are assumed."""
    templates = (written,) if isinstance(written, str) else written
    return tuple(
        role_arn(one, account_id=account_id, name=name, partition=partition, variables=variables) for one in templates
    )


def role_account(template: str) -> str | None:
    """The account id that is written out in a role's template, if one is."""
    account = template.split(":", 5)[4] if template.startswith("arn:") else ""
    return account if account.isdigit() else None


def roles_fit(
    defaults: Part[Any], others: Sequence[Part[Any]], accounts: Sequence[Part[Any]], partition: str | None
) -> Iterator[Diagnostic]:
    """Each placeholder of a role has a value, and each chain of roles ends in the account it is for.

    `others` have no `vars` of their own: the archive, and the trail.
    """
    if "vars" in defaults.broken:
        return
    anywhere = set(defaults.entry.vars).union(*(part.entry.vars for part in accounts))
    for part, role in product((*others, *accounts), ("role", "plan_role")):
        holder = part if part.has(role) else defaults
        if role in holder.broken or part.broken & {"vars", "account_id", "name"}:
            continue
        variables = {**defaults.entry.vars, **getattr(part.entry, "vars", {})}
        # A default may use a variable that each account sets.
        known = anywhere if holder is defaults else variables.keys()
        templates = _templates(holder, role)
        for key, template in templates:
            unknown = _unknown(template, known)
            yield from (one.at(*key) for one in unknown)
            if not unknown:
                yield from _variables_fit(part, partition, template, variables)
        yield from (_FOREIGN.at(*key) for key, template in templates[-1:] if _is_foreign(template, part))


def _unknown(template: str, known: Collection[str]) -> list[Diagnostic]:
    # Nearly always everything is known, and thousands of names needn't be sorted.
    if all(name in known or name in _ROLE_PLACEHOLDERS for name in placeholders(template)):
        return []
    return unknown_placeholders(template, (*_ROLE_PLACEHOLDERS, *sorted(known)))


def _templates(holder: Part[Any], role: str) -> list[tuple[Key, str]]:
    written, key = getattr(holder.entry, role), (*holder.key, role)
    if isinstance(written, str):
        return [(key, written)]
    return [((*key, index), template) for index, template in enumerate(written)]


def _variables_fit(
    part: Part[Any], partition: str | None, template: str, variables: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    used = [name for name in placeholders(template) if name not in _ROLE_PLACEHOLDERS]
    missing = [name for name in used if name not in variables]
    # The archive has no variables of its own.
    key: Key = (*part.key, "vars") if part.has("vars") else part.key
    whose = "its vars or those of defaults" if "vars" in type(part.entry).model_fields else "defaults.vars"
    for name in missing:
        text = f"gives no value for {{{name}}} in the role {shown(template)}"
        yield Diagnostic(text, f"{name} in {whose}", key=key)
    if not used or missing or partition is None:
        return
    name = getattr(part.entry, "name", ARCHIVE_STACK)
    arn = role_arn(template, account_id=part.entry.account_id, name=name, partition=partition, variables=variables)
    if _check_role(arn.replace("{", "?"), partition):
        yield Diagnostic(f"makes {shown(template)} into {shown(arn)}, which is no role's ARN", key=key)


_FOREIGN = Diagnostic("is not in the account that it is used for", "a role of the account itself, as with {account_id}")


def _is_foreign(template: str, part: Part[Any]) -> bool:
    return role_account(template) not in (None, part.entry.account_id)
