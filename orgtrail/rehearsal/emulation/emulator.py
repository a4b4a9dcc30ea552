"""An emulated AWS (moto) on 127.0.0.1, and the environment that points every AWS tool at it."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import Request, urlopen

import boto3
from moto.athena.responses import AthenaResponse
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.server import ThreadedMotoServer

_HOST = "127.0.0.1"
_LOG = "werkzeug"
# The emulator's credentials are worthless elsewhere.
_ANYBODY = "rehearsal"


@contextmanager
def emulated_aws(account_id: str, region: str, profiles: Iterable[str], workdir: Path) -> Iterator[str]:
    """Emulate AWS while the block runs, and yield its URL.

    Meanwhile the environment of this process, and so of all that it starts, holds credentials of `account_id` in
    the emulator, the default `region`, and nothing that leads to the real AWS: neither the user's keys nor their
    configuration files. `profiles` exist too, with the same credentials. `workdir` takes the configuration file, and
    `emulator.log`, with what went wrong in the emulator itself.
    """
    with _mended_moto(), _log_in(workdir / "emulator.log"), _server() as url:
        before = dict(os.environ)
        try:
            # Before the first call: the user's proxy and profile must not matter.
            _replace_environment(_environment(url, region, workdir))
            _forget_earlier_rehearsals(url)
            _use_credentials(_credentials(url, account_id, region), profiles, region)
            yield url
        finally:
            _replace_environment(before)


@contextmanager
def _server() -> Iterator[str]:
    server = ThreadedMotoServer(_HOST, port=0, verbose=False)
    server.start()
    assert server._server is not None
    server._server.handle_error = _log_error  # type: ignore[method-assign]
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def _log_in(file: Path) -> Iterator[None]:
    """Keep the server's log in a file while the block runs: a traceback on the terminal would look like ours."""
    log, handler = logging.getLogger(_LOG), logging.FileHandler(file, encoding="utf-8", delay=True)
    before = log.handlers, log.level, log.propagate
    log.handlers, log.level, log.propagate = [handler], logging.ERROR, False
    try:
        yield
    finally:
        log.handlers, log.level, log.propagate = before
        handler.close()


def _log_error(request: Any, client_address: tuple[str, int] | str) -> None:
    """In place of the traceback that Python's socketserver prints, of a connection that broke off for example."""
    logging.getLogger(_LOG).error("A request from %s failed", client_address, exc_info=True)


def _environment(url: str, region: str, workdir: Path) -> dict[str, str]:
    # An IP address as endpoint makes every SDK address buckets by path, so S3 needs no setting of its own.
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": str(workdir / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": _HOST,
        "no_proxy": _HOST,
    }


def _credentials(url: str, account_id: str, region: str) -> dict[str, str]:
    role = f"arn:aws:iam::{account_id}:role/rehearsal"
    sts = boto3.Session(_ANYBODY, _ANYBODY, region_name=region).client("sts", endpoint_url=url)
    credentials = sts.assume_role(RoleArn=role, RoleSessionName="rehearsal")["Credentials"]
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def _use_credentials(keys: dict[str, str], profiles: Iterable[str], region: str) -> None:
    os.environ.update({name.upper(): value for name, value in keys.items()})
    config = Path(os.environ["AWS_CONFIG_FILE"])
    config.write_text("".join(_section(profile, keys, region) for profile in profiles))


def _section(profile: str, keys: dict[str, str], region: str) -> str:
    lines = [f"[profile {profile}]", f"region = {region}", *(f"{name} = {value}" for name, value in keys.items())]
    return "\n".join(lines) + "\n"


def _replace_environment(variables: dict[str, str]) -> None:
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    os.environ.update(variables)


def _forget_earlier_rehearsals(url: str) -> None:
    # moto keeps its state per process, not per server.
    with urlopen(Request(f"{url}/moto-api/reset", method="POST")):
        pass


@contextmanager
def _mended_moto() -> Iterator[None]:
    with _bucket_policies_left_to_the_tests(), _changeable_athena():
        yield


def _bucket_policies_left_to_the_tests() -> AbstractContextManager[Any]:
    # moto counts a Deny whose condition it doesn't know as met, so that a TLS-only policy shuts everybody out.
    # The policies are still deployed and read back; tests/policies shows what they permit.
    return patch.object(FakeBucket, "get_permission", lambda self, action, resource: PermissionResult.NEUTRAL)


@contextmanager
def _changeable_athena() -> Iterator[None]:
    # moto knows neither call and answers with an error that the provider repeats for minutes. A query whose text
    # changes is deleted and created again; a workgroup changes with the key of the archive.
    def delete_named_query(self: AthenaResponse) -> str:
        self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
        return "{}"

    def update_work_group(self: AthenaResponse) -> str:
        group = self.athena_backend.work_groups[self._get_param("WorkGroup")]
        updates = dict(self._get_param("ConfigurationUpdates"))
        results = updates.pop("ResultConfigurationUpdates", {})
        group.configuration = {**group.configuration, **updates, "ResultConfiguration": results}
        return "{}"

    with (
        patch.object(AthenaResponse, "delete_named_query", delete_named_query, create=True),
        patch.object(AthenaResponse, "update_work_group", update_work_group, create=True),
    ):
        yield
