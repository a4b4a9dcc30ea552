"""Layouts and keys of the archive: what they may be, and what holds while one is changed and after."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field, GetPydanticSchema, WithJsonSchema
from pydantic_core import core_schema

from orgtrail.layout import DEFAULT_LAYOUT, PLACEHOLDERS, Layout
from orgtrail.settings.diagnostics import Diagnostic, Key, key_text
from orgtrail.settings.section import Part, StrictModel
from orgtrail.settings.values import (
    AccountId,
    ListOf,
    Region,
    checked,
    syntax_problems,
    text_schema,
    unknown_placeholders,
)
from orgtrail.words import suggestion

MANAGED_KEY: Final = "managed"
NO_KEY: Final = "none"

_KMS_KEY = r"^(managed|arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)$"
# A plain id, or that of a multi-Region key:
# https://docs.aws.amazon.com/kms/latest/developerguide/concepts-intro.html#key-id-key-id
_KEY_ID = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY_ARN = "arn:<partition>:kms:<region>:<account id>:key/<key id>"


def _check_layout(value: str) -> list[Diagnostic]:
    if found := syntax_problems(value) or unknown_placeholders(value, PLACEHOLDERS):
        return found
    return [Diagnostic(f"can't be a layout: {sentence}") for sentence in Layout.problems(value)]


def _check_kms_key(value: str) -> list[Diagnostic]:
    """`managed`, or the ARN of a KMS key: nothing that another account could take for a key of its own.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
    """
    if value == MANAGED_KEY:
        return []
    own_arn = f"the key's own ARN, {_KEY_ARN}"
    resource = value.split(":", 5)[5] if value.startswith("arn:") and value.count(":") >= 5 else value
    if resource.startswith("alias/"):
        problem = "is an alias: S3 would look it up in the account that writes, not in the archive's"
        return [Diagnostic(problem, own_arn)]
    if _KEY_ID.fullmatch(value):
        return [Diagnostic("is a bare key id: S3 would look it up in the account that writes", own_arn)]
    if not re.fullmatch(_KMS_KEY, value) or not _KEY_ID.fullmatch(resource.removeprefix("key/")):
        meant = suggestion(value, (MANAGED_KEY,))
        return [Diagnostic("is not the ARN of a KMS key", f"{MANAGED_KEY}, or {_KEY_ARN}", meant)]
    return []


def _check_former_key(value: str) -> list[Diagnostic]:
    """The same, or `none` for S3's own encryption."""
    return [] if value == NO_KEY else _check_kms_key(value)


def _layout_of(value: Any, text: Callable[[Any], str]) -> Layout:
    return value if isinstance(value, Layout) else Layout(text(value))


# Written as text, kept as a layout.
LayoutValue = Annotated[
    Layout,
    GetPydanticSchema(
        lambda _layout, schema_of: core_schema.no_info_wrap_validator_function(
            _layout_of, schema_of(Annotated[str, Field(strict=True), checked(_check_layout)])
        )
    ),
    WithJsonSchema({"type": "string"}),
]
KmsKey = Annotated[str, checked(_check_kms_key), text_schema(pattern=_KMS_KEY)]
_FormerKey = Annotated[
    str, checked(_check_former_key), text_schema(pattern=_KMS_KEY.replace("managed", "managed|none"))
]


class Former(StrictModel):
    """What the archive holds events of and `accounts.yaml` doesn't name any more. Add to it, take nothing from it."""

    accounts: ListOf[AccountId] = Field(
        default=(), description="Ids of accounts whose entries were removed; the tables go on listing them"
    )
    regions: ListOf[Region] = Field(
        default=(), description="Regions in which no account has a pipeline any more; the tables go on listing them"
    )
    layouts: ListOf[LayoutValue] = Field(
        default=(), description="Layouts in which events were written before; each keeps a table of its own"
    )
    kms_key: Literal["managed"] | None = Field(
        default=None, description="`managed` keeps the key that Orgtrail made, while `kms_key` names another or none"
    )


class MovingFrom(StrictModel):
    """The layout or the key that deliveries still use, while `layout` or `kms_key` is what they move to."""

    layout: LayoutValue | None = Field(
        default=None, description="Layout that the archive has had until now; not written: it isn't changed"
    )
    kms_key: _FormerKey | None = Field(
        default=None,
        description="`kms_key` that the archive has had until now, or `none` for S3's own encryption; "
        "not written: it isn't changed",
    )


class LayoutAndKey(StrictModel):
    """What deliveries have to keep to."""

    layout: LayoutValue = Field(
        default=Layout(),
        json_schema_extra={"default": DEFAULT_LAYOUT},
        description="Where in the bucket an event lands",
    )
    kms_key: KmsKey | None = Field(
        default=None,
        description="`managed` for a KMS key that Orgtrail makes, or the ARN of a key of yours in the archive's "
        "account and region (that of an `existing` bucket, so that deliveries may use it); "
        "not written: S3's own encryption",
    )
    moving_from: MovingFrom | None = Field(
        default=None,
        description="Layout or key that is being changed: while this is here, deliveries are admitted both ways",
    )
    former: Former | None = Field(
        default=None,
        description="Accounts, regions, layouts and a key of earlier events, which the file no longer mentions; the "
        "tables show them",
    )


def move_goes_somewhere(archive: Part[LayoutAndKey]) -> Iterator[Diagnostic]:
    """What is moved from differs from what is moved to."""
    move, key = archive.entry.moving_from, (*archive.key, "moving_from")
    if move is None or "moving_from" in archive.broken:
        return
    if move.layout is None and move.kms_key is None:
        yield Diagnostic("says nothing", "layout, kms_key or both, as they were until now", key=key)
    before_and_now = {
        "layout": (move.layout, archive.entry.layout),
        "kms_key": (move.kms_key, archive.entry.kms_key or NO_KEY),
    }
    for field, (before, now) in before_and_now.items():
        if before is not None and before == now and field not in archive.broken:
            text, allowed = f"is what archive.{field} is already", "what it was until now, or leave it out"
            yield Diagnostic(text, allowed, key=(*key, field))


def layouts_are_apart(archive: Part[LayoutAndKey]) -> Iterator[Diagnostic]:
    """No folder belongs to two layouts: both tables would read its events, because Athena reads nested folders.

    https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html
    """
    first_of: dict[Layout, Key] = {}
    for key, layout in _layouts(archive):
        first_of.setdefault(layout, key)
    # In this order a folder comes right before those in it.
    around: Layout | None = None
    for layout in sorted(first_of, key=lambda one: one.example):
        if around is None or not layout.example.startswith(around.example):
            around = layout
            continue
        first, second = sorted((first_of[around], first_of[layout]), key=list(first_of.values()).index)
        text = f"has folders in common with {key_text(first)}: Athena would find each event there twice"
        yield Diagnostic(text, "a layout that differs before the day, such as by a leading folder", key=second)


def layouts_leave_room_for_backfill(archive: Part[LayoutAndKey]) -> Iterator[Diagnostic]:
    """No layout is where another has what is backfilled: delivery roles could write there, and both tables read it."""
    layouts = list(_layouts(archive))
    for key, layout in layouts:
        for other_key, other in layouts:
            if layout.template.startswith(other.backfill_root):
                text = f"begins with {other.backfill_root}, where events of {key_text(other_key)} are backfilled"
                yield Diagnostic(text, "another leading folder", key=key)
                break


def _layouts(archive: Part[LayoutAndKey]) -> Iterator[tuple[Key, Layout]]:
    """Every layout of the archive, the present one first."""
    entry, key = archive.entry, archive.key
    if "layout" not in archive.broken:
        yield (*key, "layout"), entry.layout
    if entry.moving_from is not None and entry.moving_from.layout and "moving_from" not in archive.broken:
        yield (*key, "moving_from", "layout"), entry.moving_from.layout
    if entry.former is not None and "former" not in archive.broken:
        for index, layout in enumerate(entry.former.layouts):
            yield (*key, "former", "layouts", index), layout
