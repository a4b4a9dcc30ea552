"""What a security scanner finds on a resource and Orgtrail leaves as it is: noted beside the resource."""

from collections.abc import Mapping

from constructs.bindings import TerraformResource


def skip_checks(resource: TerraformResource, findings: Mapping[str, str]) -> None:
    """Note findings of checkov on a resource: the id of each check, and why what it asks for isn't done.

    They become a comment of the resource in cdk.tf.json, which Terraform skips and `make scan` reads. Checkov itself
    reads such notes from CloudFormation's metadata alone, whose form this is:
    https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
    """
    if findings:
        skip = [{"id": check, "comment": reason} for check, reason in findings.items()]
        # One call for all of them: each goes to Node and back.
        resource.add_override("//.checkov.skip", skip)
