"""What became of each stack of a run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orgtrail.documents.run import AttributeChange, ResourceChange, StackRun
from orgtrail.documents.run import Status as Status
from orgtrail.terraform.changes import Change
from orgtrail.weaker import Weakening, merged


@dataclass(frozen=True)
class Result:
    """One stack: how it ended, what its plan changes, why it failed, when and how long (in seconds), and its log."""

    stack: str
    status: Status
    changes: tuple[Change, ...] = ()
    error: str | None = None
    started: datetime | None = None
    seconds: float = 0.0
    log: str | None = None
    wave: str | None = None

    def count(self, *actions: str) -> int:
        """How many of its changes are one of these actions; a replacement is an addition and a destruction."""
        return sum(change.action in actions for change in self.changes)

    @property
    def added(self) -> int:
        """Resources that are added."""
        return self.count("create", "replace")

    @property
    def changed(self) -> int:
        """Resources that are changed in place."""
        return self.count("update")

    @property
    def destroyed(self) -> int:
        """Resources that are destroyed."""
        return self.count("delete", "replace")

    @property
    def destroys(self) -> tuple[Change, ...]:
        """The changes that lose something."""
        return tuple(change for change in self.changes if change.destroys)

    @property
    def weaker(self) -> tuple[Weakening, ...]:
        """What its plan weakens."""
        lost = (Weakening.of(self.stack, loss, "plan") for change in self.changes for loss in change.losses)
        return merged(lost)

    @property
    def document(self) -> StackRun:
        """For JSON."""
        return StackRun(
            stack=self.stack,
            status=self.status,
            wave=self.wave,
            add=self.added,
            change=self.changed,
            destroy=self.destroyed,
            changes=[
                ResourceChange(
                    address=change.address,
                    action=change.action,
                    attributes=[AttributeChange.model_validate(one._asdict()) for one in change.attributes],
                )
                for change in self.changes
            ],
            error=self.error,
            started=self.started.isoformat(timespec="seconds") if self.started else None,
            seconds=round(self.seconds, 1),
            log=self.log,
        )


def failed(results: Iterable[Result]) -> list[Result]:
    """Those that failed."""
    return [result for result in results if result.status == "failed"]


def undone(results: Iterable[Result]) -> list[Result]:
    """Those that failed or were not started, for which the same command is given again."""
    return [result for result in results if result.status in ("failed", "not started")]


def failed_first(results: Iterable[Result]) -> list[Result]:
    """All of them, those that failed before the others."""
    return sorted(results, key=lambda result: result.status != "failed")
