"""What every command that takes selectors does with them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from orgtrail.console.output import progress_console
from orgtrail.selection.select import ReasonsSince, Selection, SelectionError, select, shard
from orgtrail.settings import InvalidSettings, Settings


def selection_or_exit(
    settings: Settings,
    selectors: Sequence[str] | None,
    exclude: Sequence[str] | None = None,
    part: str | None = None,
) -> Selection:
    """The stacks that were asked for, or that part `I/N` of them.

    Raises SystemExit, after all that is wrong with the selectors, on standard error.
    """
    try:
        selection = select(settings, selectors or (), exclude or (), reasons_since=reasons_since(settings.path))
        return shard(selection, part) if part else selection
    except SelectionError as error:
        progress_console().print(str(error))
        raise SystemExit(1) from None


def reasons_since(accounts: Path) -> ReasonsSince:
    """Find out which stacks are affected since a revision, as `affected:REVISION` needs it."""
    # Imported only where somebody asks.
    from orgtrail.affected import affected
    from orgtrail.affected.git import RevisionError

    def find(revision: str) -> Mapping[str, Sequence[str]]:
        try:
            return affected(accounts, revision).in_words
        except (RevisionError, InvalidSettings) as error:
            raise SelectionError([str(error)]) from error

    return find
