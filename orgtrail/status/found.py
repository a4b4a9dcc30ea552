"""What was found of the pipelines of an organization."""

from dataclasses import dataclass, field
from datetime import datetime

from orgtrail.selection.pipelines import Pipeline
from orgtrail.status.arrivals import Arrivals
from orgtrail.status.finding import WORDS, Finding, Verdict
from orgtrail.status.probe.result import Probed, ProbeResult


@dataclass(frozen=True)
class Found:
    """What was found of a pipeline, and the verdict; `findings`: in its account, where that was asked.

    `probe` is what came of probing it, and `probed` what is to be kept of that, or of an earlier probe.
    """

    pipeline: Pipeline
    verdict: Verdict
    arrivals: Arrivals = field(default_factory=Arrivals)
    findings: tuple[Finding, ...] = ()
    probe: ProbeResult | None = None
    probed: Probed | None = None

    @property
    def is_asked(self) -> bool:
        """Whether its account is one that anything is asked of."""
        return self.verdict.word != "skipped"

    @property
    def is_probe_missing(self) -> bool:
        """Whether its last probe didn't arrive, and nothing has arrived since."""
        newest = self.arrivals.newest
        return self.probed is not None and self.probed.is_missing(newest.time if newest else None)


@dataclass(frozen=True)
class Status:
    """All that was found, the worst first, as of `now`; `calls` were made of the archive.

    `is_whole` False: something couldn't be read that is about no single pipeline; a note says what. `is_deep`: the
    accounts were asked, too.
    """

    now: datetime
    found: tuple[Found, ...]
    calls: int
    notes: tuple[str, ...] = ()
    is_whole: bool = True
    is_deep: bool = False

    @property
    def is_trouble(self) -> bool:
        """Whether any pipeline needs somebody, or may do."""
        return not self.is_whole or any(one.verdict.is_trouble for one in self.found)


def order(found: Found) -> tuple[bool, int, str, str]:
    """To sort by: the worst first, and those that need nobody last."""
    account, region = found.pipeline.account, found.pipeline.region
    return not found.verdict.is_trouble, WORDS.index(found.verdict.word), account.name, region
