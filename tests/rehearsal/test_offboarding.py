"""Taking an account off: the real Terraform, on an emulated AWS."""

import json
import subprocess

import pytest

from tests.rehearsal.organization import ALICE, BOB, CAROL, Organization, write_accounts

pytestmark = [pytest.mark.xdist_group("offboarding"), pytest.mark.timeout(600)]

ALICES_STATE = f"orgtrail/{ALICE}/terraform.tfstate"


@pytest.fixture
def accounts_are(organization: Organization):
    """Write the accounts file anew, with alice's entry as given (None: without one), and the others disabled."""

    def write(alice: dict[str, object] | None) -> None:
        others = [{"account_id": one, "name": name, "enabled": False} for one, name in ((BOB, "bob"), (CAROL, "carol"))]
        entry = [] if alice is None else [{"account_id": ALICE, "name": "alice", **alice}]
        write_accounts(organization.accounts, accounts=[*entry, *others])

    return write


def test_an_entry_that_is_removed_too_early_is_found_and_put_back_takes_the_account_off(
    organization: Organization, accounts_are
) -> None:
    accounts_are({})
    assert organization.deploy("alice").ended() == {"alice": "applied"}

    accounts_are(None)
    assert orphans(organization) == (1, [{"key": ALICES_STATE, "resources": 10, "account": None, "move": None}])
    assert f"States without an account: {ALICES_STATE}." in organization.orgtrail("diff", "bob").stderr

    accounts_are({"enabled": False})
    assert orphans(organization) == (0, [])
    refused = organization.deploy("alice", "--fail-on", "destroy", "--fail-on", "weaker")
    assert refused.status == 1
    assert "--fail-on destroy: 10 resources destroyed or replaced" in refused.told
    assert "alice: pipeline in us-east-1: there → removed (plan)" in refused.told
    assert "nothing was deployed" in refused.told
    assert organization.pipelines()["alice"] == 3

    report = organization.deploy("alice")
    assert (report.status, report.stacks["alice"]["destroy"]) == (0, 10)
    assert organization.pipelines()["alice"] == 0

    accounts_are(None)
    assert orphans(organization) == (0, [])
    organization.assert_sound()


def orphans(organization: Organization) -> tuple[int, list[dict[str, object]]]:
    done: subprocess.CompletedProcess[str] = organization.orgtrail("orphans", "--json")
    return done.returncode, json.loads(done.stdout)["orphans"]
