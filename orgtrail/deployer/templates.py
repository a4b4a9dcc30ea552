"""The roles as something that others deploy: a CloudFormation template, Terraform, or the documents alone."""

import json
from typing import Any

from orgtrail import policies
from orgtrail.deployer.roles import Entered, Part, Roles
from orgtrail.policies import Document

CLOUDFORMATION_ACCOUNT = "${AWS::AccountId}"
TERRAFORM_ACCOUNT = "${data.aws_caller_identity.current.account_id}"

_DOING = {"deploy": "deploying", "plan": "planning"}
_DEPLOYS = "Deploys Orgtrail's stacks in this account"
_PLANS = "Reads what Orgtrail's stacks made in this account, to plan changes"
_BOUNDS = "The most that the delivery roles of Orgtrail may do"


def as_documents(roles: Roles, *, plan_only: bool) -> dict[str, Any]:
    """The documents alone; `account_id` None: in every account."""

    def of(role: Entered, plan: bool) -> dict[str, Any]:
        found = [
            {"name": part.name, "account_id": part.account_id, "document": part.plan if plan else part.deploy}
            for part in roles.parts
        ]
        trust = policies.deploy_trust(role.by, roles.external_id) if role.by else None
        return {"name": role.name, "path": role.path, "trust": trust, "policies": found}

    boundary = {"name": roles.boundary[0], "document": roles.boundary[1]} if roles.boundary else None
    deploy = {} if plan_only else {"deploy_role": of(roles.deploy, False)}
    return {**deploy, "plan_role": of(roles.plan, True), **({} if plan_only else {"permissions_boundary": boundary})}


def as_cloudformation(roles: Roles, *, plan_only: bool) -> dict[str, Any]:
    """A template for a StackSet: the same in every account, where conditions say what is only in some."""
    parameters = {"PlanningPrincipal": _principal("plans", roles.plan)}
    resources = {"PlanRole": _cloudformation_role(roles, roles.plan, "PlanningPrincipal", plan=True)}
    if not plan_only:
        parameters = {"DeployingPrincipal": _principal("deploys", roles.deploy), **parameters}
        role = _cloudformation_role(roles, roles.deploy, "DeployingPrincipal", plan=False)
        resources = {"DeployRole": role, **resources}
    if roles.boundary and not plan_only:
        name, document = roles.boundary
        properties = {"ManagedPolicyName": name, "Description": _BOUNDS, "PolicyDocument": _substituted(document)}
        resources["DeliveryBoundary"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
    conditions = {
        _condition(part): {"Fn::Equals": [{"Ref": "AWS::AccountId"}, part.account_id]}
        for part in roles.parts
        if part.account_id
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The roles with which Orgtrail is deployed and planned in this account",
        "Parameters": parameters,
        **({"Conditions": conditions} if conditions else {}),
        "Resources": resources,
    }


def _principal(verb: str, role: Entered) -> dict[str, Any]:
    default = {"Default": role.by} if role.by else {}
    return {"Type": "String", "Description": f"ARN of the role or user that {verb}", **default}


def _cloudformation_role(roles: Roles, role: Entered, principal: str, *, plan: bool) -> dict[str, Any]:
    trust = policies.deploy_trust(f"${{{principal}}}", roles.external_id)
    inline = [_conditional(part, part.plan if plan else part.deploy) for part in roles.parts]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": role.name,
            "Path": role.path,
            "Description": _PLANS if plan else _DEPLOYS,
            "AssumeRolePolicyDocument": _substituted(trust),
            "Policies": inline,
        },
    }


def _conditional(part: Part, document: Document) -> dict[str, Any]:
    inline = {"PolicyName": part.name, "PolicyDocument": _substituted(document)}
    if part.account_id is None:
        return inline
    return {"Fn::If": [_condition(part), inline, {"Ref": "AWS::NoValue"}]}


def _condition(part: Part) -> str:
    return "".join(word.capitalize() for word in part.name.split("-"))


def _substituted(value: Any) -> Any:
    """The value, where CloudFormation fills in what texts leave open."""
    if isinstance(value, dict):
        return {key: _substituted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(item) for item in value]
    return {"Fn::Sub": value} if isinstance(value, str) and "${" in value else value


def as_terraform(roles: Roles, *, plan_only: bool) -> dict[str, Any]:
    """A configuration in Terraform's JSON syntax, to be applied in each account."""
    entered = (
        {"plan": (roles.plan, True)} if plan_only else {"deploy": (roles.deploy, False), "plan": (roles.plan, True)}
    )
    role_resources: dict[str, Any] = {}
    inline: dict[str, Any] = {}
    for word, (role, plan) in entered.items():
        trust = policies.deploy_trust(f"${{var.{_DOING[word]}_principal}}", roles.external_id)
        role_resources[word] = {
            "name": role.name,
            "path": role.path,
            "description": _PLANS if plan else _DEPLOYS,
            "assume_role_policy": json.dumps(trust),
        }
        for part in roles.parts:
            inline[f"{word}_{part.name.removeprefix('orgtrail-')}"] = {
                "name": part.name,
                "role": f"${{aws_iam_role.{word}.name}}",
                "policy": json.dumps(part.plan if plan else part.deploy),
                **_count(part),
            }
    resources: dict[str, Any] = {"aws_iam_role": role_resources, "aws_iam_role_policy": inline}
    if roles.boundary and not plan_only:
        name, document = roles.boundary
        boundary = {"name": name, "description": _BOUNDS, "policy": json.dumps(document)}
        resources["aws_iam_policy"] = {"delivery_boundary": boundary}
    return {
        "variable": {f"{_DOING[word]}_principal": _variable(word, role) for word, (role, _) in entered.items()},
        "data": {"aws_caller_identity": {"current": {}}},
        "resource": resources,
    }


def _count(part: Part) -> dict[str, Any]:
    if part.account_id is None:
        return {}
    return {"count": f'${{data.aws_caller_identity.current.account_id == "{part.account_id}" ? 1 : 0}}'}


def _variable(word: str, role: Entered) -> dict[str, Any]:
    default = {"default": role.by} if role.by else {}
    return {"type": "string", "description": f"ARN of the role or user that {word}s", **default}
