"""Whether CloudWatch can tell a topic of alarms, judged on plain answers."""

import pytest

from orgtrail.policies import document
from orgtrail.preflight.finding import Fault, not_known
from orgtrail.preflight.publishing import judge
from orgtrail.preflight.topics import Key, Topic
from tests.builders import ACCOUNT_ID, ORGANIZATION_ID, OTHER_ACCOUNT_ID

ARN = f"arn:aws:sns:us-east-1:{OTHER_ACCOUNT_ID}:security-alarms"
KEY_ARN = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555"
ALARMS = [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT_ID}:alarm:orgtrail-{kind}" for kind in ("silence", "throttling")]
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
ANYBODY = {"AWS": "*"}

USE = ["kms:Decrypt", "kms:GenerateDataKey*"]

MEND = "Allow sns:Publish to cloudwatch.amazonaws.com in the topic's policy: docs/alarms.md#the-topic"
REFUSED = Fault(f"the policy of the topic {ARN} doesn't let CloudWatch publish", MEND)
DOUBTED = not_known(
    f"whether the policy of the topic {ARN} lets CloudWatch publish depends on a condition not judged here", MEND
)


def allow(principal=CLOUDWATCH, action="sns:Publish", resource=ARN, effect="Allow", **conditions):
    condition = {"Condition": {operator: dict([pair]) for operator, pair in conditions.items()}} if conditions else {}
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **condition}


def of_alarms(account_id, pattern="*"):
    return "aws:SourceArn", f"arn:aws:cloudwatch:us-east-1:{account_id}:alarm:{pattern}"


def judged(*statements, key=None, has_subscribers=True, alarms=ALARMS):
    return list(judge(Topic(ARN, document(*statements), has_subscribers, key), ACCOUNT_ID, alarms))


class TestItsPolicy:
    @pytest.mark.parametrize(
        "statement",
        [
            allow(),
            allow({"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]}, ["SNS:Publish"]),
            allow(StringEquals=("aws:SourceAccount", [OTHER_ACCOUNT_ID, ACCOUNT_ID])),
            allow(ArnLike=of_alarms(ACCOUNT_ID, "orgtrail-*")),
            # AWS's own example of another account's alarms, and what SNS gives a new topic.
            allow(ANYBODY, ArnLike=of_alarms(ACCOUNT_ID)),
            allow(ANYBODY, StringEquals=("AWS:SourceOwner", ACCOUNT_ID)),
            allow(ANYBODY, Bool=("aws:PrincipalIsAWSService", "true")),
        ],
        ids=["plain", "many services", "accounts", "alarms", "example of AWS", "default", "any service"],
    )
    def test_one_that_lets_cloudwatch_in_is_fine(self, statement):
        assert judged(statement) == []

    @pytest.mark.parametrize(
        "statements",
        [
            (),
            (allow({"Service": "events.amazonaws.com"}),),
            (allow({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}),),
            (allow({"AWS": ACCOUNT_ID}),),
            (allow(action="sns:Subscribe"),),
            (allow(resource=f"{ARN}-2"),),
            (allow(StringEquals=("aws:SourceAccount", OTHER_ACCOUNT_ID)),),
            (allow(ANYBODY, StringEquals=("AWS:SourceOwner", OTHER_ACCOUNT_ID)),),
            (allow(ArnLike=of_alarms(OTHER_ACCOUNT_ID)),),
            # A service is in no organization: https://github.com/aws-samples/amazon-cloudwatch-auto-alarms/pull/63
            (allow(ANYBODY, StringEquals=("aws:PrincipalOrgID", ORGANIZATION_ID)),),
            (allow(), allow(ANYBODY, effect="Deny", StringNotEquals=("aws:PrincipalOrgID", ORGANIZATION_ID))),
        ],
        ids=[
            *("nobody", "another service", "the account's root", "the account", "another action", "another topic"),
            *("other accounts", "its own account", "others' alarms", "an organization", "none but an organization"),
        ],
    )
    def test_one_that_keeps_cloudwatch_out_is_a_fault(self, statements):
        assert judged(*statements) == [REFUSED]

    def test_what_depends_on_an_unknown_condition_is_not_known(self):
        assert judged(allow(StringEquals=("aws:SourceOrgID", ORGANIZATION_ID))) == [DOUBTED]
        of_an_endpoint = allow(ANYBODY, effect="Deny", StringNotEquals=("aws:SourceVpce", "vpce-1"))
        assert judged(allow(), of_an_endpoint) == [DOUBTED]

    def test_to_refuse_plain_http_refuses_no_alarm(self):
        assert judged(allow(), allow(ANYBODY, effect="Deny", Bool=("aws:SecureTransport", "false"))) == []

    def test_where_some_alarms_are_let_in_the_others_are_named(self):
        (fault,) = judged(allow(ArnLike=of_alarms(ACCOUNT_ID, "orgtrail-silence")))

        assert fault.what == f"the policy of the topic {ARN} doesn't let CloudWatch publish, of orgtrail-throttling"


def test_a_topic_without_subscribers_is_heard_by_nobody():
    (fault,) = judged(allow(), has_subscribers=False)

    assert fault.what == f"nobody subscribes to the topic {ARN}"


class TestItsKey:
    def told(self, *statements, state="Enabled", is_of_aws=False):
        return judged(allow(), key=Key(KEY_ARN, is_of_aws, state, document(*statements)))

    def whats(self, *statements, **changed):
        return [(fault.what, fault.is_known) for fault in self.told(*statements, **changed)]

    def use(self, action=USE, **conditions):
        return allow(action=action, resource="*", **conditions)

    def test_one_whose_policy_lets_cloudwatch_in_is_fine(self):
        assert self.told(self.use()) == []
        assert self.told(self.use(StringEquals=("aws:SourceAccount", ACCOUNT_ID))) == []

    @pytest.mark.parametrize("action", USE)
    def test_either_action_alone_is_not_enough(self, action):
        told = (
            f"the policy of the key {KEY_ARN}, with which the topic {ARN} is encrypted, doesn't let CloudWatch use it"
        )

        assert self.whats(self.use(action=action)) == [(told, True)]

    def test_a_key_that_leaves_it_to_its_account_lets_no_service_in(self):
        (fault,) = self.told(allow({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT_ID}:root"}, "kms:*", "*"))

        assert fault.mend == (
            "Allow kms:Decrypt, kms:GenerateDataKey to cloudwatch.amazonaws.com in the key's policy: "
            "docs/alarms.md#the-topic"
        )

    def test_what_depends_on_an_unknown_condition_is_not_known(self):
        told = self.whats(self.use(StringEquals=("kms:ViaService", "sns.us-east-1.amazonaws.com")))

        assert [is_known for _, is_known in told] == [False]

    def test_aws_own_key_lets_no_service_in_whatever_is_known_of_it(self):
        told = f"the topic {ARN} is encrypted with AWS's own key alias/aws/sns, which CloudWatch can't use"

        assert self.whats(is_of_aws=True) == [(told, True)]

    @pytest.mark.parametrize("state", ["Disabled", "PendingDeletion", "not there"])
    def test_one_that_is_off_encrypts_nothing(self, state):
        told = f"the key {KEY_ARN}, with which the topic {ARN} is encrypted, is {state}"

        assert self.whats(self.use(), state=state) == [(told, True)]

    def test_one_that_could_not_be_read_is_not_known(self):
        (fault,) = judged(allow(), key="of the key alias/ours, the role may not (AccessDeniedException)")

        assert (fault.what, fault.is_known) == (
            "not known, because of the key alias/ours, the role may not (AccessDeniedException)",
            False,
        )
