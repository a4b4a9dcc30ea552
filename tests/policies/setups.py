"""The organizations whose policies are asked about: who is in them, and every document of theirs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from orgtrail import policies
from orgtrail.layout import Layout
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET, ORGANIZATION_ID, OTHER_ACCOUNT_ID
from tests.policies.deployment_documents import MANAGEMENT_ACCOUNT_ID, TRAIL_BUCKET, deployment_documents
from tests.policies.evaluator import ANONYMOUS, Document, Principal, a_role

DELIVERY_ROLE = "orgtrail-firehose"
EVENTBRIDGE_ROLE = "orgtrail-eventbridge"
OUTSIDER_ID = "999999999999"
_OTHER_ORGANIZATION_ID = "o-z9y8x7w6v5"
_KEY_ID = "11111111-2222-3333-4444-555555555555"
_OLD_KEY_ID = "00000000-2222-3333-4444-555555555555"

# What the cases call the documents; a refusal counts only if one document alone refuses, hence the last two.
BUCKET_POLICY = "archive_bucket"
KEY_POLICY = "archive_key"
DELIVERY = "firehose_permissions"
DELIVERY_EXISTING = "firehose_permissions, into an existing bucket"
DELIVERY_SAME_ACCOUNT = "firehose_permissions, in the archive account"
EVENTBRIDGE = "eventbridge_permissions"
EVENTBRIDGE_TRUST = "eventbridge_trust"
FIREHOSE_TRUST = "firehose_trust"
QUEUE = "dead_letter_queue"
READING = "reader_permissions"
READING_EXISTING = "reader_permissions, of an existing bucket"
PRIVATE_BUCKET = "tls_only_bucket"
ORGANIZATION_TRAIL = "organization_trail_bucket"
ACCOUNT_TRAILS = "account_trails_bucket"
EVERYTHING = "everything"
EVERYBODY = "everybody"
ACCOUNTS_KEY = "a key's policy that leaves it to the accounts"
_NOT_OURS: Mapping[str, Document] = {
    EVERYTHING: policies.document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    EVERYBODY: policies.document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}),
}


@dataclass(frozen=True)
class Setup:
    """One organization; some folders of the layout are written out, as a second source for them."""

    name: str
    partition: str = "aws"
    region: str = "us-east-1"
    other_region: str = "eu-west-1"
    dns_suffix: str = "amazonaws.com"
    layout: Layout = field(default_factory=Layout)
    events: str = "{account}/us-east-1/2026/01/02/"
    errors: str = "errors/{account}/us-east-1/processing-failed/2026/01/02/"
    backfilled: str = "backfill/{account}/us-east-1/2026/01/02/"
    # The layout that the archive had before, and whether accounts still move from it, and from a key.
    old_layout: Layout = field(default_factory=lambda: Layout("before/{account_id}/{region}/{yyyy}/{MM}/{dd}/"))
    old_events: str = "before/{account}/us-east-1/2026/01/02/"
    old_errors: str = "before/errors/{account}/us-east-1/processing-failed/2026/01/02/"
    is_moving: bool = False
    organization_id: str | None = ORGANIZATION_ID
    # A KMS key and a break-glass role, or neither.
    guarded: bool = True
    break_glass_role_name: str = "evidence-custodian"
    # The roles that read their own account's events, by what `archive.readers` says of them.
    readers: tuple[str, ...] = ("SecurityAudit", "teams/audit/Reader*", "AWSReservedSSO_Audit_*")
    # Whether who deploys is asked about, too: a layout doesn't matter to them.
    deploys: bool = False

    @property
    def bucket(self) -> str:
        """The ARN of the archive."""
        return f"arn:{self.partition}:s3:::{BUCKET}"

    @property
    def key(self) -> str:
        """The ARN of the archive's key."""
        return self.key_of(ARCHIVE_ACCOUNT_ID)

    @property
    def old_key(self) -> str:
        """The ARN of the key that the archive had before."""
        return self.key_of(ARCHIVE_ACCOUNT_ID, _OLD_KEY_ID)

    def key_of(self, account_id: str, key_id: str = _KEY_ID) -> str:
        """The ARN of a key in some account."""
        return f"arn:{self.partition}:kms:{self.region}:{account_id}:key/{key_id}"

    def event_of(self, account_id: str) -> str:
        """The ARN of an object among an account's events."""
        return f"{self.bucket}/{self.events.format(account=account_id)}1.gz"

    def old_event_of(self, account_id: str) -> str:
        """The ARN of an object among an account's events, in the layout before."""
        return f"{self.bucket}/{self.old_events.format(account=account_id)}1.gz"

    def old_error_of(self, account_id: str) -> str:
        """The ARN of an object among what couldn't be delivered for an account, in the layout before."""
        return f"{self.bucket}/{self.old_errors.format(account=account_id)}1.gz"

    def error_of(self, account_id: str) -> str:
        """The ARN of an object among what Firehose couldn't deliver for an account."""
        return f"{self.bucket}/{self.errors.format(account=account_id)}1.gz"

    def backfilled_event_of(self, account_id: str) -> str:
        """The ARN of an object among an account's backfilled events."""
        return f"{self.bucket}/{self.backfilled.format(account=account_id)}1.gz"

    def role(self, account_id: str, name: str) -> Principal:
        """A role of an account of the organization; an outsider's is of another one."""
        organization_id = _OTHER_ORGANIZATION_ID if account_id == OUTSIDER_ID else self.organization_id
        return a_role(self.partition, account_id, name, organization_id=organization_id)

    def strangers(self) -> Iterator[tuple[str, Principal]]:
        """Everybody who is nearly the delivery role of an account of the organization."""
        outsider = self.role(OUTSIDER_ID, DELIVERY_ROLE)
        yield "another role of an account", self.role(ACCOUNT_ID, "developer")
        yield "a role named like the delivery role, and more", self.role(ACCOUNT_ID, f"{DELIVERY_ROLE}-2")
        yield "a role of the delivery role's name below a path", self.role(ACCOUNT_ID, f"teams/{DELIVERY_ROLE}")
        if self.organization_id:
            yield "the delivery role of another organization's account", outsider
            context = {key: value for key, value in outsider.context.items() if key != "aws:PrincipalOrgID"}
            yield "the delivery role of an account in no organization", outsider._replace(context=context)
        else:
            yield "the delivery role of an account that isn't listed", outsider
        yield "anybody without credentials", ANONYMOUS

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """Every policy document that Orgtrail makes for this organization, and some that others make."""
        roots = [f"arn:{self.partition}:iam::{one}:root" for one in (ACCOUNT_ID, ARCHIVE_ACCOUNT_ID)]
        left = {"Effect": "Allow", "Principal": {"AWS": roots}, "Action": "kms:*", "Resource": "*"}
        return {**self.made_documents, **_NOT_OURS, ACCOUNTS_KEY: policies.document(left)}

    @cached_property
    def made_documents(self) -> Mapping[str, Document]:
        """Every policy document that Orgtrail makes for this organization; to add one, add its line here."""
        role = f"arn:{self.partition}:iam::{ARCHIVE_ACCOUNT_ID}:role/{self.break_glass_role_name}"
        break_glass_role = role if self.guarded else None
        account_ids = (ACCOUNT_ID, OTHER_ACCOUNT_ID)
        layouts = (self.layout, *([self.old_layout] if self.is_moving else []))
        readers = policies.Readers(self.readers, layouts) if self.readers else None
        return {
            BUCKET_POLICY: policies.archive_bucket(
                self.partition,
                bucket=BUCKET,
                layout=self.layout,
                organization_id=self.organization_id,
                account_ids=account_ids,
                kms_key_arn=self.key if self.guarded else None,
                old_layout=self.old_layout if self.is_moving else None,
                old_key_arn=self.old_key if self.is_moving else None,
                break_glass_role=break_glass_role,
                readers=readers,
            ),
            KEY_POLICY: policies.archive_key(
                self.partition,
                account_id=ARCHIVE_ACCOUNT_ID,
                region=self.region,
                bucket=BUCKET,
                organization_id=self.organization_id,
                account_ids=account_ids,
                break_glass_role=break_glass_role,
                readers=readers,
            ),
            READING: self._reading(layouts, policies.KeyUse(self.key_of(ARCHIVE_ACCOUNT_ID, "*"), self.region)),
            READING_EXISTING: self._reading(
                layouts,
                policies.KeyUse(
                    self.key, self.region, bucket_key=False, old_arn=self.old_key if self.is_moving else None
                ),
            ),
            # A managed key has no ARN before it is made, and an existing bucket may have no bucket key.
            DELIVERY: self._delivery(ACCOUNT_ID, policies.KeyUse(self.key_of(ARCHIVE_ACCOUNT_ID, "*"), self.region)),
            DELIVERY_EXISTING: self._delivery(
                ACCOUNT_ID,
                policies.KeyUse(
                    self.key, self.region, bucket_key=False, old_arn=self.old_key if self.is_moving else None
                ),
            ),
            DELIVERY_SAME_ACCOUNT: self._delivery(ARCHIVE_ACCOUNT_ID, None),
            EVENTBRIDGE: policies.eventbridge_permissions(self.partition, ACCOUNT_ID),
            EVENTBRIDGE_TRUST: policies.eventbridge_trust(self.partition, ACCOUNT_ID),
            FIREHOSE_TRUST: policies.firehose_trust(ACCOUNT_ID),
            QUEUE: policies.dead_letter_queue(self.partition, ACCOUNT_ID, self.region),
            PRIVATE_BUCKET: policies.tls_only_bucket(self.partition, f"{BUCKET}-results"),
            ORGANIZATION_TRAIL: policies.organization_trail_bucket(
                self.partition,
                bucket=TRAIL_BUCKET,
                management_account_id=MANAGEMENT_ACCOUNT_ID,
                organization_id=ORGANIZATION_ID,
            ),
            ACCOUNT_TRAILS: policies.account_trails_bucket(
                self.partition, bucket=TRAIL_BUCKET, account_ids=account_ids
            ),
            **(deployment_documents(self.partition, self.region, break_glass_role) if self.deploys else {}),
        }

    def _reading(self, layouts: tuple[Layout, ...], key: policies.KeyUse) -> Document:
        return policies.reader_permissions(self.partition, bucket=BUCKET, layouts=layouts, key=key)

    def _delivery(self, account_id: str, key: policies.KeyUse | None) -> Document:
        return policies.firehose_permissions(
            self.partition,
            account_id,
            bucket=BUCKET,
            bucket_account_id=ARCHIVE_ACCOUNT_ID,
            layout=self.layout,
            old_layout=self.old_layout if self.is_moving else None,
            key=key,
        )


DEFAULT = Setup("default layout", deploys=True)
LIST_FORM = Setup("no organization id", organization_id=None)
MOVING = Setup("layout and key are being changed", is_moving=True)
SETUPS = (
    DEFAULT,
    LIST_FORM,
    MOVING,
    Setup(
        "Hive layout",
        layout=Layout("account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/"),
        events="account={account}/region=us-east-1/day=2026-01-02/",
        backfilled="backfill/account={account}/region=us-east-1/day=2026-01-02/",
    ),
    Setup(
        "leading folder, no key, no break-glass role",
        layout=Layout("iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"),
        events="iam/{account}/us-east-1/2026/01/02/",
        errors="iam/errors/{account}/us-east-1/processing-failed/2026/01/02/",
        backfilled="iam/backfill/{account}/us-east-1/2026/01/02/",
        guarded=False,
        readers=(),
        deploys=True,
    ),
    Setup(
        "AWS GovCloud (US)",
        partition="aws-us-gov",
        region="us-gov-west-1",
        other_region="us-gov-east-1",
        deploys=True,
    ),
    Setup(
        "AWS China",
        partition="aws-cn",
        region="cn-north-1",
        other_region="cn-northwest-1",
        dns_suffix="amazonaws.com.cn",
        deploys=True,
    ),
    Setup(
        "AWS European Sovereign Cloud",
        partition="aws-eusc",
        region="eusc-de-east-1",
        # It has one region so far; a second one must be kept apart, too.
        other_region="eusc-de-west-1",
        dns_suffix="amazonaws.eu",
    ),
)
