"""Where commands write: results on standard output, progress and errors on standard error."""

from rich.console import Console

# Nobody cuts a log's lines to the 80 columns that rich takes a pipe to have.
_PIPE_COLUMNS = 200


class _Progress(Console):
    """Goes silent when nobody listens any more (`| head`, a `tee` that Ctrl-C ended): the work goes on."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


def results_console() -> Console:
    """For what a command was asked for: tables and sentences."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_COLUMNS)


def progress_console() -> Console:
    """For what happens meanwhile, and for errors; lines are never cut."""
    return _Progress(stderr=True, highlight=False, soft_wrap=True)


def counted(number: int, noun: str) -> str:
    """`1 account`, `2 accounts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
