"""The types of single values in accounts.yaml: their checks, and what the JSON Schema says of them."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from orgtrail.settings import archive_checks, checks, template_checks
from orgtrail.settings.faults import Problem

PROBLEMS = "orgtrail_problems"
"""Type of the pydantic errors that carry Problems of ours, in their context under the same name."""

REGION, REGION_OR_ALL = "aws-region", "aws-region-or-all"
"""Formats of the JSON Schema for which it has definitions with all regions."""

_Value = TypeVar("_Value")


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise PydanticCustomError(PROBLEMS, "see context", {PROBLEMS: problems})


def _checked(check: Callable[[_Value], list[Problem]]) -> AfterValidator:
    def validate(value: _Value) -> _Value:
        _refuse(check(value))
        return value

    return AfterValidator(validate)


def _checked_in(check: Callable[[str, str | None], list[Problem]]) -> AfterValidator:
    """A check that needs the partition of the file, which is the validation's context."""

    def validate(value: str, info: ValidationInfo) -> str:
        _refuse(check(value, info.context))
        return value

    return AfterValidator(validate)


def _text(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


# To Python a boolean is a number, so it comes first.
_KINDS = ((str, "<text>"), (list, "<list>"), (dict, "<mapping>"), (bool, "<boolean>"), (int, "<number>"))


def written_as(value: Any) -> str:
    # Angle brackets: these tags appear among the keys of pydantic's errors and must not look like one.
    return next((kind for one, kind in _KINDS if isinstance(value, one)), "<other>")


Text = Annotated[str, _checked(checks.not_empty), _text(minLength=1)]
AccountId = Annotated[str, _checked(checks.account_id), _text(pattern=checks.ACCOUNT_ID)]
Name = Annotated[str, _checked(checks.name), _text(pattern=checks.NAME)]
Bucket = Annotated[str, _checked(checks.bucket), _text(pattern=checks.BUCKET)]
Region = Annotated[str, _checked_in(checks.region), _text(format=REGION)]
_RegionOrAll = Annotated[str, _checked_in(checks.region_or_all), _text(format=REGION_OR_ALL)]
Role = Annotated[str, _checked_in(template_checks.role), _text(minLength=1)]
# A role in an account that is known from elsewhere in the file.
OwnRole = Annotated[str, _checked_in(template_checks.own_role), _text(minLength=1)]
ExternalId = Annotated[str, _checked(checks.external_id), _text(pattern=checks.EXTERNAL_ID)]
SessionName = Annotated[str, _checked(checks.session_name), _text(pattern=checks.SESSION_NAME)]
_TagKey = Annotated[str, _checked(checks.tag_key)]
_TagValue = Annotated[str, _checked(checks.tag_value), _text(maxLength=256)]
_TagText = Annotated[str, _checked(checks.tag_text), _text(pattern="^[^:]+:")]
_Source = Annotated[str, _checked(checks.event_source), _text(pattern=r"^aws\.[a-z0-9][a-z0-9-]*$")]
_DetailType = Annotated[str, _checked(checks.detail_type), _text()]
# Not a Literal: to pydantic, `true` is one of 1, 3, 5, ….
RetentionDays = Annotated[
    int,
    _checked(checks.log_retention_days),
    WithJsonSchema({"type": "integer", "enum": list(checks.LOG_RETENTION_DAYS)}),
]

KmsKey = Annotated[str, _checked(archive_checks.kms_key), _text(pattern=archive_checks.KMS_KEY)]
FormerKey = Annotated[str, _checked(archive_checks.former_key), _text(pattern=archive_checks.FORMER_KEY)]
Database = Annotated[str, _checked(archive_checks.database), _text(pattern=archive_checks.DATABASE)]
KeyPrefix = Annotated[str, _checked(archive_checks.key_prefix), _text(pattern=archive_checks.KEY_PREFIX)]
WaveName = Annotated[str, _checked(checks.wave_name), _text(pattern=checks.NAME)]
_Count = Annotated[int, _checked(checks.count), WithJsonSchema({"type": "integer", "minimum": 0})]
_Share = Annotated[str, _checked(checks.share), _text(pattern=checks.SHARE)]
MaxFailures = Annotated[
    Annotated[_Count, Tag("<number>")] | Annotated[_Share, Tag("<text>")],
    Discriminator(written_as),
]

OrganizationId = Annotated[str, _checked(checks.organization_id), _text(pattern=checks.ORGANIZATION_ID)]
LayoutTemplate = Annotated[str, _checked(template_checks.layout), _text()]
StateKey = Annotated[str, _checked(template_checks.state_key), _text()]
StatePath = Annotated[str, _checked(template_checks.state_template), _text()]
Workspace = Annotated[str, _checked(template_checks.workspace), _text()]

Sources = Annotated[list[_Source], Field(min_length=1)]
DetailTypes = Annotated[list[_DetailType], Field(min_length=1)]
Regions = Annotated[
    Annotated[_RegionOrAll, Tag("<text>")] | Annotated[list[_RegionOrAll], Field(min_length=1), Tag("<list>")],
    Discriminator(written_as),
]
Roles = Annotated[
    Annotated[Role, Tag("<text>")] | Annotated[list[Role], Tag("<list>")],
    Discriminator(written_as),
]
Tags = Annotated[
    Annotated[dict[_TagKey, _TagValue], Tag("<mapping>")] | Annotated[list[_TagText], Tag("<list>")],
    Discriminator(written_as),
]
