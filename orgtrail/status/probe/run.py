"""Probes of many pipelines: all calls first, then rounds of looks into the archive, between which no worker waits."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from orgtrail import names
from orgtrail.aws import AWS_ERRORS, ManyAccounts
from orgtrail.concurrency.at_work import AtWork
from orgtrail.concurrency.pool import Pool
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.folders import Folders
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import NotKnown, Objects
from orgtrail.selection.pipelines import Pipeline
from orgtrail.settings import Archive
from orgtrail.status.found import Status
from orgtrail.status.probe.calls import call, new_value
from orgtrail.status.probe.carrier import Carrier, carrier_of
from orgtrail.status.probe.result import Arrived, Call, ProbeResult
from orgtrail.status.probe.search import Search
from orgtrail.words import ago

AT_ONCE = 32
SECONDS = 60.0
EVERY = timedelta(seconds=30)
"""From one look for an event to the next."""

_SHORTEST, _BEFORE_FIREHOSE = timedelta(minutes=15), timedelta(minutes=10)

_MAY_READ = "allow the archive's role s3:GetObject, and kms:Decrypt where the archive has a key"

Seen = Arrived | ProbeResult | str | None
"""What a look has come to: the event, an end without it, why this look failed, or nothing yet."""


@dataclass(eq=False)
class _Awaited:
    """An event that is looked for, since `since` on this machine's clock."""

    pipeline: Pipeline
    carrier: Carrier
    search: Search
    since: float

    @property
    def left(self) -> str:
        """What has stayed behind; empty for nothing."""
        why = self.search.call.left
        return f"the tag {names.PROBE_TAG} stayed on {self.carrier.what}: {why}" if why else ""


@dataclass
class Probing:
    """A run of probes: `choose`, `call_all`, `follow`. `results` are by account id and region.

    `timeout` None: each event is awaited for as long as its pipeline buffers and ten minutes, at least fifteen.
    `wait` waits for some seconds, `clock` counts them; `awaited_now` names what is looked for.
    """

    archive: Archive
    listing: Listing
    objects: Objects
    timeout: timedelta | None = None
    wait: Callable[[float], object] = field(default_factory=lambda: threading.Event().wait)
    clock: Callable[[], float] = time.monotonic
    awaited_now: AtWork = field(default_factory=AtWork)
    results: dict[tuple[str, str], ProbeResult] = field(default_factory=dict)
    _awaited: list[_Awaited] = field(default_factory=list)

    @property
    def awaited(self) -> int:
        """How many events are looked for."""
        return len(self._awaited)

    def choose(self, status: Status) -> list[tuple[Pipeline, Carrier]]:
        """What is to be called, of what was looked at; why the rest isn't is among the results."""
        chosen = list(self._chosen(status))
        refused = self._refused_reading(status) if chosen else None
        if refused is None:
            return chosen
        # Nothing is written where it couldn't be seen to arrive.
        for pipeline, _carrier in chosen:
            self.results[pipeline.place] = refused
        return []

    def _chosen(self, status: Status) -> Iterator[tuple[Pipeline, Carrier]]:
        for found in status.found:
            pipeline = found.pipeline
            carrier = carrier_of(pipeline.account, pipeline.region)
            if isinstance(carrier, str):
                self.results[pipeline.place] = ProbeResult("unprobed", carrier)
            elif found.verdict.word == "not known":
                self.results[pipeline.place] = ProbeResult("not known", found.verdict.why)
            else:
                yield pipeline, carrier

    def _refused_reading(self, status: Status) -> ProbeResult | None:
        """That the archive's objects can't be read, as far as one of them can tell."""
        newest = next((found.arrivals.newest for found in status.found if found.arrivals.newest), None)
        try:
            if newest:
                self.objects.try_to_read(newest.key)
        except AWS_ERRORS as error:
            return _unreadable(error) if _is_denied(error) else None
        return None

    def call_all(
        self,
        chosen: Sequence[tuple[Pipeline, Carrier]],
        pool: Pool,
        on_call: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Make the calls. Ctrl-C lets those that are under way remove their tags, and starts no others.

        `say` is told at once what couldn't be removed.
        """
        many, value = ManyAccounts(), new_value()

        def make(chosen: tuple[Pipeline, Carrier]) -> None:
            pipeline, carrier = chosen
            since = self.clock()
            made = call(many, pipeline.account, pipeline.region, carrier, value)
            if isinstance(made, Call):
                folders = [Folders(layout, *pipeline.place) for layout in dict.fromkeys(self.archive.delivery_layouts)]
                search = Search(self.listing, self.objects, folders, carrier.call, made)
                self._awaited.append(one := _Awaited(pipeline, carrier, search, since))
                if one.left:
                    say(f"{pipeline}: {one.left}")
            else:
                self.results[pipeline.place] = made

        pool.map(make, chosen, at_once=AT_ONCE, on_result=lambda _none: on_call(), name=lambda one: str(one[0]))

    def follow(self, questions: Questions, on_end: Callable[[], None] = lambda: None) -> None:
        """Look for the events, round after round, until each has come or its time is over."""
        with ExitStack() as everything:
            naming = {one: everything.enter_context(ExitStack()) for one in self._awaited}
            for one, names_it in naming.items():
                names_it.enter_context(self.awaited_now.on(str(one.pipeline)))
            while self._awaited:
                for one in self._round(questions):
                    naming[one].close()
                    on_end()
                if self._awaited:
                    self.wait(min(EVERY, self.timeout or EVERY).total_seconds())

    def _round(self, questions: Questions) -> list[_Awaited]:
        """Look for each event once; those that aren't awaited any longer."""
        started, now = self.clock(), datetime.now(UTC) + timedelta(seconds=self.listing.clock_is_off)
        seen: list[tuple[_Awaited, Seen]] = questions.ask(
            lambda one: (one, _looked(one.search, now)), self._awaited, late=lambda one, why: (one, why)
        )
        ended = {one: result for one, look in seen if (result := self._result(one, look, started))}
        self.results |= {one.pipeline.place: result for one, result in ended.items()}
        self._awaited = [one for one in self._awaited if one not in ended]
        return list(ended)

    def _result(self, one: _Awaited, seen: Seen, started: float) -> ProbeResult | None:
        """What has come of it, if it is over."""
        made, left = one.search.call, one.left
        if isinstance(seen, Arrived):
            after = timedelta(seconds=self.clock() - one.since)
            return ProbeResult("arrived", left, call=made, arrived=seen, found_after=after)
        if isinstance(seen, ProbeResult):
            return seen.of(made, left)
        limit = self.timeout or _limit(one.pipeline)
        if started - one.since < limit.total_seconds():
            return None
        if seen:
            return ProbeResult("not known", f"not known, because {seen}").of(made, left)
        return _in_vain(one.pipeline, limit, ended_early=limit < _limit(one.pipeline)).of(made, left)


def _limit(pipeline: Pipeline) -> timedelta:
    buffered = timedelta(seconds=pipeline.account.buffering.interval_seconds)
    return max(_SHORTEST, buffered + _BEFORE_FIREHOSE)


def _looked(search: Search, now: datetime) -> Seen:
    try:
        return search.look(now)
    except (*AWS_ERRORS, NotKnown) as error:
        # Waiting makes nobody's permission better; of other errors, the last look counts.
        return _unreadable(error) if _is_denied(error) else str(error)


def _is_denied(error: Exception) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in ("AccessDenied", "403")


def _unreadable(error: Exception) -> ProbeResult:
    return ProbeResult("not known", f"not known, because the archive can't be read: {error}", _MAY_READ)


def _in_vain(pipeline: Pipeline, timeout: timedelta, *, ended_early: bool) -> ProbeResult:
    name = pipeline.account.name
    return ProbeResult(
        "not arrived",
        f"nothing came within {ago(timeout)}: no trail logs it, or the rule, a role or the stream lost it",
        f"bin/orgtrail preflight {name}, then bin/orgtrail status {name} --deep",
        ended_early=ended_early,
    )
