"""The service control policy of an organization: only its deploy roles change what Orgtrail made."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from orgtrail import policies
from orgtrail.errors import UserError
from orgtrail.policies import Document, GuardedArchive, Place
from orgtrail.settings import Account, Archive, Settings
from orgtrail.words import counted

# What a StackSet acts as in an account:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs.html
STACK_SETS = ("stacksets-exec-*", "AWSCloudFormationStackSetExecutionRole")
_NAME = "orgtrail-guard"
_DESCRIPTION = "Only the role that deploys Orgtrail changes what Orgtrail made"


def guard(settings: Settings, managers: Sequence[str] = STACK_SETS, *, redrive: bool = False) -> Document:
    """The policy; `managers` are the names of the roles that change the deploy roles, or patterns of their ARNs.
    With `redrive`, the deploy roles may send dead letters back.

    Raises UserError where no role is known, or where the policy is larger than AWS allows.
    """
    owners: tuple[Account | Archive, ...] = (settings.archive, *settings.active)
    deploy, plan = (
        _in_any_account(roles[-1] for roles in chains if roles)
        for chains in ([owner.roles for owner in owners], [owner.plan_roles for owner in owners])
    )
    if not all(owner.roles for owner in owners):
        raise UserError(
            "A service control policy admits roles by name, and some stacks are deployed with the caller's own "
            "credentials: write `role` for every account, and for the archive"
        )
    boundaries = _in_any_account(account.permissions_boundary or "" for account in settings.active)
    place = Place(settings.partition)
    document = policies.tamper_guard(
        place,
        deploy_roles=deploy,
        role_managers=[one if one.startswith("arn:") else place.iam(f"role/{one}") for one in managers],
        guarded_roles=[*deploy, *plan, *boundaries],
        archive=_archive(settings),
        trail_bucket=settings.trail.bucket if settings.trail else None,
        redrive=redrive,
    )
    if (size := policies.size(document)) > policies.SERVICE_CONTROL_POLICY_LIMIT:
        smaller = (
            "Give the role the same name in every account"
            if deploy[1:]
            else "Name fewer managers, or shorter names of roles"
        )
        raise UserError(
            f"The policy would have {size:,} characters where AWS allows {policies.SERVICE_CONTROL_POLICY_LIMIT:,}: "
            f"it names {counted(len(deploy), 'deploy role')} and {counted(len(managers), 'manager')}. {smaller}"
        )
    return document


def as_terraform(document: Document) -> dict[str, Any]:
    """The policy in Terraform's JSON syntax, attached to the roots, units or accounts that a variable names."""
    return {
        "variable": {
            "target_ids": {"type": "set(string)", "description": "Roots, organizational units or accounts to bind"}
        },
        "resource": {
            "aws_organizations_policy": {
                "orgtrail": {
                    "name": _NAME,
                    "description": _DESCRIPTION,
                    "type": "SERVICE_CONTROL_POLICY",
                    "content": json.dumps(document, separators=(",", ":")),
                }
            },
            "aws_organizations_policy_attachment": {
                "orgtrail": {
                    "for_each": "${var.target_ids}",
                    "policy_id": "${aws_organizations_policy.orgtrail.id}",
                    "target_id": "${each.value}",
                }
            },
        },
    }


def _archive(settings: Settings) -> GuardedArchive | None:
    archive: Archive = settings.archive
    if archive.existing:
        return None
    return GuardedArchive(
        Place(settings.partition, archive.account_id, archive.region),
        archive.bucket,
        has_key=archive.has_managed_key,
        database=archive.catalog.database if archive.catalog else None,
        break_glass_role=archive.break_glass_role,
    )


def _in_any_account(arns: Iterable[str]) -> list[str]:
    """The ARNs with any account's id in place of theirs, each once."""
    found: dict[str, None] = {}
    for arn in filter(None, arns):
        parts = arn.split(":", 5)
        found[":".join([*parts[:4], "*", parts[5]])] = None
    return list(found)
