"""Where a stack's state is kept: one state for each stack, whichever the backend."""

from pathlib import Path

import pytest

from orgtrail.settings import CloudState, LocalState
from tests.builders import account_stack, an_account, an_s3_state, archive_stack, backend, settings

pytestmark = pytest.mark.xdist_group("synthesis")

CLOUD = CloudState(organization="acme", workspace="orgtrail-{name}")


class TestInABucket:
    def test_a_state_is_locked_encrypted_and_bound_to_the_buckets_account(self):
        assert backend(an_s3_state())["backend"] == {
            "s3": {
                "bucket": "acme-terraform-state",
                "key": "orgtrail/333333333333/terraform.tfstate",
                "region": "us-east-1",
                "encrypt": True,
                "use_lockfile": True,
                "allowed_account_ids": ["222222222222"],
            }
        }

    def test_a_region_that_terraform_does_not_know_is_not_checked_and_found_by_its_endpoints(self):
        there = backend(an_s3_state(region="eusc-de-east-1"))["backend"]["s3"]

        assert there["skip_region_validation"] is True
        assert there["endpoints"] == {
            "s3": "https://s3.eusc-de-east-1.amazonaws.eu",
            "sts": "https://sts.eusc-de-east-1.amazonaws.eu",
        }

    def test_the_key_comes_from_the_template(self):
        state = an_s3_state(key="states/{name}/{account_id}.tfstate")

        assert backend(state)["backend"]["s3"]["key"] == "states/payments/333333333333.tfstate"

    def test_a_kms_key_encrypts_the_state(self):
        key = "arn:aws:kms:us-east-1:222222222222:key/1234"

        assert backend(an_s3_state(kms_key_id=key))["backend"]["s3"]["kms_key_id"] == key

    def test_a_role_is_assumed_for_the_state(self):
        role = "arn:aws:iam::222222222222:role/terraform-state"
        state = an_s3_state(role=role, external_id="secret", session_name="rollout")

        assert backend(state)["backend"]["s3"]["assume_role"] == {
            "role_arn": role,
            "session_name": "rollout",
            "external_id": "secret",
        }

    def test_a_role_without_an_external_id_is_shown_none(self):
        state = an_s3_state(role="arn:aws:iam::222222222222:role/terraform-state")

        assert "external_id" not in backend(state)["backend"]["s3"]["assume_role"]

    def test_a_profile_is_started_from(self):
        assert backend(an_s3_state(profile="shared"))["backend"]["s3"]["profile"] == "shared"


class TestInFiles:
    def test_a_state_lies_outside_of_the_synthesized_folder_which_is_made_anew(self):
        path = Path(backend(LocalState(path="states/{name}.tfstate"))["backend"]["local"]["path"])

        assert path == Path.cwd() / "states" / "payments.tfstate"

    def test_an_absolute_path_stays_as_it_is(self):
        state = LocalState(path="/var/lib/orgtrail/{account_id}.tfstate")

        assert backend(state)["backend"] == {"local": {"path": "/var/lib/orgtrail/333333333333.tfstate"}}


class TestInHcpTerraform:
    def test_a_stack_has_a_workspace(self):
        assert backend(CLOUD)["cloud"] == {
            "organization": "acme",
            "workspaces": {"name": "orgtrail-payments"},
        }

    def test_host_and_project_can_be_named(self):
        state = CloudState(organization="acme", hostname="tfe.acme.example", project="audit", workspace="{name}")

        assert backend(state)["cloud"] == {
            "organization": "acme",
            "hostname": "tfe.acme.example",
            "workspaces": {"name": "payments", "project": "audit"},
        }


class TestTheStates:
    def test_the_states_of_the_archive_and_of_a_pipeline_in_the_archive_account_are_two(self):
        log_archive = an_account("222222222222", name="log-archive")
        organization = settings(log_archive, state=an_s3_state())

        of_archive = archive_stack(organization)["terraform"]["backend"]["s3"]["key"]
        of_pipeline = account_stack(log_archive, organization)["terraform"]["backend"]["s3"]["key"]

        assert of_archive == "orgtrail/archive/terraform.tfstate"
        assert of_pipeline == "orgtrail/222222222222/terraform.tfstate"

    @pytest.mark.parametrize("template", ["{account_id}.tfstate", "{name}.tfstate"])
    def test_the_states_of_two_accounts_are_two(self, template):
        state = an_s3_state(key=template)
        payments, sandbox = an_account(), an_account("444444444444", name="sandbox")
        organization = settings(payments, sandbox, state=state)

        keys = {
            account_stack(account, organization)["terraform"]["backend"]["s3"]["key"] for account in (payments, sandbox)
        }

        assert len(keys) == 2
