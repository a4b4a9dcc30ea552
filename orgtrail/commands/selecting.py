"""What every command that takes selectors does with them."""

from collections.abc import Mapping, Sequence

from orgtrail.selection.select import ReasonsSince, Selection, SelectionError, select, shard
from orgtrail.settings import InvalidSettings, Settings

NO_PIPELINES = "Nothing that is selected has a pipeline: enabled accounts have some."


def selected(
    settings: Settings,
    selectors: Sequence[str] | None,
    exclude: Sequence[str] | None = None,
    part: str | None = None,
) -> Selection:
    """The stacks that were asked for, or that part `I/N` of them.

    Raises SelectionError, with all that is wrong with the selectors.
    """
    selection = select(settings, selectors or (), exclude or (), reasons_since=reasons_since(settings))
    return shard(selection, part) if part else selection


def reasons_since(settings: Settings) -> ReasonsSince:
    """Find out which stacks are affected since a revision, as `affected:REVISION` needs it."""
    # Imported only when needed.
    from orgtrail.affected import affected
    from orgtrail.affected.git import RevisionError

    def find(revision: str) -> Mapping[str, Sequence[str]]:
        try:
            return affected(settings.path, revision, now=settings).in_words
        except (RevisionError, InvalidSettings) as error:
            raise SelectionError([str(error)]) from error

    return find
