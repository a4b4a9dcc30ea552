"""A question before something is done, and what isn't an answer."""

import io
import sys

import pytest

from orgtrail.console.question import ask
from orgtrail.errors import Interrupted, UserError


class CtrlC(io.StringIO):
    def readline(self, *_):
        raise KeyboardInterrupt


def test_a_yes_goes_on(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))

    ask("Really?")


@pytest.mark.parametrize(
    ("stdin", "error", "told"),
    [
        (io.StringIO("n\n"), UserError, "Nothing was done."),
        (io.StringIO(), UserError, "nobody answered, so nothing was done; --yes does it without asking"),
        (None, UserError, "nobody answered, so nothing was done; --yes does it without asking"),
        (CtrlC(), Interrupted, "Interrupted: nothing was done."),
    ],
    ids=["no", "end", "closed", "Ctrl-C"],
)
def test_all_but_a_yes_ends_it_and_says_so(monkeypatch, stdin, error, told):
    monkeypatch.setattr(sys, "stdin", stdin)

    with pytest.raises(UserError) as raised:
        ask("Really?")
    assert (type(raised.value), str(raised.value)) == (error, told)
