"""A look into the accounts: is each pipeline deployed as the settings say, and does anything in it fail?"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from orgtrail import names
from orgtrail.aws import AWS_ERRORS, AccountSession, ManyAccounts
from orgtrail.concurrency.questions import Questions
from orgtrail.settings import Account, Settings
from orgtrail.status import alarms, deployed, symptoms
from orgtrail.status.deployed import Wanted
from orgtrail.status.finding import NOT_DEPLOYED, Finding, Kind, Verdict
from orgtrail.status.found import Found, Status, order

AT_ONCE = 32
SECONDS_A_REGION = 60.0

_ABSENT = frozenset(
    {"ResourceNotFoundException", "NoSuchEntity", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}
)
Check: TypeAlias = tuple[str, Callable[[], Iterable[Finding]]]
"""What is looked at, and the look."""

_RULE, _STREAM, _QUEUE = "the rule", "the delivery stream", "the dead-letter queue"
_POLICIES = {names.EVENTBRIDGE_ROLE: names.EVENTBRIDGE_POLICY, names.FIREHOSE_ROLE: names.FIREHOSE_POLICY}
_WORST_FIRST: tuple[Kind, ...] = ("failing", "outdated", "not known", "warning")

Findings = Mapping[str, Sequence[Finding]]
"""What was found in an account, by region."""


def look_into_accounts(
    settings: Settings,
    status: Status,
    questions: Questions,
    since: timedelta,
    on_result: Callable[[], None] = lambda: None,
) -> Status:
    """The status, with what is found in the accounts themselves."""
    accounts = {one.pipeline.account.account_id: one.pipeline.account for one in status.found if one.is_asked}
    looking = _Looking(settings, ManyAccounts(), status.now, since)
    answers = questions.ask(
        lambda account: (account.account_id, looking.findings(account)),
        accounts.values(),
        late=lambda account, why: (account.account_id, _not_known(account, why)),
        on_result=lambda _answer: on_result(),
        name=lambda account: account.name,
    )
    by_account = dict(answers)
    found = (
        judged(one, by_account[one.pipeline.account.account_id][one.pipeline.region]) if one.is_asked else one
        for one in status.found
    )
    return replace(status, found=tuple(sorted(found, key=order)), is_deep=True)


def judged(found: Found, findings: Sequence[Finding]) -> Found:
    """What was found in the archive, with the verdict that the account's own findings make of it."""
    if not findings:
        return replace(found, findings=())
    in_order = sorted(findings, key=lambda one: _WORST_FIRST.index(one.kind))
    return replace(found, verdict=_verdict(found.verdict, in_order), findings=tuple(in_order))


def _verdict(archive: Verdict, in_order: Sequence[Finding]) -> Verdict:
    worst, texts = in_order[0].kind, [one.text for one in in_order]
    if worst == "warning":
        # What the archive says stays true, and somebody has to look all the same.
        return Verdict(archive.word, "; ".join([archive.why, *texts]), is_trouble=True)
    # What keeps events from arriving explains a silence. What couldn't be read takes nothing back that is known.
    if archive.is_trouble and worst != "failing":
        return Verdict.of(archive.word, "; ".join([archive.why, *texts]))
    return Verdict.of(worst, "; ".join([*texts, archive.why] if archive.is_trouble else texts))


def _not_known(account: Account, why: str) -> Findings:
    return {region: [Finding("not known", f"not known, because {why}")] for region in account.regions}


@dataclass(frozen=True)
class _Looking:
    """What is the same for all accounts of one look."""

    settings: Settings
    many: ManyAccounts
    now: datetime
    since: timedelta

    def findings(self, account: Account) -> Findings:
        session = self.many.session(account, account.regions[0])
        try:
            shared, version = self._of_roles(session, Wanted(self.settings, account, account.regions[0]))
        except AWS_ERRORS as error:
            return _not_known(account, str(error))
        of_regions = {
            region: _summed([*shared, *self._of_pipeline(session, Wanted(self.settings, account, region))])
            for region in account.regions
        }
        # An account has one stack, so its version is told once.
        of_regions[account.regions[0]] += version
        return of_regions

    def _of_roles(self, session: AccountSession, wanted: Wanted) -> tuple[list[Finding], list[Finding]]:
        """What is found in the account's roles, and of the version of its stack."""
        # Here and not in an attempt: credentials that are refused are so for everything.
        iam = session.client("iam")
        found: list[Finding] = []
        roles: list[deployed.Answer] = []
        for name, policy in _POLICIES.items():
            of_role = attempt(f"the role {name}", partial(_role, iam, wanted, name, roles))
            # A role that isn't there has no policy: that is told once.
            if not any(one.absent for one in of_role):
                of_role += attempt(
                    f"the policy of the role {name}", partial(permission_findings, iam, wanted, name, policy)
                )
                of_role += attempt(f"what else the role {name} has", partial(_other_policies, iam, name, policy))
            found += of_role
        return found, list(deployed.version_findings(roles))

    def _of_pipeline(self, session: AccountSession, wanted: Wanted) -> Iterator[Finding]:
        region = wanted.region
        events, firehose = session.client("events", region), session.client("firehose", region)
        checks: list[Check] = [
            *rule_checks(events, wanted),
            (
                _STREAM,
                lambda: deployed.stream_findings(wanted, delivery_stream(firehose)),
            ),
            (_QUEUE, lambda: _queue_findings(wanted, _queue(session.client("sqs", region)))),
            ("the delivery log", lambda: self._log(session.client("logs", region))),
            ("the metrics", lambda: self._metrics(session.client("cloudwatch", region))),
        ]
        if asked := alarms.alarm_names(wanted):
            checks.append(("the alarms", lambda: _alarms(session.client("cloudwatch", region), wanted, asked)))
        for what, check in checks:
            yield from attempt(what, check)

    def _log(self, logs: Any) -> Iterator[Finding]:
        return symptoms.log_findings(last_entries(logs), self.now - self.since)

    def _metrics(self, cloudwatch: Any) -> Iterator[Finding]:
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=symptoms.metric_queries(self.since), StartTime=self.now - self.since, EndTime=self.now
        )
        return symptoms.metric_findings(answer["MetricDataResults"])


def _summed(findings: Sequence[Finding]) -> list[Finding]:
    """One finding in place of many, where nothing of a pipeline is there."""
    if not {_RULE, _STREAM, _QUEUE} <= {one.absent for one in findings}:
        return list(findings)
    return [NOT_DEPLOYED, *(one for one in findings if not one.absent)]


def _role(iam: Any, wanted: Wanted, name: str, roles: list[deployed.Answer]) -> Iterator[Finding]:
    roles.append(iam.get_role(RoleName=name)["Role"])
    return deployed.role_findings(wanted, name, roles[-1])


def permission_findings(iam: Any, wanted: Wanted, name: str, policy: str) -> Iterator[Finding]:
    """What differs in the policy of a role."""
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    return deployed.permission_findings(wanted, name, document)


def _other_policies(iam: Any, name: str, own: str) -> Iterator[Finding]:
    inline: list[str] = iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = (one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"])
    return deployed.other_policies_findings(name, own, [*inline, *attached])


def rule_checks(events: Any, wanted: Wanted) -> list[Check]:
    """The checks of a rule and its target."""
    return [
        (_RULE, lambda: deployed.rule_findings(wanted, events.describe_rule(Name=names.RULE))),
        (
            "the rule's target",
            lambda: deployed.target_findings(wanted, events.list_targets_by_rule(Rule=names.RULE)["Targets"]),
        ),
    ]


def last_entries(logs: Any) -> list[Any]:
    """The last entries of a region's delivery log."""
    place = {"logGroupName": names.DELIVERY_LOG_GROUP, "logStreamName": names.DELIVERY_LOG_STREAM}
    entries: list[Any] = logs.get_log_events(**place, limit=10)["events"]
    return entries


def delivery_stream(firehose: Any) -> dict[str, Any]:
    """The delivery stream of a region, as AWS describes it."""
    answer: dict[str, Any] = firehose.describe_delivery_stream(DeliveryStreamName=names.DELIVERY_STREAM)
    stream: dict[str, Any] = answer["DeliveryStreamDescription"]
    return stream


def _queue_findings(wanted: Wanted, attributes: Mapping[str, str]) -> Iterator[Finding]:
    yield from symptoms.queue_findings(attributes)
    yield from deployed.queue_findings(wanted, attributes)


def _queue(sqs: Any) -> dict[str, str]:
    url = sqs.get_queue_url(QueueName=names.DEAD_LETTER_QUEUE)["QueueUrl"]
    wanted = [*symptoms.QUEUE_ATTRIBUTES, *deployed.QUEUE_ATTRIBUTES]
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    return attributes


def _alarms(cloudwatch: Any, wanted: Wanted, asked: list[str]) -> Iterator[Finding]:
    return alarms.alarm_findings(wanted, cloudwatch.describe_alarms(AlarmNames=asked)["MetricAlarms"])


def attempt(what: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What a check finds; that something isn't there, or couldn't be read, is a finding too."""
    try:
        return list(check())
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return [Finding("failing", f"{what} isn't there", absent=what)]
        return [Finding("not known", f"{what} is not known, because {error}")]
    except (*AWS_ERRORS, ValueError, LookupError, TypeError) as error:
        return [Finding("not known", f"{what} is not known, because {error}")]
