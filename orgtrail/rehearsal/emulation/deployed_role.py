"""What a deployed role lets an AWS service do, as far as the emulator's IAM can tell."""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult


class NotAssumable(Exception):
    """The role isn't there, or doesn't trust the service."""


class DeployedRole:
    """A role, read back from the account in which it was deployed; `iam` is a boto3 client there.

    Actions and resources are looked at here; conditions are not (tests/policies evaluates those).
    """

    def __init__(self, iam: Any, arn: str, service: str) -> None:
        """Raises NotAssumable unless the role exists and trusts `service`, such as `firehose.amazonaws.com`."""
        name = arn.rpartition("/")[2]
        try:
            trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        except iam.exceptions.NoSuchEntityException as error:
            raise NotAssumable(f"{arn} doesn't exist") from error
        trusted = [statement["Principal"].get("Service") for statement in trust["Statement"]]
        if service not in trusted:
            raise NotAssumable(f"{arn} doesn't trust {service}")
        policy_names = iam.list_role_policies(RoleName=name)["PolicyNames"]
        self._policies = [
            IAMPolicy(json.dumps(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]))
            for policy in policy_names
        ]

    def may(self, action: str, resource: str) -> bool:
        """Whether the role's own policies permit an action on a resource."""
        results = [policy.is_action_permitted(action, resource) for policy in self._policies]
        return PermissionResult.PERMITTED in results and PermissionResult.DENIED not in results
