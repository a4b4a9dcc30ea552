"""The calls of probes: each puts a tag and removes it again, whatever happens in between."""

from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from botocore.exceptions import ClientError

from orgtrail import names
from orgtrail.aws import AWS_ERRORS, ManyAccounts
from orgtrail.contents.listing import date_of
from orgtrail.settings import Account
from orgtrail.status.probe.carrier import Carrier, arn_of
from orgtrail.status.probe.result import Call, ProbeResult

_ABSENT = frozenset({"NoSuchEntity", "ResourceNotFoundException"})
_TOO_MANY_TAGS = frozenset({"LimitExceeded", "LimitExceededException", "TooManyTagsException"})


def new_value() -> str:
    """What the tags of one run hold: when it began, for people, and what no other run has."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {token_hex(8)}"


def call(many: ManyAccounts, account: Account, region: str, carrier: Carrier, value: str) -> Call | ProbeResult:
    """Make the call in an account; a result says why it couldn't be made."""
    arn = arn_of(carrier, account.account_id, region)
    try:
        client = many.session(account, region).client(carrier.service, region)
        return tagged(client, carrier, arn, value)
    except AWS_ERRORS as error:
        return _refused(error, account, carrier)


def tagged(client: Any, carrier: Carrier, arn: str, value: str) -> Call:
    """Put the tag and remove it. Raises botocore's errors where it can't be put."""
    try:
        answer = carrier.put(client, arn, value)
    except BaseException as error:
        # It may be there though no answer came, or be what an earlier probe has left.
        left = _attempt(lambda: carrier.remove(client, arn))
        if left and not isinstance(error, ClientError):
            error.add_note(f"the tag {names.PROBE_TAG} may have stayed: {left}")
        raise
    left = _attempt(lambda: carrier.remove(client, arn))
    metadata = answer.get("ResponseMetadata", {})
    return Call(value, date_of(answer) or datetime.now(UTC), metadata.get("RequestId"), left)


def _attempt(remove: Callable[[], Any]) -> str | None:
    try:
        remove()
    except AWS_ERRORS as error:
        return str(error)
    return None


def _refused(error: Exception, account: Account, carrier: Carrier) -> ProbeResult:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if code in _ABSENT:
        return ProbeResult(
            "not arrived",
            f"{carrier.what} isn't there: nothing is deployed",
            f"bin/orgtrail deploy {account.name}",
        )
    if code in _TOO_MANY_TAGS:
        why = f"{carrier.what} has as many tags as AWS allows, so there is no room for {names.PROBE_TAG}"
        return ProbeResult("not known", f"not known, because {why}")
    why = f"not known, because {carrier.call} on {carrier.what} was refused: {error}"
    return ProbeResult("not known", "; ".join([why, *getattr(error, "__notes__", ())]))
