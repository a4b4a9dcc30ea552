"""The account's role can be assumed, and leads to the account."""

from collections.abc import Iterator

from botocore.exceptions import ClientError, NoCredentialsError, ProfileNotFound, SSOTokenLoadError, TokenRetrievalError

from orgtrail.aws import WrongAccount
from orgtrail.preflight.denial import Denial
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import AccountScope

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")


def _look(scope: AccountScope) -> Iterator[Fault]:
    try:
        scope.session.client("sts")
    except WrongAccount as error:
        yield Fault(str(error), "Name the account's own role, or other credentials")
    except (NoCredentialsError, ProfileNotFound, SSOTokenLoadError, TokenRetrievalError) as error:
        yield Fault(f"there are no credentials to start with: {error}", "Log in, or name a profile that exists")
    except ClientError as error:
        denial = Denial.of(error)
        if error.response["Error"]["Code"] in _EXPIRED:
            yield Fault(f"the credentials to start with have expired: {denial.text}", "Log in again")
        elif not denial.is_denial:
            raise
        else:
            yield _refused(scope, denial)


def _refused(scope: AccountScope, denial: Denial) -> Fault:
    role = " → ".join(scope.account.roles) or "the caller"
    if denial.by_organization:
        told = f"{role} can't be assumed: a {denial.kind} policy of the organization denies it ({denial.text})"
        return Fault(told, denial.mend("sts:AssumeRole"))
    mend = "See that the role exists, trusts your credentials, and gets the external id that it asks for"
    return Fault(f"{role} can't be assumed ({denial.text})", mend)


ROLE = Check(
    id="role",
    severity=Severity.ERROR,
    asks="The account's role can be assumed, and leads to the account of the entry.",
    silences="Nothing can be deployed, and nothing below can be looked at.",
    permissions=(Permission("sts:AssumeRole", "to enter the account, from the credentials that you start with"),),
    look=_look,
)
