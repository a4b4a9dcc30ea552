"""AWS STS answers the account in the region."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from orgtrail.preflight.denial import Denial
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import PipelineScope

_REFUSING = ("RegionDisabledException", "InvalidClientTokenId", "UnrecognizedClientException")


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    try:
        pipeline.of.session.client("sts", pipeline.region).get_caller_identity()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _REFUSING:
            raise
        told = f"AWS STS in {pipeline.region} refuses the account ({Denial.of(error).text})"
        yield Fault(told, "Activate the region for STS: IAM console, Account settings, Security Token Service")


STS_ENDPOINT = Check(
    id="sts-endpoint",
    severity=Severity.ERROR,
    asks="The endpoint of AWS STS in the region is active for the account.",
    silences="Roles are assumed there to deploy, and by services to deliver.",
    permissions=(Permission("sts:GetCallerIdentity", "which everybody has"),),
    look=_look,
)
