"""Fixtures that tests of several modules share."""

import os
import signal
import threading
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from moto import mock_aws

from tests import hcp_terraform
from tests.projects import Project
from tests.silence.table import says
from tests.waiting import LONG

# The same examples in every run, and none is timed: machines differ, and so does what else runs on them.
# `--hypothesis-profile=default` looks at others.
hypothesis_settings.register_profile(
    "orgtrail", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("orgtrail")


# A shell without job control (`nohup make test &`) has it ignored, and commands that the tests start inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers():
    """One process more than processors: the rehearsals mostly wait for Terraform."""
    return (os.cpu_count() or 1) + 1


@contextmanager
def _empty_aws():
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        with mock_aws():
            before = set(threading.enumerate())
            yield
            _end(set(threading.enumerate()) - before)


def _end(threads):
    """A command that Ctrl-C ends leaves its questions behind. They mustn't be asked of the next test's AWS."""
    for thread in threads:
        thread.join(LONG)
    assert not [thread for thread in threads if thread.is_alive()]


@pytest.fixture
def empty_aws():
    """An AWS in this process, with nothing in it; nothing of the user's own configuration leads past it."""
    with _empty_aws():
        yield


@pytest.fixture(scope="class")
def empty_aws_of_class():
    """The same for all tests of a class that change nothing: making clients takes time."""
    with _empty_aws():
        yield


@pytest.fixture
def hcp(monkeypatch, tmp_path):
    """An HCP Terraform with an empty organization, and the token that it takes; nothing of the user's own is seen."""
    for name in [name for name in os.environ if name.upper().endswith("_PROXY") or name.startswith(("TF_", "TFE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("orgtrail.state.hcp_terraform.api._SCHEME", "http")
    monkeypatch.setattr("orgtrail.state.hcp_terraform.api._RETRIES", 0)
    with hcp_terraform.served() as organization:
        monkeypatch.setenv("TF_CLOUD_HOSTNAME", organization.address)
        monkeypatch.setenv(f"TF_TOKEN_{organization.address}", hcp_terraform.TOKEN)
        yield organization


@pytest.fixture
def project(tmp_path):
    """A git repository with a small app and an accounts file."""
    return Project(tmp_path)


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Makes an organization whose Terraform is a script."""
    from tests.scripted_terraform import World

    return lambda **arguments: World(tmp_path, monkeypatch, **arguments)


def pytest_collection_modifyitems(items):
    """A mark of the table of silence without the fixture that asserts its message would prove nothing."""
    for item in items:
        if item.get_closest_marker("silence") and "caught" not in item.fixturenames:
            raise pytest.UsageError(f"{item.nodeid} is marked `silence`, and doesn't use the fixture `caught`")


@pytest.fixture
def caught(request):
    """Asserts that a text is what docs/silence.md says of each way that the test is marked with: see tests/silence."""
    wanted = [says(*mark.args) for mark in request.node.iter_markers("silence")]
    seen = []

    def check(text):
        seen.append(text)
        assert [one.pattern for one in wanted if not one.search(text)] == [], text

    yield check
    assert seen, "nothing was caught"
