"""Rules for roles, whose templates take values from elsewhere in the file."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings import expand, state_model, template_checks
from orgtrail.settings.draft import Draft, Part
from orgtrail.settings.faults import Key, Problem, shown
from orgtrail.settings.findings import Finding
from orgtrail.settings.templates import placeholders, unknown_placeholders


def roles_fit(draft: Draft) -> Iterator[Finding]:
    """Each placeholder of a role has a value, and each chain of roles ends in the account it is for."""
    if "vars" in draft.defaults.broken:
        return
    anywhere = set(draft.defaults.entry.vars).union(*(part.entry.vars for part in draft.accounts))
    parts: tuple[Part[Any], ...] = (draft.archive, *draft.accounts)
    for part in parts:
        holder = part if part.has("role") else draft.defaults
        if "role" in holder.broken or part.broken & {"vars", "account_id", "name"}:
            continue
        variables = {**draft.defaults.entry.vars, **getattr(part.entry, "vars", {})}
        # A default may count on a variable that each account sets for itself.
        known = anywhere if holder is draft.defaults else variables.keys()
        templates = _templates(holder)
        for key, template in templates:
            unknown = _unknown(template, known)
            yield from (Finding(key, problem) for problem in unknown)
            if not unknown:
                yield from _variables_fit(part, draft.partition, template, variables)
        yield from (Finding(key, _FOREIGN) for key, template in templates[-1:] if _is_foreign(template, part))


def _unknown(template: str, known: Collection[str]) -> list[Problem]:
    # Nearly always everything is known, and thousands of names needn't be sorted.
    if all(name in known or name in expand.ROLE_PLACEHOLDERS for name in placeholders(template)):
        return []
    return unknown_placeholders(template, (*expand.ROLE_PLACEHOLDERS, *sorted(known)))


def _templates(holder: Part[Any]) -> list[tuple[Key, str]]:
    written, key = holder.entry.role, (*holder.key, "role")
    if isinstance(written, str):
        return [(key, written)]
    return [((*key, index), template) for index, template in enumerate(written)]


def _variables_fit(
    part: Part[Any], partition: str | None, template: str, variables: Mapping[str, Any]
) -> Iterator[Finding]:
    used = [name for name in placeholders(template) if name not in expand.ROLE_PLACEHOLDERS]
    missing = [name for name in used if name not in variables]
    # The archive has no variables of its own.
    key: Key = (*part.key, "vars") if part.has("vars") else part.key
    whose = "its vars or those of defaults" if "vars" in type(part.entry).model_fields else "defaults.vars"
    for name in missing:
        yield Finding(
            key, Problem(f"gives no value for {{{name}}} in the role {shown(template)}", f"{name} in {whose}")
        )
    if not used or missing or partition is None:
        return
    name = getattr(part.entry, "name", ARCHIVE_STACK)
    arn = expand.role(template, account_id=part.entry.account_id, name=name, partition=partition, variables=variables)
    if template_checks.role(arn.replace("{", "?"), partition):
        yield Finding(key, Problem(f"makes {shown(template)} into {shown(arn)}, which is no role's ARN"))


_FOREIGN = Problem("is not in the account that it is used for", "a role of the account itself, as with {account_id}")


def _is_foreign(template: str, part: Part[Any]) -> bool:
    return expand.role_account(template) not in (None, part.entry.account_id)


def state_role_fits(state: Part[state_model.S3State] | None) -> Iterator[Finding]:
    """The role for the states is in the account that is said to own them."""
    if state is None or state.broken & {"role", "account_id"} or state.entry.account_id is None:
        return
    owner = expand.role_account(state.entry.role or "")
    if owner not in (None, state.entry.account_id):
        yield Finding((*state.key, "account_id"), Problem(f"is not the account of the role, {owner}", owner))
