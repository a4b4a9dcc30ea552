"""Fixtures that tests of several modules share."""

import os
from contextlib import contextmanager

import pytest
from moto import mock_aws


@contextmanager
def _empty_aws():
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        with mock_aws():
            yield


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
