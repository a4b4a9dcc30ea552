"""The rollout of one accounts file onto the emulated AWS, step by step."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.errors import UserError
from orgtrail.events import READ_ONLY_TOO
from orgtrail.paths import REPOSITORY
from orgtrail.rehearsal.emulation.athena import EmbeddedAthena, Row, placeholders
from orgtrail.rehearsal.emulation.delivery import deliver
from orgtrail.rehearsal.emulation.delivery_stream import Delivered
from orgtrail.rehearsal.emulation.emulator import emulated_aws
from orgtrail.rehearsal.emulation.event_bus import Event
from orgtrail.rehearsal.emulation.sample_events import CALLER_ADDRESS, sample_events
from orgtrail.settings import Account, Catalog, CloudState, S3State, Settings
from orgtrail.state import bootstrap
from orgtrail.terraform.cdktf_cli import CdktfCli
from orgtrail.terraform.environment import terraform_environment
from orgtrail.terraform.provider import provider_in_use

_PARALLELISM = 2
_CREATED = re.compile(r"(?P<address>\w+\.\S+): Creation complete")

# Called for each created resource: the stack, how many it has so far, how many it will have.
OnCreated = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Pipeline:
    """What was found in the emulated AWS for one account and region, and the object that events sent in became."""

    account: str
    account_id: str
    region: str
    rule_state: str
    stream_status: str
    dead_letter_queue: bool
    delivery_log: bool
    events: list[Event]
    delivered: Delivered

    @property
    def takes_reads(self) -> bool:
        """Whether the rule takes read-only events too."""
        return self.rule_state == READ_ONLY_TOO


@dataclass(frozen=True)
class Answer:
    """The rows that a named query answered with."""

    query: str
    rows: list[Row]


class Rehearsal:
    """An emulated AWS with the organization's state bucket in it; made by `rehearsal`."""

    def __init__(self, settings: Settings, workdir: Path, url: str) -> None:
        self.settings = settings
        self.url = url
        self.workdir = workdir
        self.cdktf = CdktfCli(workdir, settings.path)
        self.made: dict[str, int] = {}

    def environment(self) -> dict[str, str]:
        """The variables that point cdktf, Terraform and the AWS CLI of another terminal at this rehearsal."""
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        return {**aws, **terraform_environment(provider_in_use())}

    def make_state_bucket(self) -> list[str]:
        """Do what `orgtrail bootstrap` does; returns the titles of its steps."""
        if not isinstance(self.settings.state, S3State):
            return []
        steps = bootstrap.plan(self.settings.state, self.settings.partition)
        for step in steps:
            step.run()
        return [step.title for step in steps]

    def deploy(self, on_created: OnCreated = lambda stack, made, expected: None) -> None:
        """`cdktf deploy '*'`; `made` then holds the number of resources of each stack. Raises UserError."""
        counter = _ResourceCounter(self.synthesized, on_created)
        self.cdktf.deploy_all(_PARALLELISM, counter.read)
        self.made = counter.made

    def synthesized(self) -> dict[str, int]:
        """The number of resources in each synthesized stack."""
        stacks = (self.workdir / "cdktf.out" / "stacks").glob("*/cdk.tf.json")
        documents = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in stacks}
        return {
            name: sum(len(resources) for resources in document.get("resource", {}).values())
            for name, document in documents.items()
        }

    def verify_delivery(self, account: Account, region: str) -> Pipeline:
        """Read a pipeline back from the emulated AWS and send events in. Raises UserError where not all arrived."""
        session = AccountSession(account, region)
        rule = session.client("events", region).describe_rule(Name=names.RULE)
        pattern = json.loads(rule["EventPattern"])
        events = sample_events(account.account_id, region, pattern["source"], pattern["detail-type"])
        outcome = deliver(session, account.account_id, region, events)
        if not outcome.objects or outcome.not_taken:
            raise UserError(f"{account.name} ({region}): not every event arrived: {outcome}")
        stream = session.client("firehose", region).describe_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM)
        return Pipeline(
            account=account.name,
            account_id=account.account_id,
            region=region,
            rule_state=rule["State"],
            stream_status=stream["DeliveryStreamDescription"]["DeliveryStreamStatus"],
            dead_letter_queue=_has_dead_letter_queue(session, region),
            delivery_log=_has_delivery_log(session, region),
            events=events,
            delivered=self._as_archived(outcome.objects[0]),
        )

    def ask_named_queries(self) -> list[Answer]:
        """Ask the deployed named queries of what has been delivered; none without a catalog."""
        archive = self.settings.archive
        if archive.catalog is None:
            return []
        athena = AccountSession(archive, archive.region).client("athena")
        tables = self._tables(archive.catalog)
        ids = athena.list_named_queries(WorkGroup=names.WORKGROUP)["NamedQueryIds"]
        queries = [athena.get_named_query(NamedQueryId=query)["NamedQuery"] for query in ids]
        return [
            Answer(query["Name"], tables.query(sql, [CALLER_ADDRESS] * placeholders(sql)))
            for query in sorted(queries, key=lambda query: str(query["Name"]))
            for sql in [query["QueryString"]]
        ]

    def ask(self, sql: str) -> list[Row]:
        """What a query of one's own in Athena's dialect answers; none without a catalog."""
        catalog = self.settings.archive.catalog
        return self._tables(catalog).query(sql) if catalog else []

    def _tables(self, catalog: Catalog) -> EmbeddedAthena:
        session = AccountSession(self.settings.archive, self.settings.archive.region)
        return EmbeddedAthena(session.client("glue"), session.client("s3"), catalog.database)

    def _as_archived(self, delivered: Delivered) -> Delivered:
        """What the archive's own account finds under the key that was written."""
        archive = self.settings.archive
        s3 = AccountSession(archive, archive.region).client("s3")
        body: bytes = s3.get_object(Bucket=archive.bucket, Key=delivered.key)["Body"].read()
        return Delivered(archive.bucket, delivered.key, body)


class _ResourceCounter:
    """Counts what cdktf says it made: a stack's name stands before the first line of a block alone."""

    def __init__(self, expected: Callable[[], dict[str, int]], on_created: OnCreated) -> None:
        self._read_expected = expected
        self._expected: dict[str, int] = {}
        self._on_created = on_created
        self._addresses: dict[str, set[str]] = {}
        self._stack = ""

    @property
    def made(self) -> dict[str, int]:
        return {stack: len(addresses) for stack, addresses in self._addresses.items()}

    def read(self, line: str) -> None:
        self._expected = self._expected or self._read_expected()
        first_word = line.partition(" ")[0]
        self._stack = first_word if first_word in self._expected else self._stack
        if (created := _CREATED.search(line)) and self._stack:
            addresses = self._addresses.setdefault(self._stack, set())
            addresses.add(created["address"])
            self._on_created(self._stack, len(addresses), self._expected[self._stack])


@contextmanager
def rehearsal(settings: Settings, workdir: Path) -> Iterator[Rehearsal]:
    """Emulate AWS for an organization while the block runs; what an earlier one left in `workdir` is removed.

    Raises UserError where these settings can't be rehearsed.
    """
    if isinstance(settings.state, CloudState):
        raise UserError(
            "state.backend: cloud keeps its states in HCP Terraform, which isn't emulated; "
            "rehearse a copy of the file with `backend: local`"
        )
    if settings.partition != "aws":
        raise UserError(f"only the partition aws is emulated, not {settings.partition}")
    with _only_one(workdir):
        _clear(workdir)
        shutil.copy(REPOSITORY / "cdktf.json", workdir)
        base_account = getattr(settings.state, "account_id", settings.archive.account_id)
        with emulated_aws(base_account, settings.archive.region, _profiles(settings), workdir) as url:
            yield Rehearsal(settings, workdir, url)


@contextmanager
def _only_one(workdir: Path) -> Iterator[None]:
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        file = (workdir / "lock").open("w")
    except OSError as error:
        raise UserError(f"{workdir} can't be written: {error.strerror}. Name another folder: --workdir") from error
    with file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"another rehearsal is running in {workdir}; wait for it, or end it") from error
        yield


def _clear(workdir: Path) -> None:
    shutil.rmtree(workdir / "cdktf.out", ignore_errors=True)
    for left_over in [*workdir.glob("*.log"), *workdir.glob("*.tfstate*")]:
        left_over.unlink()


def _profiles(settings: Settings) -> list[str]:
    identities = [settings.archive, settings.state, *settings.active]
    profiles = {getattr(identity, "profile", None) for identity in identities}
    return sorted(profile for profile in profiles if profile)


def _has_dead_letter_queue(session: AccountSession, region: str) -> bool:
    queues: dict[str, Any] = session.client("sqs", region).list_queues(QueueNamePrefix=names.DEAD_LETTER_QUEUE)
    return bool(queues.get("QueueUrls"))


def _has_delivery_log(session: AccountSession, region: str) -> bool:
    streams = session.client("logs", region).describe_log_streams(logGroupName=names.DELIVERY_LOG_GROUP)
    return any(stream["logStreamName"] == names.DELIVERY_LOG_STREAM for stream in streams["logStreams"])
