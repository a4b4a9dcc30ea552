"""Which stacks a command is about: selectors in, stacks out. The same for every command."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from orgtrail.errors import UserError
from orgtrail.selection.shards import split
from orgtrail.selection.stack import Stack, stacks_of, trail_stack
from orgtrail.selectors import BadSelector, Selector, parse, problems
from orgtrail.settings import Account, Diagnostic, Settings, Wave
from orgtrail.words import suggestion

__all__ = ["Selection", "SelectionError", "problems", "select", "shard", "wave_findings"]

ReasonsSince = Callable[[str], Mapping[str, Sequence[str]]]
"""Which stacks are affected since a revision, by name, and why. Raises SelectionError."""


class SelectionError(UserError):
    """Selectors that can't be used; `str()` is the whole report, a line for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Selection:
    """The stacks to work on, in the order of `stacks_of`.

    `skipped` were selected but are suspended or closed; `reasons` has, by stack name, what selected each stack.
    """

    stacks: tuple[Stack, ...]
    skipped: tuple[Account, ...] = ()
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stacks."""
        return tuple(stack.name for stack in self.stacks)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts of the stacks."""
        return tuple(stack.account for stack in self.stacks if stack.account)

    @property
    def all_accounts(self) -> tuple[Account, ...]:
        """Every account that was selected, those that are skipped at the end."""
        return (*self.accounts, *self.skipped)


def select(
    settings: Settings,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    reasons_since: ReasonsSince | None = None,
) -> Selection:
    """The stacks that any of `include` matches (none given: all) and none of `exclude` does.

    Raises SelectionError, with everything that is wrong at once: a selector that is none, or that matches nothing.
    """
    found: list[str | _Miss] = []
    selectors = [*_parsed(include, False, found), *_parsed(exclude, True, found)]
    index = _Index(settings, reasons_since, found)
    matched = [(selector, index.matches(selector)) for selector in selectors]
    if found:
        raise SelectionError(dict.fromkeys(map(str, found)))
    positive = [(selector, stacks) for selector, stacks in matched if not selector.excludes]
    excluded = {name for selector, stacks in matched if selector.excludes for name in stacks}
    reasons: dict[str, tuple[str, ...]] = {}
    for selector, stacks in positive:
        for name, why in stacks.items():
            reasons[name] = (*reasons.get(name, ()), *(why or (selector.text,)))

    def is_chosen(name: str) -> bool:
        # Without a selector that includes, everything is chosen: `include` may be empty, or hold exclusions alone.
        return (name in reasons or not positive) and name not in excluded

    return Selection(
        tuple(stack for stack in stacks_of(settings) if is_chosen(stack.name)),
        tuple(account for account in settings.skipped if is_chosen(account.name)),
        MappingProxyType({name: why for name, why in reasons.items() if is_chosen(name)}),
    )


def wave_findings(settings: Settings) -> Iterator[Diagnostic]:
    """What is wrong with the waves of a file: selectors that match nothing, and waves without an active account."""
    for number, wave in enumerate(settings.rollout.waves):
        key = ("rollout", "waves", number, "accounts")
        wrong = [finding for place in range(len(wave.selectors)) for finding in _misses(settings, wave, (*key, place))]
        yield from wrong
        if wave.selectors and not wrong:
            selection = select(settings, wave.selectors, reasons_since=_anything(settings))
            skipped = ", ".join(f"{one.name} is {one.status}" for one in selection.skipped)
            if all(stack.account is None for stack in selection.stacks):
                yield Diagnostic(f"select no account that is rolled out{': ' if skipped else ''}{skipped}", key=key)


def _misses(settings: Settings, wave: Wave, key: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    found: list[str | _Miss] = []
    index = _Index(settings, _anything(settings), found)
    for selector in _parsed([wave.selectors[int(key[-1])]], False, found):
        index.matches(selector)
    for problem in found:
        if isinstance(problem, _Miss):
            yield Diagnostic(problem.what, suggestion=problem.meant, key=key)
        else:
            yield Diagnostic(problem.removeprefix(repr(wave.selectors[int(key[-1])])).lstrip(": "), key=key)


def _anything(settings: Settings) -> ReasonsSince:
    """For `affected:REVISION` where no revision is looked at: any account may be."""
    return lambda _revision: {account.name: () for account in settings.accounts}


class _Miss(NamedTuple):
    """A selector that matches nothing, and the one that was probably meant."""

    selector: str
    what: str
    meant: str | None

    def __str__(self) -> str:
        return f"{self.selector!r}: {self.what}" + (f"; did you mean {self.meant}?" if self.meant else "")


def shard(selection: Selection, text: str) -> Selection:
    """The part `I` of `N` of a selection, from `I/N`; together, the parts make up the selection.

    See `shards.split` for which stacks are in which shard. Raises SelectionError unless 1 <= I <= N.
    """
    number, slash, total = text.partition("/")
    if not (slash and number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total)):
        raise SelectionError([f"{text!r} is no shard; it is written I/N, from 1/N to N/N, such as 2/8"])
    names = {stack.name for stack in split(selection.stacks, int(total))[int(number) - 1]}
    return replace(
        selection,
        stacks=tuple(stack for stack in selection.stacks if stack.name in names),
        reasons=MappingProxyType({name: why for name, why in selection.reasons.items() if name in names}),
    )


def _parsed(texts: Iterable[str], excludes: bool, found: list[str | _Miss]) -> Iterator[Selector]:
    for text in texts:
        try:
            yield parse(text, excludes=excludes)
        except BadSelector as error:
            found.append(str(error))


class _Index:
    """What selectors match in one organization; `found` collects what is wrong with them."""

    def __init__(self, settings: Settings, reasons_since: ReasonsSince | None, found: list[str | _Miss]) -> None:
        self._accounts = settings.accounts
        self._trail = trail_stack(settings)
        self._waves = {wave.name: wave.selectors for wave in settings.rollout.waves}
        self._reasons_since = reasons_since
        self._found = found
        self._entered: list[str] = []

    def matches(self, selector: Selector) -> Mapping[str, Sequence[str]]:
        """The stacks that a selector matches, by name, with reasons where it knows more than that it matched."""
        if selector.is_archive or (self._trail and selector.is_called(self._trail.name)):
            return {selector.value: ()}
        match selector.kind:
            case "wave":
                return self._in_wave(selector)
            case "affected":
                return self._affected(selector)
            case "tag":
                return self._tagged(selector)
            case "region":
                return self._in_region(selector)
            case "name":
                return self._named(selector)

    def _named(self, selector: Selector) -> Mapping[str, Sequence[str]]:
        stacks = [one.name for one in self._accounts if selector.fits(one.name) or selector.value == one.account_id]
        if not stacks:
            known = [word for account in self._accounts for word in (account.name, account.account_id)]
            what = "matches no account's name" if selector.is_glob else "is no account's name or id"
            self._nothing(selector, what, known)
        return dict.fromkeys(stacks, ())

    def _in_region(self, selector: Selector) -> Mapping[str, Sequence[str]]:
        stacks = [one.name for one in self._accounts if any(selector.fits(region) for region in one.regions)]
        if not stacks:
            known = [f"region:{region}" for account in self._accounts for region in account.regions]
            self._nothing(selector, "no account has a pipeline there", known)
        return dict.fromkeys(stacks, ())

    def _tagged(self, selector: Selector) -> Mapping[str, Sequence[str]]:
        key = selector.key
        stacks = [one.name for one in self._accounts if key in one.tags and selector.fits(one.tags[key])]
        if not stacks:
            known = [f"tag:{name}={value}" for account in self._accounts for name, value in account.tags.items()]
            self._nothing(selector, "no account has this tag", known)
        return dict.fromkeys(stacks, ())

    def _in_wave(self, selector: Selector) -> Mapping[str, Sequence[str]]:
        texts = self._waves.get(selector.value)
        if texts is None:
            self._nothing(selector, "no such wave in rollout.waves", [f"wave:{name}" for name in self._waves])
            return {}
        if selector.value in self._entered:
            self._found.append(f"{selector.text!r}: the wave contains itself")
            return {}
        found, self._found = self._found, []
        self._entered.append(selector.value)
        members = [(inner, self.matches(inner)) for inner in _parsed(texts, False, self._found)]
        self._entered.pop()
        found.extend(f"{selector.text!r}: {problem}" for problem in self._found)
        self._found = found
        excluded = {name for inner, stacks in members if inner.excludes for name in stacks}
        included = [name for inner, stacks in members if not inner.excludes for name in stacks]
        if all(inner.excludes for inner, _stacks in members):
            included = [account.name for account in self._accounts]
        return {name: () for name in included if name not in excluded}

    def _affected(self, selector: Selector) -> Mapping[str, Sequence[str]]:
        if self._reasons_since is None:
            self._found.append(f"{selector.text!r}: affected accounts aren't known here")
            return {}
        try:
            # An empty result is valid here.
            return self._reasons_since(selector.value)
        except SelectionError as error:
            self._found.extend(f"{selector.text!r}: {problem}" for problem in error.problems)
            return {}

    def _nothing(self, selector: Selector, what: str, known: Iterable[str]) -> None:
        wanted = selector.text.removeprefix("!")
        meant = suggestion(wanted, tuple(dict.fromkeys(known)))
        self._found.append(_Miss(selector.text, what, meant))
