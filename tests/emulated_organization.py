"""An organization of the emulated AWS, with an id and members that a test chooses."""

from typing import Any

import boto3
from moto.organizations.models import organizations_backends


def make_organization(client: Any, organization_id: str, management: str, *members: str) -> None:
    """Have an organization whose management account is that of the client."""
    client.create_organization(FeatureSet="ALL")
    made = organizations_backends[management]["aws"].org
    assert made is not None
    made.id = organization_id
    organizations_backends.master_accounts |= dict.fromkeys(members, (management, "aws"))


def session_of(role: str, region: str) -> boto3.Session:
    """A session in the account of a role, which needn't exist."""
    keys = boto3.client("sts", region).assume_role(RoleArn=role, RoleSessionName="it")["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region)


def leave_organization(member: str) -> None:
    """Take an account out of the organization that it is in."""
    del organizations_backends.master_accounts[member]
