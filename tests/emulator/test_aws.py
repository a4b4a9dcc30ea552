"""Sessions: with the credentials that were meant, or with none."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import NoCredentialsError
from moto.sts.models import AssumedRole, sts_backends

from orgtrail.aws import AccountSession, ManyAccounts, WrongAccount
from tests.builders import an_account

pytestmark = pytest.mark.usefixtures("empty_aws")

CALLERS_ACCOUNT = "123456789012"  # moto's name for whoever calls without a role
HUB = "arn:aws:iam::111111111111:role/hub"
MEMBER = "arn:aws:iam::333333333333:role/orgtrail"


def caller(session):
    return session.client("sts").get_caller_identity()


def assumed_in(account_id):
    """The roles that were assumed in an account: role, session name, external id."""
    roles = sts_backends[account_id]["aws"].assumed_roles
    return [(role.role_arn, role.session_name, role.external_id) for role in roles]


def test_without_roles_the_callers_own_credentials_are_used():
    session = AccountSession(an_account(CALLERS_ACCOUNT), "us-east-1")

    assert caller(session)["Account"] == CALLERS_ACCOUNT


def test_a_role_leads_into_its_account():
    session = AccountSession(an_account(roles=(MEMBER,), session_name="rollout"), "us-east-1")

    assert caller(session)["Arn"] == "arn:aws:sts::333333333333:assumed-role/orgtrail/rollout"


def test_roles_are_assumed_one_after_the_other_and_the_last_is_shown_the_external_id():
    session = AccountSession(an_account(roles=(HUB, MEMBER), external_id="secret"), "us-east-1")

    assert caller(session)["Account"] == "333333333333"
    assert assumed_in("111111111111") == [(HUB, "orgtrail", None)]
    assert assumed_in("333333333333") == [(MEMBER, "orgtrail", "secret")]


def test_roles_are_assumed_once_for_all_clients_of_a_session():
    session = AccountSession(an_account(roles=(MEMBER,)), "us-east-1")
    for service in ("events", "firehose", "s3"):
        session.client(service)

    assert len(assumed_in("333333333333")) == 1


def test_a_role_is_assumed_again_before_its_credentials_expire(monkeypatch):
    soon = property(lambda _role: datetime.now(UTC) + timedelta(minutes=5), lambda _role, _hour: None)
    monkeypatch.setattr(AssumedRole, "expiration", soon, raising=False)
    session = AccountSession(an_account(roles=(HUB, MEMBER)), "us-east-1")
    caller(session)
    before = [len(assumed_in(account)) for account in ("111111111111", "333333333333")]
    caller(session)

    # With five minutes left, botocore asks for others at each call.
    after = [len(assumed_in(account)) for account in ("111111111111", "333333333333")]
    assert all(later > earlier for earlier, later in zip(before, after, strict=True))


def test_no_role_is_assumed_before_a_client_is_asked_for():
    AccountSession(an_account(roles=(MEMBER,)), "us-east-1")

    assert assumed_in("333333333333") == []


def test_the_credentials_of_another_account_are_refused():
    session = AccountSession(an_account("333333333333"), "us-east-1")

    with pytest.raises(WrongAccount) as refusal:
        session.client("events")
    assert str(refusal.value) == (
        "the credentials are those of account 123456789012 (arn:aws:sts::123456789012:user/moto), not of 333333333333"
    )


def test_a_role_of_another_account_is_refused():
    session = AccountSession(an_account("444444444444", roles=(MEMBER,)), "us-east-1")

    with pytest.raises(WrongAccount, match="not of 444444444444"):
        session.client("events")


def test_a_profile_is_started_from(tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("[profile shared]\naws_access_key_id = AKIASHARED\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    session = AccountSession(an_account(CALLERS_ACCOUNT, profile="shared"), "us-east-1")

    assert session.client("sts")._request_signer._credentials.access_key == "AKIASHARED"


def test_a_client_is_in_the_home_region_unless_it_names_another():
    session = AccountSession(an_account(CALLERS_ACCOUNT), "eu-west-1")

    assert session.client("events").meta.region_name == "eu-west-1"
    assert session.client("events", "ap-northeast-1").meta.region_name == "ap-northeast-1"


def test_a_client_can_act_as_a_role_that_the_account_assumes():
    delivery = "arn:aws:iam::333333333333:role/orgtrail-firehose"
    session = AccountSession(an_account(roles=(MEMBER,)), "us-east-1")

    client = session.client_as(delivery, "333333333333", "sts")

    assert client.get_caller_identity()["Arn"].startswith("arn:aws:sts::333333333333:assumed-role/orgtrail-firehose/")
    assert assumed_in("333333333333")[-1] == (delivery, "orgtrail", "333333333333")


def test_the_profile_of_many_accounts_is_asked_for_its_credentials_once(tmp_path, monkeypatch):
    asked = tmp_path / "asked"
    answer = '{"Version": 1, "AccessKeyId": "AKIASHARED", "SecretAccessKey": "secret"}'
    (script := tmp_path / "process").write_text(f"#!/bin/sh\necho once >> {asked}\necho '{answer}'\n")
    script.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[profile shared]\ncredential_process = {script}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    many = ManyAccounts()

    for account_id in ("333333333333", "444444444444"):
        role = f"arn:aws:iam::{account_id}:role/orgtrail"
        session = many.session(an_account(account_id, roles=(role,), profile="shared"), "us-east-1")
        assert caller(session)["Account"] == account_id
    assert asked.read_text() == "once\n"


def test_without_credentials_nothing_is_asked(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(NoCredentialsError):
        ManyAccounts().session(an_account(roles=(MEMBER,)), "us-east-1").client("sts")
