"""What several end-to-end tests start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orgtrail.rehearsal.rollout import rehearsal
from orgtrail.settings import load
from tests.rehearsal.organization import Organization, make_archive, write_accounts


@pytest.fixture
def organization(tmp_path: Path) -> Iterator[Organization]:
    accounts = write_accounts(tmp_path / "accounts.yaml")
    with rehearsal(load(accounts), tmp_path / "rehearsal") as run:
        run.make_state_bucket()
        make_archive(run.settings)
        yield Organization(run, accounts)
