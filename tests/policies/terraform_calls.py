"""The calls that Terraform made in a run on the emulator with tests/recorded_calls.py: terraform_calls.txt.

That run had neither a boundary nor results of queries: their conditions and lines were added by hand. The lines of
`plan` are the reads among those of `deploy`.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, BUCKET
from tests.recorded_calls import Call

Calls = tuple[tuple[str, Call], ...]

_FILE = Path(__file__).with_suffix(".txt")
_IAM = f"arn:aws:iam::{ACCOUNT_ID}:"
_QUEUE = "orgtrail-iam-events-dlq"
_DATABASE = f"{ARCHIVE_ACCOUNT_ID}:database/orgtrail"
_BOUNDED = (("iam:PermissionsBoundary", f"{_IAM}policy/orgtrail-boundary"),)
STATES_KEY = f"arn:aws:kms:us-east-1:{ARCHIVE_ACCOUNT_ID}:key/22222222-2222-3333-4444-555555555555"

# What the roles may do though no recorded run asked for it, by the reason.
NOT_RECORDED: Mapping[str, Calls] = {
    "a boundary that roles get after they were made": tuple(
        ("deploy", Call(ACCOUNT_ID, "iam:PutRolePermissionsBoundary", f"{_IAM}role/{name}", _BOUNDED))
        for name in ("orgtrail-eventbridge", "orgtrail-firehose")
    ),
    "attributes that only a release changes": (
        ("deploy", Call(ACCOUNT_ID, "sqs:SetQueueAttributes", f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{_QUEUE}")),
        ("deploy", Call(ARCHIVE_ACCOUNT_ID, "glue:UpdateDatabase", f"arn:aws:glue:us-east-1:{_DATABASE}")),
    ),
    "AWS provider 6, with which nothing was recorded": tuple(
        (who, Call(ARCHIVE_ACCOUNT_ID, f"s3:{action}", f"arn:aws:s3:::{bucket}"))
        for bucket in (BUCKET, f"{BUCKET}-results")
        for who, action in (
            ("plan", "ListTagsForResource"),
            ("deploy", "ListTagsForResource"),
            ("deploy", "TagResource"),
            ("deploy", "UntagResource"),
        )
    ),
    "states with a key, which the recorded ones don't have": tuple(
        (who, Call(ARCHIVE_ACCOUNT_ID, f"kms:{action}", STATES_KEY))
        for who, action in (("plan", "Decrypt"), ("deploy", "Decrypt"), ("deploy", "GenerateDataKey"))
    ),
}


@cache
def calls_in_file() -> Calls:
    """Who called, `deploy` or `plan`, and the call."""
    return tuple(_read(line) for line in _FILE.read_text(encoding="utf-8").splitlines())


@cache
def every_call() -> Calls:
    """What was recorded and what wasn't, each call once."""
    return tuple(dict.fromkeys([*calls_in_file(), *(one for calls in NOT_RECORDED.values() for one in calls)]))


def _read(line: str) -> tuple[str, Call]:
    who, account_id, action, resource, *pairs = line.split()
    context = tuple((key, value) for key, _, value in (pair.partition("=") for pair in pairs))
    return who, Call(account_id, action, resource, context)


def written(calls: Iterable[tuple[str, Call]]) -> list[str]:
    """The lines of the file that has these calls, each once."""
    return sorted(
        " ".join([who, call.account_id, call.action, call.resource, *(f"{key}={value}" for key, value in call.context)])
        for who, call in set(calls)
    )
