"""How a mistake ends the program."""

import pytest
import typer
from typer.testing import CliRunner

from orgtrail import __main__
from orgtrail.errors import Interrupted, UserError


def ended(monkeypatch, does):
    """A command line whose one command does this."""

    def check():
        return does()

    module = type("module", (), {"check": staticmethod(check)})
    monkeypatch.setattr(__main__, "import_module", lambda _name: module)
    return CliRunner().invoke(__main__.application(["check"]), ["check"])


def raising(error):
    def does():
        raise error

    return does


def test_what_a_command_returns_is_the_exit_status(monkeypatch):
    assert [ended(monkeypatch, lambda status=status: status).exit_code for status in (None, 0, 1, 2)] == [0, 0, 1, 2]


def test_a_mistake_is_its_message_and_status_1(monkeypatch):
    done = ended(monkeypatch, raising(UserError("no such thing")))

    assert (done.exit_code, done.stderr, done.stdout) == (1, "no such thing\n", "")


def test_a_mistake_may_have_another_status(monkeypatch):
    assert ended(monkeypatch, raising(Interrupted("stopped"))).exit_code == 130


def test_what_a_message_quotes_does_not_steer_the_terminal(monkeypatch):
    assert "\x1b" not in ended(monkeypatch, raising(UserError("\x1b[31mred"))).stderr


def test_what_the_machine_refuses_is_told_without_a_traceback(monkeypatch):
    done = ended(monkeypatch, raising(OSError(28, "No space left on device")))

    assert (done.exit_code, done.stderr) == (1, "[Errno 28] No space left on device\n")


def test_wrong_usage_stays_wrong_usage(monkeypatch):
    assert "Usage" in ended(monkeypatch, raising(typer.BadParameter("no"))).stderr


def test_ctrl_c_while_it_loads_ends_it_without_a_traceback(monkeypatch):
    monkeypatch.setattr(__main__, "_run", raising(KeyboardInterrupt))

    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 130
    assert ended.value.__suppress_context__


def test_a_fault_of_orgtrail_keeps_its_traceback(monkeypatch):
    assert isinstance(ended(monkeypatch, raising(KeyError("x"))).exception, KeyError)
