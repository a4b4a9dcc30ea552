"""The diff of many stacks as one comment of a pull request: what is weaker or lost first, what is alike once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from orgtrail import escape
from orgtrail.console.command_line import command_line
from orgtrail.rollout.report import headline
from orgtrail.rollout.results import Result, failed, undone
from orgtrail.terraform.changes import Attribute, Change
from orgtrail.weaker import Weakening, alike

# https://github.com/orgs/community/discussions/41331: a comment's body has at most 65,536 characters. The workflow
# puts a marker and a link around it.
_LIMIT = 65_000
# The share of each part; plain changes get the rest.
_FOR_WEAKER, _FOR_DESTROYED, _FOR_FAILED, _FOR_ONE_BLOCK = 20_000, 10_000, 10_000, 12_000
_LONGEST_COMMAND = 2_000  # half a command is none

_NAMES = 3  # stacks or addresses that a line names
_NAMES_OF_A_BLOCK = 100
_REASONS = 5
_LONGEST = 300  # characters of a text of Terraform

_TRUST, _PERMISSIONS, _RESOURCES, _TAGS = "Who is trusted", "Permissions", "Resources and settings", "Tags"
# A reviewer must look at these first.
_TOPICS: Final = (_TRUST, _PERMISSIONS, _RESOURCES, _TAGS)
_POLICY_TYPES: Final = ("aws_iam_role_policy", "aws_s3_bucket_policy")

Reasons = Mapping[str, Sequence[str]]
"""Why stacks are affected, by their names; those of which it isn't known are missing."""


class _Line(NamedTuple):
    """What changes in one resource, as far as it belongs to one topic; the same for resources that change alike."""

    topic: str
    action: str
    kind: str
    attributes: tuple[Attribute, ...]


def comment(
    results: Sequence[Result],
    repeat: str,
    *,
    weaker: Sequence[Weakening] = (),
    reasons: Reasons | None = None,
    notes: Sequence[str] = (),
) -> str:
    """The comment, within GitHub's limit; what doesn't fit is pointed to.

    `repeat` is the command that does again what failed; it is left out where it would be too long to paste. `notes` are
    lines of Markdown that come first.
    """
    parts = [
        [f"### Orgtrail: {headline(results) if results else 'no stack is affected'}", "", *notes],
        _part("Evidence gets weaker", _weaker(weaker), _FOR_WEAKER),
        _part("Destroyed or replaced", _destroyed(results), _FOR_DESTROYED),
        _part("Failed", _failed(results), _FOR_FAILED),
        [f"Again: {escape.code(repeat)}", ""] if undone(results) and len(repeat) <= _LONGEST_COMMAND else [],
    ]
    lines = [line for part in parts for line in part]
    room = _LIMIT - sum(len(line) + 1 for line in lines)
    return "\n".join([*lines, *_as_many_as_fit(list(_blocks(results, reasons or {})), room)])


def _part(title: str, lines: Iterable[str], room: int) -> list[str]:
    listed = list(lines)
    return [f"**{title}**", "", *_as_many_as_fit(listed, room), ""] if listed else []


def _weaker(weaker: Sequence[Weakening]) -> Iterator[str]:
    lines: dict[tuple[str, ...], list[str]] = {}
    for one, stacks in alike(weaker).items():
        change = f"{_cut(one.before)} → {_cut(one.after)}"
        source = " and ".join(one.known_from)
        text = f"**{escape.markdown(one.what)}**: {change} <sub>{source}</sub>"
        lines.setdefault(tuple(stacks), []).append(text)
    yield from _by_stacks(lines)


def _destroyed(results: Sequence[Result]) -> Iterator[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for change in result.destroys:
            found.setdefault((change.action, change.address), []).append(result.stack)
    lines: dict[tuple[str, ...], list[str]] = {}
    for (action, address), stacks in found.items():
        lines.setdefault(tuple(stacks), []).append(f"{action} {escape.code(address)}")
    yield from _by_stacks(lines)


def _by_stacks(lines: Mapping[tuple[str, ...], Sequence[str]]) -> Iterator[str]:
    """What the same stacks have in common below one line with their names."""
    for stacks, texts in lines.items():
        yield f"- {_stacks(stacks)}"
        yield from (f"  - {text}" for text in texts)


def _failed(results: Sequence[Result]) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for result in failed(results):
        found.setdefault(" ".join((result.error or "").split())[:_LONGEST], []).append(result.stack)
    for error, stacks in found.items():
        yield f"- {_stacks(stacks)}: {escape.markdown(error)}"


def _blocks(results: Sequence[Result], reasons: Reasons) -> Iterator[str]:
    """A block for all stacks that change alike; those with the gravest changes, and of these the most stacks, first."""
    groups: dict[frozenset[tuple[_Line, tuple[str, ...]]], list[Result]] = {}
    for result in results:
        if result.changes:
            groups.setdefault(frozenset(_lines(result.changes).items()), []).append(result)
    ranked = sorted(groups.items(), key=lambda group: (_rank(line for line, _addresses in group[0]), -len(group[1])))
    for content, members in ranked:
        yield _block(dict(sorted(content, key=lambda item: _order(item[0]))), members, reasons)


def _rank(lines: Iterable[_Line]) -> int:
    # An addition doesn't change what is trusted or permitted so far.
    topics = (_RESOURCES if line.action == "create" else line.topic for line in lines)
    return min(map(_TOPICS.index, topics))


def _order(line: _Line) -> tuple[int, str, str]:
    return _TOPICS.index(line.topic), line.kind, line.action


def _lines(changes: Iterable[Change]) -> dict[_Line, tuple[str, ...]]:
    """What changes, with the addresses of the resources that change alike."""
    found: dict[_Line, tuple[str, ...]] = {}
    for change in changes:
        kind = change.address.partition(".")[0]
        by_topic: dict[str, tuple[Attribute, ...]] = {} if change.attributes else {_topic_of_all(kind): ()}
        for attribute in change.attributes:
            topic = _topic(kind, attribute)
            by_topic[topic] = (*by_topic.get(topic, ()), attribute)
        for topic, attributes in by_topic.items():
            # The same tags on resources of all types are one change.
            line = _Line(topic, change.action, "" if topic == _TAGS else kind, attributes)
            found[line] = (*found.get(line, ()), change.address)
    return found


def _topic_of_all(kind: str) -> str:
    return _TRUST if kind == "aws_iam_role" else _PERMISSIONS if kind in _POLICY_TYPES else _RESOURCES


def _topic(kind: str, attribute: Attribute) -> str:
    name = attribute.name.partition(",")[0]
    if name == "tags" or name.startswith("tags."):
        return _TAGS
    if name == "assume_role_policy":
        return _TRUST
    return _PERMISSIONS if name in ("policy", "permissions_boundary") or kind in _POLICY_TYPES else _RESOURCES


def _block(content: Mapping[_Line, tuple[str, ...]], members: Sequence[Result], reasons: Reasons) -> str:
    first = members[0]
    names = [result.stack for result in members]
    topics = ", ".join(topic.lower() for topic in _TOPICS if any(line.topic == topic for line in content))
    who = f"<b>{escape.html(names[0])}</b>" if len(names) == 1 else f"<b>{len(names)} stacks</b> that change alike"
    each = "" if len(names) == 1 else " each"
    head = [
        f"<details><summary>{who}: +{first.added} ~{first.changed} -{first.destroyed}{each} ({topics})</summary>",
        "",
    ]
    if len(names) > 1:
        head += [f"In {_named(names, _NAMES_OF_A_BLOCK)}", ""]
    if why := _why(names, reasons):
        head += [f"Why: {why}", ""]
    body: list[str] = []
    for topic in _TOPICS:
        lines = [text for line, where in content.items() if line.topic == topic for text in _texts(line, where)]
        body += [f"**{topic}**", "", *lines, ""] if lines else []
    room = _FOR_ONE_BLOCK - sum(len(line) + 1 for line in head)
    return "\n".join([*head, *_as_many_as_fit(body, room), "</details>", ""])


def _why(names: Sequence[str], reasons: Reasons) -> str:
    counts = Counter(reason for name in names for reason in reasons.get(name, ()))
    shown = [
        escape.markdown(reason) + (f" ({count})" if count < len(names) else "")
        for reason, count in counts.most_common(_REASONS)
    ]
    return "; ".join([*shown, *([f"and {len(counts) - _REASONS} more"] if len(counts) > _REASONS else [])])


def _texts(line: _Line, addresses: Sequence[str]) -> Iterator[str]:
    number = len(addresses)
    where = escape.code(addresses[0]) if number == 1 else f"{number} resources ({_named(addresses, _NAMES)})"
    if line.topic == _TAGS and len(line.attributes) == 1:
        yield f"- {_attribute(line.attributes[0])} on {where}"
        return
    yield f"- {line.action} {where}"
    yield from (f"  - {_attribute(attribute)}" for attribute in line.attributes)


def _attribute(attribute: Attribute) -> str:
    return f"{escape.code(attribute.name)}: {_cut(attribute.before)} → {_cut(attribute.after)}"


def _stacks(names: Sequence[str]) -> str:
    return escape.code(names[0]) if len(names) == 1 else f"{len(names)} stacks ({_named(names, _NAMES)})"


def _named(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(escape.code, names[:most])) + more


def _cut(text: str) -> str:
    return escape.code(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _as_many_as_fit(blocks: list[str], room: int) -> list[str]:
    """The first blocks, and where the rest is, within so many characters."""
    sizes = [len(block) + 1 for block in blocks]
    if sum(sizes) <= room:
        return blocks
    pointer = (
        f"… and {{}} more of these: {escape.code(command_line('diff', '--json'))}, or the artifact `summary` of CI"
    )
    room -= len(pointer) + 10
    shown = 0
    while sizes[shown] <= room:
        room -= sizes[shown]
        shown += 1
    return [*blocks[:shown], "", pointer.format(len(blocks) - shown), ""]
