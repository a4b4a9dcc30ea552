"""Whether CloudWatch can tell a topic of an account's alarms, and anybody hears it; judged on plain answers.

Topics admit CloudWatch by their policy, also for alarms of their own account: the policy that SNS gives a new topic
does that by `AWS:SourceOwner`. For another account's alarms, of the same region, AWS has `aws:SourceArn`:
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
An encrypted topic needs a key of one's own, whose policy admits CloudWatch:
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
"""

from collections.abc import Iterator, Mapping, Sequence

from orgtrail.policies import Document
from orgtrail.policies.decision import Request, Verdict, decide
from orgtrail.preflight.finding import Fault, not_known
from orgtrail.preflight.topics import KEY_OF_AWS, Key, Topic
from orgtrail.words import some

CLOUDWATCH = "cloudwatch.amazonaws.com"
PUBLISH = "sns:Publish"
USE_KEY = ("kms:Decrypt", "kms:GenerateDataKey")

_PAGE = "docs/alarms.md#the-topic"


def judge(topic: Topic, account_id: str, alarms: Sequence[str]) -> Iterator[Fault]:
    """What keeps the alarms of an account, by their ARNs, from being heard of."""
    if not topic.has_subscribers:
        yield Fault(f"nobody subscribes to the topic {topic.arn}", "Subscribe to it, and confirm the subscription")
    asked = {alarm: [_request(alarm, account_id, PUBLISH, topic.arn)] for alarm in alarms}
    mend = f"Allow {PUBLISH} to {CLOUDWATCH} in the topic's policy: {_PAGE}"
    yield from _refusals(f"the policy of the topic {topic.arn}", "publish", topic.policy, asked, mend)
    if isinstance(topic.key, str):
        yield not_known(topic.key, f"See that the key's policy allows {', '.join(USE_KEY)} to {CLOUDWATCH}: {_PAGE}")
    elif topic.key:
        yield from _of_key(topic.arn, topic.key, account_id, alarms)


def _of_key(topic: str, key: Key, account_id: str, alarms: Sequence[str]) -> Iterator[Fault]:
    if key.is_of_aws:
        told = f"the topic {topic} is encrypted with AWS's own key {KEY_OF_AWS}, which CloudWatch can't use"
        yield Fault(told, f"Encrypt it with a key of yours, or not at all: {_PAGE}")
    elif key.state != "Enabled":
        told = f"the key {key.id}, with which the topic {topic} is encrypted, is {key.state}"
        yield Fault(told, "Enable it, or encrypt the topic with another")
    else:
        asked = {alarm: [_request(alarm, account_id, action, key.id) for action in USE_KEY] for alarm in alarms}
        of = f"the policy of the key {key.id}, with which the topic {topic} is encrypted,"
        mend = f"Allow {', '.join(USE_KEY)} to {CLOUDWATCH} in the key's policy: {_PAGE}"
        yield from _refusals(of, "use it", key.policy, asked, mend)


def _refusals(of: str, do: str, policy: Document, asked: Mapping[str, Sequence[Request]], mend: str) -> Iterator[Fault]:
    """A fault for the alarms that are refused, and one for those of which that isn't known."""
    refused: dict[bool, list[str]] = {}
    for alarm, requests in asked.items():
        if verdicts := {decide(policy, one).verdict for one in requests} - {Verdict.ALLOWED}:
            refused.setdefault(verdicts != {Verdict.UNKNOWN}, []).append(alarm.rpartition(":")[2])
    for is_known, alarms in refused.items():
        # Of all, none is named: what many accounts have in common is told once.
        which = f", of {some(alarms)}" if len(alarms) < len(asked) else ""
        if is_known:
            yield Fault(f"{of} doesn't let CloudWatch {do}{which}", mend)
        else:
            yield not_known(f"whether {of} lets CloudWatch {do}{which} depends on a condition not judged here", mend)


def _request(alarm: str, account_id: str, action: str, resource: str) -> Request:
    """What CloudWatch asks where an alarm rings. A service is in no organization, whatever its alarm is."""
    context: dict[str, str | None] = {
        "aws:sourcearn": alarm,
        "aws:sourceaccount": account_id,
        "aws:sourceowner": account_id,
        "aws:principalorgid": None,
        "aws:principalisawsservice": "true",
        "aws:principalservicename": CLOUDWATCH,
        "aws:securetransport": "true",
    }
    return Request(CLOUDWATCH, "", action, resource, context)
