"""Which accounts a deploy looks at first, and what that leads to. Preflight itself is in tests/emulator."""

import io
from dataclasses import replace

import pytest

from orgtrail.console.display import Display
from orgtrail.preflight import before_deploy
from orgtrail.preflight.before_deploy import Looked, look_at_new
from orgtrail.preflight.checks.trail import TRAIL
from orgtrail.preflight.finding import Fault, Finding, not_known
from orgtrail.preflight.run import Seen
from orgtrail.rollout.report import rollout_markdown
from orgtrail.selection.stack import stacks_of
from orgtrail.settings import LocalState
from orgtrail.state.orphans import StatesUnreadable
from tests.builders import a_trail, an_account, settings

NO_TRAIL = Finding.of(TRAIL, Fault("no trail reaches the region", "Make one"), "bob", "us-east-1")
UNREAD = Finding.of(TRAIL, not_known("the role may not", "Allow it"), "bob", "us-east-1")


class World:
    def __init__(self, folder, monkeypatch):
        self.said = io.StringIO()
        self.looked_at: list[str] = []
        self.findings: list[Finding] = []
        accounts = [an_account("333333333333", name="alice"), an_account("444444444444", name="bob")]
        accounts += [an_account("555555555555", name="off", enabled=False)]
        self.settings = settings(*accounts, state=LocalState(path=str(folder / "{name}.tfstate")))
        (folder / "alice.tfstate").touch()
        monkeypatch.setattr(before_deploy, "watched", self._watched)

    def _watched(self, _settings, accounts, _display, shared):
        assert shared == ()
        self.looked_at += [account.name for account in accounts]
        return [Seen("bob", tuple(self.findings))]

    def look(self, skip=False):
        return look_at_new(self.settings, stacks_of(self.settings), Display(), skip=skip)


@pytest.fixture
def it(tmp_path, monkeypatch):
    return World(tmp_path, monkeypatch)


def test_only_accounts_that_have_no_state_and_get_a_pipeline_are_looked_at(it):
    assert it.look() == Looked("made", {})
    assert it.looked_at == ["bob"]


def test_where_every_account_has_a_state_nothing_is_asked(it, tmp_path):
    (tmp_path / "bob.tfstate").touch()

    assert it.look() == Looked("not needed", {})
    assert it.looked_at == []


def test_an_account_with_an_error_is_refused_with_what_to_do(it, capsys):
    it.findings = [NO_TRAIL]

    looked = it.look()

    assert list(looked.refused) == ["bob"]
    assert "To mend it: Make one" in looked.refused["bob"]
    assert looked.refused["bob"].endswith("--skip-preflight deploys anyway.")
    assert "no trail reaches the region" in capsys.readouterr().err


@pytest.mark.parametrize(("scope", "refused"), [("account", []), ("organization", ["bob"])])
def test_a_trail_that_the_same_deploy_makes_may_be_missing(it, scope, refused):
    it.findings = [NO_TRAIL]
    written = a_trail() if refused else a_trail(management=None)
    it.settings = replace(it.settings, trail=written)
    without = [stack for stack in stacks_of(it.settings) if not stack.is_trail]

    assert list(look_at_new(it.settings, without, Display(), skip=False).refused) == refused
    assert it.look().refused == {}


def test_what_isnt_known_is_said_and_refuses_nothing(it, capsys):
    it.findings = [UNREAD]

    assert it.look() == Looked("made", {})
    assert "not known, because the role may not" in capsys.readouterr().err


def test_skipping_is_said_there_and_then_and_in_the_report(it, capsys):
    assert it.look(skip=True) == Looked("skipped", {})
    assert it.looked_at == []
    assert capsys.readouterr().err == "Preflight of new accounts is skipped (--skip-preflight).\n"
    assert "**Preflight of new accounts was skipped.**" in rollout_markdown([], "", preflight="skipped")
    assert "Preflight" not in rollout_markdown([], "", preflight="made")


def test_where_the_states_cant_be_listed_that_is_said(it, monkeypatch, capsys):
    def unreadable(*_arguments):
        raise StatesUnreadable("there is no such bucket")

    monkeypatch.setattr(before_deploy, "existing_states", unreadable)

    assert it.look() == Looked("not known", {})
    assert "isn't known, so preflight looks at none: there is no such bucket" in capsys.readouterr().err
