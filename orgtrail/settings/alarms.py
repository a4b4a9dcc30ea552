"""`alarms` of an account: which alarms its pipelines have, and the topic that they tell."""

import re
from typing import Annotated

from pydantic import Field

from orgtrail.alarms import LONGEST_SILENCE_HOURS, PLACEHOLDERS, Alarms, OptionalKind
from orgtrail.regions import partition_of, regions_of
from orgtrail.settings.diagnostics import Diagnostic
from orgtrail.settings.section import StrictModel, inherit
from orgtrail.settings.values import (
    ListOf,
    check_account_id,
    checked_in,
    syntax_problems,
    text_schema,
    unknown_placeholders,
)
from orgtrail.words import listing, shown

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
_TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")


def _right(partition: str | None) -> str:
    return f"arn:{partition or '{partition}'}:sns:{{region}}:<account id>:TopicName"


def _check_topic(value: str, partition: str | None) -> list[Diagnostic]:
    """The ARN of an SNS topic, where placeholders may stand for any part."""
    if found := syntax_problems(value) or unknown_placeholders(value, PLACEHOLDERS):
        return found
    parts = value.split(":")
    if len(parts) != 6 or (parts[0], parts[2]) != ("arn", "sns"):
        return [Diagnostic("is not the ARN of an SNS topic", _right(partition))]
    _arn, of_partition, _sns, region, owner, name = parts
    if name.endswith(".fifo"):
        return [Diagnostic("is a FIFO topic", "a standard topic")]
    if not _TOPIC_NAME.fullmatch(_PLACEHOLDER.sub("x", name)):
        return [Diagnostic("is not the ARN of an SNS topic", _right(partition))]
    return [*_check_partition(of_partition, partition), *_check_region(region, partition), *_check_owner(owner)]


def _check_partition(written: str, partition: str | None) -> list[Diagnostic]:
    if written in ("{partition}", partition or written):
        return []
    text = f"is in partition {written:.20}, but archive.region is in {partition}"
    return [Diagnostic(text, f"arn:{partition}:… or arn:{{partition}}:…")]


def _check_region(written: str, partition: str | None) -> list[Diagnostic]:
    known = regions_of(partition) if partition else ()
    if written == "{region}" or written in known or (not known and partition_of(written)):
        return []
    allowed = f"{{region}}, or {listing(known, written)}" if known else "{region}, or a region"
    return [Diagnostic(f"has {shown(written)} where a region belongs", allowed)]


def _check_owner(written: str) -> list[Diagnostic]:
    if written == "{account_id}" or not check_account_id(written):
        return []
    return [Diagnostic(f"has {shown(written)} where an account id belongs", "12 digits, or {account_id}")]


_Topic = Annotated[str, checked_in(_check_topic), text_schema(minLength=1)]


class AlarmsSection(StrictModel):
    """Alarms of each pipeline; what an account doesn't say comes from `defaults`, key by key."""

    topic: _Topic | None = Field(
        default=None,
        description="ARN of the SNS topic that the alarms tell, in an account of yours that need not be this one. "
        "CloudWatch tells only topics in the alarm's own region: `{region}` stands for it, `{account_id}` and "
        "`{partition}` for the account's",
    )
    silent_hours: int | None = Field(
        default=None,
        ge=1,
        le=LONGEST_SILENCE_HOURS,
        description="Hours in which something always comes: an alarm in the account's pipeline of the IAM region if "
        "nothing does. Not written: no such alarm",
    )
    without: ListOf[OptionalKind] = Field(default=(), description="Alarms that aren't made")
    ok: bool = Field(
        default=True,
        description="Also tell that an alarm has ended. Each alarm then tells once that all is well when it is made",
    )


def merged_alarms(
    written: AlarmsSection | None, is_written: bool, defaults: AlarmsSection | None
) -> AlarmsSection | None:
    """What an account's entry and `defaults` say together; an entry may say that there are none."""
    if not is_written:
        return defaults
    return inherit(written, defaults) if written and defaults else written


def resolve_alarms(section: AlarmsSection | None) -> Alarms | None:
    """The alarms that a sound section stands for."""
    if section is None or section.topic is None:
        return None
    return Alarms(section.topic, section.silent_hours, tuple(sorted(set(section.without))), section.ok)
