"""The archive's existing key, if a plan would create another one."""

from collections.abc import Iterator

from orgtrail.archive.refused_deliveries import Plan
from orgtrail.aws import AWS_ERRORS, AccountSession
from orgtrail.console.command_line import command_line
from orgtrail.names import ARCHIVE_KEY_ALIAS
from orgtrail.rollout.existing_archive import key_behind_alias
from orgtrail.selection.stack import archive_stack
from orgtrail.settings import Settings


def second_key(plan: Plan, settings: Settings) -> Iterator[str]:
    """That a plan would make a managed key while there is one already: its alias is taken.

    The key would be made, and used by the bucket, before the apply fails on the alias.
    """
    keys = [one["change"]["actions"] for one in plan.get("resource_changes", []) if one["type"] == "aws_kms_key"]
    if ["create"] not in keys:
        return
    archive = settings.archive
    try:
        key = key_behind_alias(AccountSession(archive, archive.region), archive.region)
    except AWS_ERRORS as error:
        yield f"Whether there is a managed key already, and a second one would be made, isn't known: {error}"
        return
    if key is None:
        return
    arn = f"arn:{settings.partition}:kms:{archive.region}:{archive.account_id}:key/{key.import_id}"
    take_in = command_line("deploy", archive_stack(settings).name, "--adopt", "--accounts", str(settings.path))
    yield (
        f"{ARCHIVE_KEY_ALIAS} stands for a key already, and Terraform would make a second one."
        + (f" To have Orgtrail manage that key again: {take_in}" if key.is_ours else "")
        + f"\nTo use it without managing it, write into {settings.path}:\narchive:\n  kms_key: {arn}"
    )
