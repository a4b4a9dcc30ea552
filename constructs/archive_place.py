"""Where the archive, or the bucket of the trail, is: as its first deploy found it."""

from collections.abc import Mapping

from constructs.bindings import (
    DataResource,
    Postcondition,
    TerraformResource,
    TerraformResourceLifecycle,
    TerraformStack,
)
from constructs.terraform_text import escape_template

_WAY = "docs/archive.md says how to begin another archive and keep this one."


def pin_place(
    stack: TerraformStack, section: str, what: str, place: Mapping[str, str], bucket: TerraformResource
) -> DataResource:
    """Refuse plans that would have a bucket in another region or account than the one it was made in.

    Terraform would look for it there, not find it, forget it and its key, and make others. What is written here when
    the bucket is made never changes afterwards, and is compared with the settings in every plan. `section` has the
    keys of `place`, `what` is the bucket in words.
    """
    conditions = [
        Postcondition(
            condition=f'${{self.input.{key} == "{value}"}}',
            error_message=f"{section}.{key} can't change to {escape_template(value)}: {what} was made in "
            f"${{self.input.{key}}}, and would be left behind with all its events. {_WAY}",
        )
        for key, value in place.items()
    ]
    pinned = DataResource(
        stack,
        "place",
        input=dict(place),
        # A bucket that was never created, because its name is taken, may still be created elsewhere.
        depends_on=[bucket],
        lifecycle=TerraformResourceLifecycle(ignore_changes=["input"], postcondition=conditions),
    )
    pinned.override_logical_id("place")
    return pinned
