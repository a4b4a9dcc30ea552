"""What Terraform must never destroy: the archive's bucket with all that protects it, and its key."""

from constructs import Construct
from constructs.bindings import TerraformResource, TerraformStack

# Terraform destroys what is removed from a stack, because `prevent_destroy` is removed with it. The addresses are
# written out, because a resource whose setting was removed isn't in the stack that must keep it.
KEPT = frozenset(
    {
        "aws_kms_alias.key_alias_9418169B",
        "aws_kms_key.archive",
        "aws_s3_bucket.archive_bucket_B42367AB",
        "aws_s3_bucket.existing",
        "aws_s3_bucket_lifecycle_configuration.archive_lifecycle_3634E18A",
        "aws_s3_bucket_logging.archive_access_logs_2F2BC527",
        "aws_s3_bucket_object_lock_configuration.archive_object_lock_DED6D674",
        "aws_s3_bucket_ownership_controls.archive_ownership_847F6F36",
        "aws_s3_bucket_policy.policy",
        "aws_s3_bucket_public_access_block.archive_public_access_block_689A5C0C",
        "aws_s3_bucket_server_side_encryption_configuration.archive_encryption_86C62789",
        "aws_s3_bucket_versioning.archive_versioning_80F3115D",
        "terraform_data.place",
    }
)


def keep(*parts: Construct) -> None:
    """Make Terraform refuse a plan that would destroy or replace any resource of these constructs."""
    for resource in (one for part in parts for one in part.node.find_all() if isinstance(one, TerraformResource)):
        resource.add_override("lifecycle.prevent_destroy", True)


def keep_evidence(stack: TerraformStack) -> None:
    """Make Terraform refuse a plan that would destroy or replace any of `KEPT`, and forget what was removed.

    Call it when the stack is complete. https://developer.hashicorp.com/terraform/language/block/removed
    """
    resources = [one for one in stack.node.find_all() if isinstance(one, TerraformResource)]
    there = {f"{one.terraform_resource_type}.{one.friendly_unique_id}": one for one in resources}
    for address in KEPT & there.keys():
        there[address].add_override("lifecycle.prevent_destroy", True)
    if gone := sorted(KEPT - there.keys()):
        stack.add_override("removed", [{"from": address, "lifecycle": {"destroy": False}} for address in gone])
