"""The trail that Orgtrail makes for those who have none: of the organization, or one in each account."""

import json

import pytest

from orgtrail import policies
from orgtrail.events import Events
from tests.builders import (
    ACCOUNT_ID,
    ORGANIZATION_ID,
    OTHER_ACCOUNT_ID,
    PROVIDER_5,
    PROVIDER_6,
    a_trail,
    account_stack,
    addresses,
    an_account,
    policy,
    resources,
    settings,
    the,
    trail_stack,
)

pytestmark = pytest.mark.xdist_group("synthesis")

OF_ACCOUNTS = a_trail(management=None)
READ_ONLY = Events(include_read_only=True)


def of_organization(*accounts, provider=PROVIDER_6, **changed):
    return trail_stack(settings(*(accounts or (an_account(),)), trail=a_trail(**changed)), provider)


@pytest.mark.parametrize("provider", [PROVIDER_5, PROVIDER_6], ids=["5", "6"])
class TestTheOrganizations:
    def test_it_logs_what_changes_something_in_all_regions_of_all_accounts(self, provider):
        trail = the(of_organization(provider=provider), "aws_cloudtrail")

        wanted = {
            "name": "orgtrail",
            "s3_bucket_name": "acme-cloudtrail",
            "is_organization_trail": True,
            "is_multi_region_trail": True,
            "include_global_service_events": True,
            "enable_logging": True,
            "enable_log_file_validation": True,
            "event_selector": [{"read_write_type": "WriteOnly", "include_management_events": True}],
        }
        assert {name: trail[name] for name in wanted} == wanted

    def test_it_is_made_in_the_management_account_and_its_bucket_in_the_archives(self, provider):
        made = of_organization(provider=provider)
        providers = {one.get("alias"): one["allowed_account_ids"] for one in made["provider"]["aws"]}

        assert the(made, "aws_cloudtrail")["provider"] == "aws.management"
        assert providers["management"] == ["111111111111"]
        assert the(made, "aws_s3_bucket").get("provider") is None
        assert providers[None] == ["222222222222"]


class TestWhatItLogs:
    def test_calls_that_only_read_too_if_a_pipeline_takes_them(self):
        made = of_organization(an_account(), an_account(OTHER_ACCOUNT_ID, name="data", events=READ_ONLY))

        assert the(made, "aws_cloudtrail")["event_selector"][0]["read_write_type"] == "All"

    def test_but_not_if_that_account_has_no_pipeline(self):
        made = of_organization(an_account(OTHER_ACCOUNT_ID, events=READ_ONLY, enabled=False))

        assert the(made, "aws_cloudtrail")["event_selector"][0]["read_write_type"] == "WriteOnly"


class TestItsBucket:
    def test_the_organizations_trail_alone_writes_into_it(self):
        (attached,) = resources(of_organization(), "aws_s3_bucket_policy")

        assert policy(attached["policy"]) == policies.organization_trail_bucket(
            "aws", bucket="acme-cloudtrail", management_account_id="111111111111", organization_id=ORGANIZATION_ID
        )

    def test_nothing_of_it_is_ever_destroyed_by_terraform(self):
        made = of_organization()
        kept = {
            f"{kind}.{name}"
            for kind, items in made["resource"].items()
            for name, item in items.items()
            if item.get("lifecycle", {}).get("prevent_destroy") is True
        }

        assert kept == {one for one in addresses(made) if not one.startswith("aws_cloudtrail")}

    def test_files_are_kept_for_ever_unless_it_is_said_how_long(self):
        rules = [
            the(of_organization(expire_days=days), "aws_s3_bucket_lifecycle_configuration")["rule"][0].get("expiration")
            for days in (None, 400)
        ]

        assert rules == [None, [{"days": 400}]]

    def test_a_key_of_ones_own_encrypts_it_and_the_trail(self):
        key = "arn:aws:kms:us-east-1:222222222222:key/11111111-0000-0000-0000-000000000000"
        made = of_organization(kms_key=key)
        (rule,) = the(made, "aws_s3_bucket_server_side_encryption_configuration")["rule"]

        assert the(made, "aws_cloudtrail")["kms_key_id"] == key
        assert rule["apply_server_side_encryption_by_default"]["kms_master_key_id"] == key


class TestEachAccounts:
    def test_it_is_in_the_stack_of_the_account_and_writes_into_the_one_bucket(self):
        account = an_account(events=READ_ONLY)
        trail = the(account_stack(account, settings(account, trail=OF_ACCOUNTS)), "aws_cloudtrail")

        assert (trail["s3_bucket_name"], trail["is_organization_trail"]) == ("acme-cloudtrail", False)
        assert trail["event_selector"][0]["read_write_type"] == "All"
        assert trail["region"] == "us-east-1"

    def test_the_bucket_admits_the_trails_of_these_accounts(self):
        organization = settings(an_account(), an_account(OTHER_ACCOUNT_ID, name="data"), trail=OF_ACCOUNTS)
        made = trail_stack(organization)
        (attached,) = resources(made, "aws_s3_bucket_policy")

        assert resources(made, "aws_cloudtrail") == []
        assert policy(attached["policy"]) == policies.account_trails_bucket(
            "aws", bucket="acme-cloudtrail", account_ids=(ACCOUNT_ID, OTHER_ACCOUNT_ID)
        )

    def test_an_account_without_pipelines_has_none(self):
        account = an_account(enabled=False)

        assert resources(account_stack(account, settings(account, trail=OF_ACCOUNTS)), "aws_cloudtrail") == []


@pytest.mark.parametrize("trail", [None, a_trail()])
def test_without_trails_of_accounts_their_stacks_are_as_before(trail):
    account = an_account()

    assert json.dumps(account_stack(account, settings(account, trail=trail))) == json.dumps(account_stack(account))
