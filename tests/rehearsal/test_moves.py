"""Changing layout and key of an archive that runs: the real Terraform, on an emulated AWS.

The emulator doesn't hold one account's request against another's bucket policy. So at each moment the documents that
are deployed are read back, and put to the evaluator that tests/policies uses.
"""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from orgtrail import catalog, firehose_prefix, names
from orgtrail.aws import AccountSession
from orgtrail.flat_view import FLAT_VIEW
from orgtrail.layout import Layout
from orgtrail.rehearsal.emulation.athena import EmbeddedAthena
from orgtrail.rehearsal.emulation.delivery import deliver
from orgtrail.rehearsal.emulation.sample_events import sample_events
from tests.policies.evaluator import ALLOWED, Question, a_role, evaluate
from tests.rehearsal.organization import ALICE, STATE_ACCOUNT, Organization, write_accounts

pytestmark = [pytest.mark.xdist_group("moves"), pytest.mark.timeout(600)]

_NOW = datetime(2026, 1, 2, tzinfo=UTC)
# Not the one that the organization begins with, which is somebody else's.
BUCKET = "an-archive-of-ours"
OLD, NEW = Layout().template, "iam/{account_id}/{region}/{yyyy}-{MM}-{dd}/"


class Taking(NamedTuple):
    """What the archive takes, as it is deployed: its policy, its default key and the policy of that key."""

    policy: dict[str, Any]
    key: str | None
    key_policy: dict[str, Any] | None


class Delivering(NamedTuple):
    """How alice delivers, as it is deployed: where to, and her role's policy."""

    prefix: str
    role: dict[str, Any]


def test_a_layout_and_a_key_are_changed_without_a_delivery_refused_and_all_is_found(organization: Organization) -> None:
    archive = Archive(organization)
    archive.is_written(layout=OLD, kms_key="managed")
    assert organization.deploy().ended() == {"archive": "applied", "alice": "applied"}
    archive.takes_an_event()
    (key,) = archive.keys
    assert archive.taking.key == key

    archive.is_written(layout=NEW)
    refused = organization.deploy()
    assert (refused.status, refused.stacks) == (1, {})
    assert f"  moving_from:\n    layout: {json.dumps(OLD)}\n" in refused.told
    assert f"  former:\n    layouts: {json.dumps([OLD])}\n    kms_key: managed" in refused.told

    archive.is_written(layout=NEW, moving_from={"layout": OLD, "kms_key": "managed"})
    assert organization.deploy("archive").ended() == {"archive": "applied"}
    archive.takes_an_event()
    assert organization.deploy("alice").ended() == {"alice": "applied"}
    archive.takes_an_event()

    moved, former = archive.delivering, {"layouts": [OLD], "kms_key": "managed"}
    archive.is_written(layout=NEW, former=former)
    assert "whether alice still deliver in the old way isn't known" in organization.deploy("archive").told
    assert organization.deploy().ended() == {"archive": "applied", "alice": "applied"}
    assert takes(archive.taking, moved)
    assert not takes(archive.taking, moved._replace(prefix=Layout(OLD).prefix(ALICE, "us-east-1")))
    archive.takes_an_event()

    # Two in each layout, one of which came while it was being changed.
    assert archive.found() == {
        catalog.EVENTS_TABLE: 2,
        catalog.former_table(catalog.EVENTS_TABLE, Layout(OLD)): 2,
        FLAT_VIEW: 4,
    }
    assert archive.taking.key is None

    archive.is_written(layout=NEW, kms_key="managed", former=former)
    assert organization.deploy("archive", "--accept-gap").ended() == {"archive": "applied"}
    assert (archive.keys, archive.taking.key) == ([key], key)


class Archive:
    """The archive of an organization of one account, as its file wants it and as it is deployed."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._session = AccountSession(organization.run.settings.archive, "us-east-1")
        self._s3, self._kms = self._session.client("s3"), self._session.client("kms")

    def is_written(self, **settings: Any) -> None:
        """Write the accounts file anew."""
        archive = {"account_id": STATE_ACCOUNT, "region": "us-east-1", "bucket": BUCKET, **settings}
        accounts = [{"account_id": ALICE, "name": "alice"}]
        write_accounts(self._organization.accounts, archive=archive, accounts=accounts)

    @property
    def taking(self) -> Taking:
        policy = json.loads(self._s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
        configuration = self._s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]
        key = configuration["Rules"][0]["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")
        text = self._kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] if key else None
        return Taking(policy, key, json.loads(text) if text else None)

    @property
    def delivering(self) -> Delivering:
        session = self._organization.session("alice")
        role = session.client("iam").get_role_policy(RoleName=names.FIREHOSE_ROLE, PolicyName="deliver")
        streams = session.client("firehose")
        stream = streams.describe_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM)["DeliveryStreamDescription"]
        destination = stream["Destinations"][0]["ExtendedS3DestinationDescription"]
        return Delivering(destination["Prefix"], role["PolicyDocument"])

    @property
    def keys(self) -> list[str]:
        """The ARNs of the keys in the archive's account that aren't AWS's own."""
        keys = [key["KeyArn"] for key in self._kms.list_keys()["Keys"]]
        described = [self._kms.describe_key(KeyId=key)["KeyMetadata"] for key in keys]
        return [key["Arn"] for key in described if key["KeyManager"] == "CUSTOMER"]

    def takes_an_event(self) -> None:
        """Deliver one, and hold the documents that are deployed against each other."""
        (event, *_others) = sample_events(ALICE, "us-east-1", ["aws.iam"], ["AWS API Call via CloudTrail"])
        outcome = deliver(self._organization.session("alice"), ALICE, "us-east-1", [event])

        assert (len(outcome.objects), outcome.failures) == (1, [])
        assert takes(self.taking, self.delivering)

    def found(self) -> dict[str, int]:
        """How many events the tables and the view of listed accounts show."""
        tables = EmbeddedAthena(self._session.client("glue"), self._s3, "orgtrail")
        listed = (catalog.EVENTS_TABLE, catalog.former_table(catalog.EVENTS_TABLE, Layout(OLD)), FLAT_VIEW)
        return {name: tables.query(f'SELECT count(*) AS n FROM "orgtrail"."{name}"')[0]["n"] for name in listed}


def takes(archive: Taking, account: Delivering) -> bool:
    """Whether AWS would let alice's delivery role write an object, and S3 encrypt it for her."""
    role = a_role("aws", ALICE, names.FIREHOSE_ROLE, organization_id="o-a1b2c3d4e5")
    key = firehose_prefix.evaluate(account.prefix, _NOW) + "1"
    asked = [("s3:PutObject", f"arn:aws:s3:::{BUCKET}/{key}", archive.policy)]
    if archive.key is not None and archive.key_policy is not None:
        asked.append(("kms:GenerateDataKey", archive.key, archive.key_policy))
    through_s3 = {
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{BUCKET}",
    }
    questions = [
        Question(
            role,
            action,
            resource,
            STATE_ACCOUNT,
            through_s3 if action.startswith("kms:") else {},
            account.role,
            policy,
        )
        for action, resource, policy in asked
    ]
    return set(evaluate(questions)) == {ALLOWED}
