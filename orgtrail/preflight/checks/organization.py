"""The account is in the organization that the archive's policy lets in."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import AccountScope

_NONE = "AWSOrganizationsNotInUseException"
_MEND = (
    "Write into organization.id what `aws organizations describe-organization` tells in the account, or take the "
    "account out of the file"
)


def _look(scope: AccountScope) -> Iterator[Fault]:
    wanted = scope.settings.organization_id
    # Without an id the policy lists the accounts; and the archive's own account needs no policy of the bucket.
    if wanted is None or scope.account.account_id == scope.settings.archive.account_id:
        return
    try:
        found = scope.session.client("organizations", scope.home).describe_organization()["Organization"]["Id"]
    except ClientError as error:
        if error.response["Error"]["Code"] != _NONE:
            raise
        yield Fault(f"the account is in no organization, and organization.id names {wanted}", _MEND)
        return
    if found != wanted:
        yield Fault(f"the account is in organization {found}, not in {wanted}, which organization.id names", _MEND)


ORGANIZATION = Check(
    id="organization",
    severity=Severity.ERROR,
    asks="The account is in the organization that `organization.id` names. Not asked where the file names none.",
    silences="The policies of the archive's bucket and key let in the accounts of that organization alone: Firehose's "
    "deliveries are refused, and after 24 hours it drops what it holds.",
    permissions=(Permission("organizations:DescribeOrganization", "to see which organization the account is in"),),
    look=_look,
)
