"""AWS sessions and clients: the one module that makes them.

An endpoint other than AWS's comes from the environment (`AWS_ENDPOINT_URL`), as in every AWS tool, so nothing here
knows of an emulator.
"""

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError

from orgtrail.credentials import Credentials, role_chain
from orgtrail.errors import UserError

_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=60)
# For questions to many accounts: one that doesn't answer soon is reported, and the user asks again.
_QUESTION = _RETRIES.merge(
    Config(
        retries={"mode": "standard", "total_max_attempts": 3},
        connect_timeout=3,
        read_timeout=8,
        max_pool_connections=64,
    )
)
PATIENT = _RETRIES.merge(Config(retries={"mode": "adaptive", "total_max_attempts": 15}))
"""For thousands of calls to one account: they slow down when AWS throttles them, and don't fail for it."""
PERSISTENT = _RETRIES.merge(Config(retries={"mode": "standard", "total_max_attempts": 15}))
"""For calls whose rate the caller limits itself: as patient, without botocore's own limit on top."""
_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=3, read_timeout=30)

# Making a client isn't thread-safe, and is work for the processor, so nothing is lost by taking turns.
_ONE_AT_A_TIME = threading.Lock()


class WrongAccount(UserError):
    """The available credentials belong to another account."""


AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError, WrongAccount)
"""What is raised where AWS can't be asked, or refuses to answer, or where somebody else answers, such as a proxy."""


class AccountSession:
    """Credentials in one account: the caller's own, or those at the end of its chain of roles.

    `home_region` is where roles are assumed, and the region of clients that name none. Of sessions in many accounts,
    `ManyAccounts` makes them.
    """

    def __init__(
        self,
        identity: Credentials,
        home_region: str,
        *,
        config: Config = _RETRIES,
        start: Callable[[str | None], boto3.Session] | None = None,
    ) -> None:
        self._identity = identity
        self._home_region = home_region
        self._config = config
        self._start = start or _start
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._entering = threading.Lock()
        self._known: tuple[boto3.Session, str] | None = None

    @property
    def account_id(self) -> str:
        """The account that the credentials are of; others than the one that was named are refused."""
        return self._identity.account_id or self._entered[1]

    @property
    def _session(self) -> boto3.Session:
        return self._entered[0]

    @property
    def _entered(self) -> tuple[boto3.Session, str]:
        """The session, and the account that it has led to."""
        # Not a cached_property: before Python 3.12, those of all instances take turns, and one that hangs stops all.
        with self._entering:
            self._known = self._known or self._enter()
            return self._known

    def _enter(self) -> tuple[boto3.Session, str]:
        session = self._start(self._identity.profile)
        for role in role_chain(self._identity):
            session = self._assume_role(session, role.arn, role.external_id)
        caller = self._client(session, "sts").get_caller_identity()
        if caller["Account"] != (self._identity.account_id or caller["Account"]):
            raise WrongAccount(
                f"the credentials are those of account {caller['Account']} ({caller['Arn']}), "
                f"not of {self._identity.account_id}"
            )
        return session, caller["Account"]

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of a service. Raises `WrongAccount`, or botocore's errors where credentials are refused."""
        session = self._session
        if (service, region) not in self._clients:
            self._clients[service, region] = self._client(session, service, region)
        return self._clients[service, region]

    def client_once(self, service: str, region: str) -> Any:
        """A boto3 client that repeats no call: for calls that would do something a second time."""
        return self._client(self._session, service, region, _ONCE)

    def client_as(self, role: str, external_id: str, service: str) -> Any:
        """A boto3 client of a service that acts as a role, which the account's credentials assume."""
        return self._client(self._assume_role(self._session, role, external_id), service)

    def _assume_role(self, session: boto3.Session, role: str, external_id: str | None) -> boto3.Session:
        arguments = {"ExternalId": external_id} if external_id else {}
        sts = self._client(session, "sts")

        def assumed() -> dict[str, str]:
            answer = sts.assume_role(RoleArn=role, RoleSessionName=self._identity.session_name, **arguments)
            credentials = answer["Credentials"]
            return {
                "access_key": credentials["AccessKeyId"],
                "secret_key": credentials["SecretAccessKey"],
                "token": credentials["SessionToken"],
                "expiry_time": credentials["Expiration"].isoformat(),
            }

        # They last an hour, and a look at thousands of accounts may take longer.
        credentials = RefreshableCredentials.create_from_metadata(assumed(), assumed, method="assume-role")
        return boto3.Session(botocore_session=_botocore_session(credentials))

    def _client(
        self, session: boto3.Session, service: str, region: str | None = None, config: Config | None = None
    ) -> Any:
        # Looking for credentials may ask the network, which must not hold up others.
        if session.get_credentials() is None:
            raise NoCredentialsError
        with _ONE_AT_A_TIME:
            # boto3-stubs type each service by its literal name; here the name is a variable.
            return session.client(  # type: ignore[call-overload]
                service, region_name=region or self._home_region, config=config or self._config
            )


class ManyAccounts:
    """Sessions for questions to many accounts at once.

    The caller's credentials are looked up once for all accounts that start from a profile: for some, a process is
    started, or a code asked for. Calls end within seconds, answered or not, unless `config` says otherwise.
    """

    def __init__(self, config: Config = _QUESTION) -> None:
        self._config = config
        self._started: dict[str | None, boto3.Session] = {}
        self._starting = threading.Lock()

    def session(self, identity: Credentials, home_region: str) -> AccountSession:
        """A session in one of them."""
        return AccountSession(identity, home_region, config=self._config, start=self._start)

    def _start(self, profile: str | None) -> boto3.Session:
        with self._starting:
            if profile not in self._started:
                session = _start(profile)
                session.get_credentials()
                self._started[profile] = session
            return self._started[profile]


def _start(profile: str | None) -> boto3.Session:
    return boto3.Session(profile_name=profile, botocore_session=_botocore_session())


def _botocore_session(credentials: RefreshableCredentials | None = None) -> botocore.session.Session:
    """A session that shares what botocore knows of services: reading that takes a tenth of a second for each client.

    `credentials` None: those that botocore finds.
    """
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    if credentials:
        # Nothing public takes credentials that renew themselves.
        session._credentials = credentials  # type: ignore[attr-defined]
    return session


@cache
def _loader() -> Loader:
    loader: Loader = botocore.session.Session().get_component("data_loader")
    return loader
