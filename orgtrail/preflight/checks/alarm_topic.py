"""The topic that the pipeline's alarms tell exists, and CloudWatch can tell it.

CloudWatch doesn't: it "doesn't test or validate the actions that you specify", nor does it detect errors of SNS:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

from collections.abc import Iterator

from orgtrail import names
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.publishing import judge
from orgtrail.preflight.scopes import PipelineScope


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    scope, account, region = pipeline.of, pipeline.of.account, pipeline.region
    kinds = account.alarms.kinds(region) if account.alarms else ()
    if not account.alarms or not kinds:
        return
    partition = scope.settings.partition
    arn = account.alarms.topic_arn(partition=partition, account_id=account.account_id, region=region)
    topic = scope.topics.topic(arn, account, scope.session)
    if topic is None:
        yield Fault(f"there is no topic {arn}", "Make it, or name another in alarms.topic")
        return
    here = f"arn:{partition}:cloudwatch:{region}:{account.account_id}:alarm:"
    yield from judge(topic, account.account_id, [f"{here}{names.alarm(kind)}" for kind in kinds])


ALARM_TOPIC = Check(
    id="alarm-topic",
    severity=Severity.WARNING,
    asks="The topic of the pipeline's [alarms](alarms.md#the-topic) exists, somebody subscribes to it, and CloudWatch "
    "may publish there: by its policy, and by that of the key that encrypts it, which can't be AWS's own. Asked as the "
    "account that owns the topic, if the file has that, else as the account itself; once for each topic. Not asked "
    "without `alarms`.",
    silences="It keeps nothing from arriving, but alarms ring and nobody hears them: CloudWatch tells of it in the "
    "alarm's own history alone.",
    permissions=(
        Permission("sns:GetTopicAttributes", "whether the topic is there, whom it lets publish, and who subscribes"),
        Permission("kms:DescribeKey", "which key encrypts the topic, and whether it is enabled"),
        Permission("kms:GetKeyPolicy", "whether that key lets CloudWatch use it"),
    ),
    look=_look,
)
