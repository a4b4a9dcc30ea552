"""accounts.yaml in, complete and frozen values out."""

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from orgtrail.alarms import Alarms
from orgtrail.events import IAM_DETAIL_TYPES, IAM_SOURCES, IDENTITY_DETAIL_TYPES, IDENTITY_SOURCES, Events
from orgtrail.regions import default_regions
from orgtrail.settings import (
    Account,
    Buffering,
    CloudState,
    InvalidSettings,
    LocalState,
    S3State,
    Settings,
    accounts_file,
    load,
)
from tests.builders import REPOSITORY, accounts_yaml

GOOD = REPOSITORY / "tests" / "accounts" / "good"


@pytest.fixture
def settings_of(tmp_path):
    """Load a file of these keys, as `accounts_yaml` writes it."""

    def load_file(*archive: str, **parts: Any) -> Settings:
        path = tmp_path / "accounts.yaml"
        path.write_text(accounts_yaml(*archive, **parts))
        return load(path)

    return load_file


@pytest.fixture
def account_of(settings_of):
    """Load one account's keys, in flow style, and the defaults that go with it."""

    def load_account(keys: str = "", defaults: str = "regions: us-east-1") -> Account:
        entry = f"name: payments{', ' + keys if keys else ''}"
        account: Account = settings_of(rest=f"defaults: {{{defaults}}}", accounts=[entry]).accounts[0]
        return account

    return load_account


@pytest.fixture(scope="module")
def everything() -> Settings:
    return load(GOOD / "everything-written.yaml")


@pytest.mark.parametrize("path", sorted(GOOD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_good_file_loads(path):
    assert load(path).path == path


def test_the_sample_organization_loads():
    settings = load(REPOSITORY / "accounts.yaml")
    assert [account.name for account in settings.active] == ["payments-prod", "data-platform", "sandbox"]
    assert [account.name for account in settings.skipped] == ["legacy"]


def test_what_is_not_written_has_a_default(account_of):
    account = account_of()
    assert (account.roles, account.external_id, account.session_name, account.profile) == ((), None, "orgtrail", None)
    assert (account.compression, account.buffering, account.log_retention_days) == ("UNCOMPRESSED", Buffering(), 365)
    assert (account.status, account.events) == ("active", Events())
    assert (account.tags, account.vars) == ({}, {})


def test_an_account_inherits_what_it_does_not_write(everything):
    account = everything.accounts[1]
    assert (account.compression, account.buffering) == ("GZIP", Buffering(size_mib=64, interval_seconds=60))
    assert (account.external_id, account.session_name) == ("default-secret", "auditor")
    assert (account.profile, account.log_retention_days) == ("audit", 365)


def test_what_an_account_writes_replaces_the_default_as_a_whole(everything):
    # Not 64 MiB: buffering is replaced, and only tags, vars and alarms are merged.
    assert everything.accounts[0].buffering == Buffering(size_mib=5, interval_seconds=0)


def test_alarms_are_merged_key_by_key(everything):
    topic = "arn:{partition}:sns:{region}:{account_id}:security"

    assert [account.alarms for account in everything.accounts] == [
        Alarms(topic, silent_hours=24, without=(), ok=False),
        Alarms(topic, silent_hours=None, without=("near-limits", "throttling"), ok=False),
    ]


OWN_TOPIC = "arn:aws:sns:us-east-1:222222222222:own"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", Alarms("arn:aws:sns:us-east-1:111111111111:all", 24)),
        ("alarms: null", None),
        ("alarms: {silent_hours: null}", Alarms("arn:aws:sns:us-east-1:111111111111:all")),
        ("alarms: {topic: arn:aws:sns:us-east-1:222222222222:own}", Alarms(OWN_TOPIC, 24)),
    ],
)
def test_an_account_takes_what_it_does_not_say_of_alarms_from_the_defaults(tmp_path, written, expected):
    file = tmp_path / "accounts.yaml"
    file.write_text(
        f"""
archive: {{account_id: "222222222222", region: us-east-1, bucket: acme-iam-events}}
state: {{backend: local}}
defaults:
  regions: us-east-1
  alarms: {{topic: "arn:aws:sns:us-east-1:111111111111:all", silent_hours: 24}}
accounts:
  - account_id: "333333333333"
    name: payments
    {written}
""",
        encoding="utf-8",
    )

    assert load(file).accounts[0].alarms == expected


def test_a_topic_is_found_for_each_account_and_region():
    alarms = Alarms("arn:{partition}:sns:{region}:{account_id}:security-{region}")

    assert (
        alarms.topic_arn(partition="aws-cn", account_id="333333333333", region="cn-north-1")
        == "arn:aws-cn:sns:cn-north-1:333333333333:security-cn-north-1"
    )


def test_null_takes_a_default_away(everything):
    assert everything.accounts[0].external_id is None


def test_an_empty_list_of_roles_takes_the_default_away(everything):
    assert everything.accounts[1].roles == ()


def test_tags_are_merged_key_by_key(everything):
    assert everything.accounts[0].tags == {"owner": "security", "env": "prod"}


def test_vars_are_merged_key_by_key(everything):
    assert everything.accounts[0].vars == {"team": "pay", "tier": 1}


def test_placeholders_of_a_role_come_from_the_account_and_its_vars(everything):
    assert everything.accounts[0].roles == ("arn:aws:iam::333333333333:role/Audit-pay-payments",)


def test_a_chain_of_roles_keeps_its_order(account_of):
    account = account_of('role: ["arn:aws:iam::111111111111:role/Hub", Spoke]')
    assert account.roles == ("arn:aws:iam::111111111111:role/Hub", "arn:aws:iam::333333333333:role/Spoke")


def test_a_role_name_becomes_an_arn_of_the_partition():
    account = load(GOOD / "govcloud.yaml").accounts[0]
    assert account.roles == ("arn:aws-us-gov:iam::333333333333:role/Audit",)


def test_all_regions_are_those_that_need_no_opt_in(account_of):
    assert account_of("regions: all").regions == default_regions("aws")


def test_an_opt_in_region_can_stand_beside_all(everything):
    assert everything.accounts[1].regions == ("af-south-1", *default_regions("aws"))


def test_a_region_named_twice_counts_once(account_of):
    assert account_of("regions: [us-east-1, us-east-1]").regions == ("us-east-1",)


@pytest.mark.parametrize(
    ("written", "events"),
    [
        ("identity", Events(IDENTITY_SOURCES, IDENTITY_DETAIL_TYPES)),
        ("iam", Events(IAM_SOURCES, IAM_DETAIL_TYPES)),
        ("{}", Events(IDENTITY_SOURCES, IDENTITY_DETAIL_TYPES)),
        ("{sources: [aws.signin]}", Events(("aws.signin",), IDENTITY_DETAIL_TYPES)),
        ("{detail_types: [Something Of Our Own]}", Events(IDENTITY_SOURCES, ("Something Of Our Own",))),
        ("{tampering: true}", Events((*IDENTITY_SOURCES, "aws.cloudtrail", "aws.events", "aws.firehose"))),
        (
            "{sources: [aws.firehose, aws.iam], tampering: true}",
            Events(("aws.firehose", "aws.iam", "aws.cloudtrail", "aws.events")),
        ),
        ("{include_read_only: true}", Events(IDENTITY_SOURCES, IDENTITY_DETAIL_TYPES, include_read_only=True)),
    ],
)
def test_events_are_a_word_or_lists(account_of, written, events):
    assert account_of(f"events: {written}").events == events


def test_accounts_of_c7n_org_load_unchanged():
    first, second = load(GOOD / "c7n-org-accounts-unchanged.yaml").accounts
    assert first.tags == {"type": "prod", "division": "some division", "partition": "us", "scope": "pci"}
    assert first.vars == {"charge_code": "xyz"}
    assert (second.display_name, second.email) == ("Account 2", "account-2@example.com")
    assert len(second.roles) == 2


def test_the_deepest_path_tag_of_c7n_org_wins():
    assert load(GOOD / "c7n-org-accounts-unchanged.yaml").accounts[1].tags == {"path": "/Workloads/Prod"}


def test_an_unquoted_date_is_text(account_of):
    assert account_of("display_name: 2026-11-23").display_name == "2026-11-23"


def test_an_alias_stands_for_its_value():
    first, second = load(GOOD / "anchors-and-aliases.yaml").accounts
    assert first.regions == second.regions == ("us-east-1", "eu-west-1")


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "accounts.yaml"
    path.write_text((GOOD / "smallest.yaml").read_text(), encoding="utf-8-sig")
    assert len(load(path).accounts) == 1


def test_the_archive_inherits_the_credentials_of_defaults(settings_of):
    archive = settings_of(rest="defaults: {role: Audit, external_id: secret, profile: audit}").archive
    assert archive.roles == ("arn:aws:iam::222222222222:role/Audit",)
    assert (archive.external_id, archive.profile, archive.session_name) == ("secret", "audit", "orgtrail")


def test_the_archive_can_have_credentials_of_its_own(everything):
    assert everything.archive.roles == ("arn:aws:iam::222222222222:role/ArchiveAdmin",)
    assert (everything.archive.external_id, everything.archive.session_name) == ("archive-secret", "archiver")


def test_the_archive_has_the_tags_of_defaults_too(everything):
    assert everything.archive.tags == {"owner": "security", "env": "none", "data": "audit"}


def test_the_partition_is_that_of_the_archives_region():
    assert load(GOOD / "govcloud.yaml").partition == "aws-us-gov"
    assert load(GOOD / "sovereign-cloud.yaml").partition == "aws-eusc"


def test_an_organizations_trail_is_made_with_credentials_of_its_own_beside_the_archives(everything):
    trail = everything.trail
    assert trail
    assert trail.management
    assert trail.management.roles[1] == "arn:aws:iam::111111111111:role/Trail-trail"
    assert (trail.management.account_id, trail.management.tags) == (
        "111111111111",
        {"owner": "security", "env": "none"},
    )
    assert (trail.account_id, trail.region, trail.roles) == ("222222222222", "eu-west-1", everything.archive.roles)


def test_the_trail_of_each_account_has_no_management_account(tmp_path):
    path = tmp_path / "accounts.yaml"
    path.write_text(accounts_yaml(rest="trail: {scope: account, bucket: acme-cloudtrail}"))
    trail = load(path).trail
    assert trail
    assert trail.of_each_account


def test_a_trail_of_each_account_is_refused_where_the_policy_of_its_bucket_has_no_room(tmp_path):
    path = tmp_path / "accounts.yaml"
    entries = "".join(
        f'\n  - {{account_id: "{number:012}", name: a{number}, regions: us-east-1}}' for number in range(300)
    )
    path.write_text(accounts_yaml(rest=f"trail: {{scope: account, bucket: acme-cloudtrail}}\naccounts:{entries}"))
    with pytest.raises(InvalidSettings) as caught:
        load(path)
    (fault,) = caught.value.diagnostics
    assert (fault.path, fault.allowed) == ("trail.scope", "scope: organization, or up to 115 active accounts")


def test_the_organization_can_be_left_out():
    assert load(GOOD / "smallest.yaml").organization_id is None


def test_the_states_bucket_is_in_the_account_of_its_role(everything):
    assert isinstance(everything.state, S3State)
    assert everything.state.account_id == "777777777777"
    assert everything.state.role == "arn:aws:iam::777777777777:role/State"


def test_the_states_bucket_is_in_the_archives_account_without_a_role(settings_of):
    loaded = settings_of(state="backend: s3, bucket: acme-state, region: us-east-1").state
    assert isinstance(loaded, S3State)
    assert loaded.account_id == "222222222222"
    assert loaded.key == "orgtrail/{account_id}/terraform.tfstate"


def test_a_local_state_has_a_file_for_each_account():
    assert load(GOOD / "smallest.yaml").state == LocalState(path="terraform.{name}.tfstate")


def test_a_cloud_state_has_a_workspace_for_each_account():
    assert load(GOOD / "govcloud.yaml").state == CloudState(organization="acme", workspace="orgtrail-{name}")


def test_settings_cannot_be_changed(everything):
    with pytest.raises(FrozenInstanceError):
        everything.partition = "aws-cn"
    with pytest.raises(TypeError):
        everything.accounts[0].tags["env"] = "dev"


def test_equal_accounts_are_equal_and_hash_alike(account_of):
    assert account_of("tags: {a: b}") == account_of("tags: {a: b}")
    assert hash(account_of("tags: {a: b}")) == hash(account_of("tags: {a: b}"))


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({}, "accounts.yaml"),
        ({"ORGTRAIL_ACCOUNTS": "other.yaml"}, "other.yaml"),
        ({"CDKTF_CONTEXT_JSON": '{"accounts": "context.yaml"}'}, "context.yaml"),
        ({"CDKTF_CONTEXT_JSON": '{"excludeStackIdFromLogicalIds": "true"}'}, "accounts.yaml"),
        ({"ORGTRAIL_ACCOUNTS": "other.yaml", "CDKTF_CONTEXT_JSON": '{"accounts": "x"}'}, "other.yaml"),
    ],
)
def test_the_environment_names_the_file(environ, path):
    assert accounts_file(environ) == Path(path)
