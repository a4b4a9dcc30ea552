"""AWS sessions and clients: the one module that makes them.

An endpoint other than AWS's comes from the environment (`AWS_ENDPOINT_URL`), as in every AWS tool, so nothing here
knows of an emulator.
"""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from orgtrail.credentials import Credentials, role_chain
from orgtrail.errors import UserError

_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=60)


class WrongAccount(UserError):
    """The available credentials belong to another account."""


AWS_ERRORS = (BotoCoreError, ClientError, WrongAccount)
"""What is raised where AWS can't be asked, or refuses to answer."""


class AccountSession:
    """Credentials in one account: the caller's own, or those at the end of its chain of roles.

    `home_region` is where roles are assumed, and the region of clients that name none.
    """

    def __init__(self, identity: Credentials, home_region: str) -> None:
        self._identity = identity
        self._home_region = home_region

    @property
    def account_id(self) -> str:
        """The account that the credentials are of; others are refused."""
        return self._identity.account_id

    @cached_property
    def _session(self) -> boto3.Session:
        session = boto3.Session(profile_name=self._identity.profile, region_name=self._home_region)
        for role in role_chain(self._identity):
            session = _assume_role(session, role.arn, self._identity.session_name, role.external_id)
        caller = _client(session, "sts").get_caller_identity()
        if caller["Account"] != self._identity.account_id:
            raise WrongAccount(
                f"the credentials are those of account {caller['Account']} ({caller['Arn']}), "
                f"not of {self._identity.account_id}"
            )
        return session

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of a service. Raises `WrongAccount`, or botocore's errors where credentials are refused."""
        return _client(self._session, service, region)

    def client_as(self, role: str, external_id: str, service: str, region: str | None = None) -> Any:
        """A boto3 client of a service that acts as a role, which the account's credentials assume."""
        session = _assume_role(self._session, role, self._identity.session_name, external_id)
        return _client(session, service, region)


def _assume_role(session: boto3.Session, role: str, session_name: str, external_id: str | None) -> boto3.Session:
    arguments = {"ExternalId": external_id} if external_id else {}
    answer = _client(session, "sts").assume_role(RoleArn=role, RoleSessionName=session_name, **arguments)
    credentials = answer["Credentials"]
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=session.region_name,
    )


def _client(session: boto3.Session, service: str, region: str | None = None) -> Any:
    # boto3-stubs type each service by its literal name; here the name is a variable.
    return session.client(service, region_name=region, config=_RETRIES)  # type: ignore[call-overload]
