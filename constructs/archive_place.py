"""Where the archive is, as its first deploy found it."""

from constructs.bindings import (
    DataResource,
    Postcondition,
    TerraformResource,
    TerraformResourceLifecycle,
    TerraformStack,
)
from constructs.terraform_text import escape_template
from orgtrail.settings import Archive

_WAY = "docs/archive.md says how to begin another archive and keep this one."


def pin_place(stack: TerraformStack, archive: Archive, bucket: TerraformResource) -> None:
    """Refuse plans that would have the archive in another region or account than the one it was made in.

    Terraform would look for it there, not find it, forget it and its key, and make others. What is written here when
    the archive is made never changes afterwards, and is compared with the settings in every plan.
    """
    place = {"account_id": archive.account_id, "region": archive.region}
    conditions = [
        Postcondition(
            condition=f'${{self.input.{key} == "{value}"}}',
            error_message=f"archive.{key} can't change to {escape_template(value)}: s3://{archive.bucket} was made in "
            f"${{self.input.{key}}}, and would be left behind with all its events. {_WAY}",
        )
        for key, value in place.items()
    ]
    pinned = DataResource(
        stack,
        "place",
        input=place,
        # A bucket that was never created, because its name is taken, may still be created elsewhere.
        depends_on=[bucket],
        lifecycle=TerraformResourceLifecycle(ignore_changes=["input"], postcondition=conditions),
    )
    pinned.override_logical_id("place")
