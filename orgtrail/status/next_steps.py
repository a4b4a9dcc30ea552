"""What somebody does about a status: which command looks deeper, or which page says what to do."""

import shlex
from collections.abc import Iterable, Iterator

from orgtrail.status.finding import NOT_DEPLOYED
from orgtrail.status.found import Found, Status

_NAMED = 3  # accounts of a command; it is an example to whoever has more


def next_steps(status: Status) -> Iterator[str]:
    """A sentence for each thing to do, those that find the cause first."""
    trouble = [one for one in status.found if one.verdict.is_trouble]
    if absent := _accounts(one for one in trouble if NOT_DEPLOYED in one.findings):
        yield f"Deploy what isn't there: bin/orgtrail deploy {absent}"
    present = [one for one in trouble if NOT_DEPLOYED not in one.findings]
    broken = [one for one in present if one.verdict.word == "failing"]
    quiet = [one for one in present if one.verdict.word in ("never", "silent")]
    outdated = [one for one in present if one.verdict.word == "outdated"]
    if lost := [one for one in present if one.is_probe_missing]:
        yield f"Does a trail log what was probed? bin/orgtrail preflight {_accounts(lost)}"
    if not status.is_deep and (broken or quiet):
        yield f"Why? Ask the accounts: bin/orgtrail status {_accounts([*broken, *quiet])} --deep"
    if status.is_deep and quiet:
        yield f"What lies before a pipeline, such as the trail: bin/orgtrail preflight {_accounts(quiet)}"
        if unprobed := _accounts(one for one in quiet if one.probe is None):
            yield f"Whether events would arrive, by a harmless one: bin/orgtrail status {unprobed} --probe"
    if diff := [*(broken if status.is_deep else []), *outdated]:
        yield f"What a deploy would set right: bin/orgtrail diff {_accounts(diff)}"
    # As after an update of Orgtrail that makes another stack.
    if (many := len({one.pipeline.account.account_id for one in outdated})) > _NAMED:
        yield f"Deploy all {many:,} outdated accounts: bin/orgtrail deploy"
    if earlier := _accounts(one for one in lost if one.probe is None):
        yield f"Once that is mended, probe again: bin/orgtrail status {earlier} --probe"
    if broken or quiet:
        yield "What to do about it, cause by cause: docs/nothing-arrives.md"
    if any(finding.kind == "warning" for one in trouble for finding in one.findings):
        yield "What is near a limit, before it fails: docs/alarms.md#near-limits"
    if not status.is_whole or any(one.verdict.word == "not known" for one in trouble):
        yield "What the credentials need: docs/permissions.md#who-looks-at-the-archive"


def _accounts(found: Iterable[Found]) -> str:
    """The names of the first accounts, as a command takes them."""
    names = dict.fromkeys(one.pipeline.account.name for one in found)
    return shlex.join([*names][:_NAMED])
