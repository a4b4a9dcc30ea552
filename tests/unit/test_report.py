"""What a run has done, for people and for programs: the report in its folder, and what a terminal shows."""

import json
from datetime import UTC, datetime

from markdown_it import MarkdownIt

from orgtrail.commands import deploy as deploy_module
from orgtrail.escape import terminal
from orgtrail.rollout.display import kept_report, show
from orgtrail.rollout.report import document, rollout_markdown, totals
from orgtrail.rollout.results import Result
from orgtrail.terraform.changes import Change
from orgtrail.weaker import Loss, Weakening
from tests.scripted_terraform import invoked


class TestAReport:
    RESULTS = (
        Result("alice", "changes", (Change("a.b", "create"), Change("c.d", "replace"))),
        Result("bob", "failed", error="two\nlines"),
    )

    def test_a_report_counts_a_replacement_as_an_addition_and_a_destruction(self):
        total = totals(self.RESULTS)

        assert (total["add"], total["change"], total["destroy"]) == (2, 0, 1)

    def test_a_report_is_plain_json(self):
        assert json.loads(document(self.RESULTS).text())["stacks"][0]["destroy"] == 1


class TestTheReportOfARollout:
    def test_the_report_of_a_rollout_tells_how_each_wave_ended_then_each_stack_with_its_time_and_what_failed(self):
        created = (Change("aws_iam_role.it", "create"),)
        began = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
        results = [
            Result("archive", "unchanged", wave="archive"),
            Result("alice", "applied", created, started=began, seconds=28.4, wave="canary", log="alice.log"),
            Result("bob", "failed", error="the role\nis gone", wave="canary"),
        ]

        assert rollout_markdown(results, "orgtrail deploy --resume").splitlines() == [
            "### Orgtrail: 3 stacks: 1 applied, 1 unchanged, 1 failed (resources: +1 ~0 -0)",
            "",
            "**bob**",
            "",
            "```",
            "the role",
            "is gone",
            "```",
            "",
            "Again: `orgtrail deploy --resume`",
            "",
            "| wave | stacks | applied | unchanged | failed | not started |",
            "| --- | --- | --- | --- | --- | --- |",
            "| archive | 1 | 0 | 1 | 0 | 0 |",
            "| canary | 2 | 1 | 0 | 1 | 0 |",
            "",
            "| stack | wave | ended | add | change | destroy | began | seconds | log |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            "| bob | canary | failed | 0 | 0 | 0 |  | 0 |  |",
            "| archive | archive | unchanged | 0 | 0 | 0 |  | 0 |  |",
            "| alice | canary | applied | 1 | 0 | 0 | 2026-11-24 10:15:00 | 28 | `alice.log` |",
        ]

    def test_the_report_of_a_rollout_of_a_diff_has_no_waves(self):
        assert "wave | stacks" not in rollout_markdown([Result("bob", "changes")], "")

    def test_the_report_of_a_rollout_that_cannot_be_written_is_said_to_be_so_and_nothing_else(self, tmp_path):
        told = kept_report([], tmp_path / "nowhere", "", [])

        assert told.startswith("The report can't be written: ")
        assert "\n" not in told

    def test_the_report_of_a_rollout_is_kept_by_a_diff_too(self, world, tmp_path, monkeypatch):
        it = world(count=1)
        it.fails("account-1", "plan:broken")
        done = invoked(it, ["diff", "account-1"], tmp_path, monkeypatch)

        assert done.exit_code == 1
        report = it.workspace.folder / "report.md"
        assert f"Report: {report} and report.json" in done.stderr
        assert "broken" in report.read_text()

    def test_the_report_of_a_rollout_is_on_disk_before_anything_of_it_is_printed(self, world, tmp_path, monkeypatch):
        it = world(count=1)
        seen = []

        def printing(results, **_options):
            seen.append([(it.workspace.folder / name).exists() for name in ("report.md", "report.json")])

        monkeypatch.setattr(deploy_module, "show", printing)
        done = invoked(it, ["deploy", "account-1", "--yes"], tmp_path, monkeypatch)

        assert done.exit_code == 0, done.stderr
        assert seen == [[False, False], [True, True]]
        assert '"finished"' in (it.workspace.folder / "journal.jsonl").read_text()


class TestWhatTerraformSaid:
    HOSTILE = "```\n<img src=x>\n@everyone\n::error::gone\n\x1b[31m[/b]"

    def test_what_terraform_said_stays_code_in_the_report(self):
        results = [Result("bob", "failed", error=self.HOSTILE, log="/tmp/x[/b]|y.log", wave="a")]
        tokens = MarkdownIt("commonmark").enable("table").parse(rollout_markdown(results, "again"))
        inline = [part.type for token in tokens for part in token.children or []]

        assert [token.content for token in tokens if token.type == "fence"] == [f"{terminal(self.HOSTILE)}\n"]
        assert not [token for token in tokens if token.type == "html_block"]
        assert "link_open" not in inline
        assert "image" not in inline

    def test_what_terraform_said_is_neither_markup_nor_a_command_to_the_terminal_or_the_workflow(self, capsys):
        results = [Result("bob", "failed", error=self.HOSTILE, log="/tmp/x[/b]y/bob.log")]
        show(results, as_json=False, as_markdown=False, repeat=" ".join)
        shown = capsys.readouterr().out

        assert "all that Terraform said: /tmp/x[/b]y/bob.log" in shown
        assert "[31m[/b]" in shown
        assert "\x1b" not in shown
        assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]


class TestASummary:
    def test_a_summary_gives_stacks_that_ended_alike_one_row_where_they_are_many(self, capsys):
        created = (Change("aws_iam_role.it", "create"),)
        many = [Result(f"account-{number}", "applied", created, seconds=number, wave="prod") for number in range(21)]
        show([*many, Result("bob", "failed", error="no")], as_json=False, as_markdown=False, repeat=lambda _names: "")

        rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
        assert "21 stacks (see --json) prod applied 1 0 to 20" in rows
        assert "bob failed 0" in rows

    def test_a_summary_begins_with_what_failed(self, capsys):
        results = [Result("alice", "applied", (Change("a.b", "create"),)), Result("bob", "failed", error="no")]
        show(results, as_json=False, as_markdown=False, repeat=lambda _names: "")

        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("bob failed")
        assert [line.split()[0] for line in lines if line.strip().startswith(("alice ", "bob "))] == [
            "bob",
            "bob",
            "alice",
        ]

    def test_a_summary_tells_of_the_first_failures_and_counts_the_others(self, capsys):
        failures = [Result(f"account-{number}", "failed", error="no", log="log") for number in range(25)]
        show(failures, as_json=False, as_markdown=False, repeat=lambda names: f"again {len(names)}")

        out = capsys.readouterr().out
        assert out.count(" failed; all that Terraform said") == 20
        assert "and 5 more failed" in out
        assert "again 25" in out


def test_a_summary_says_what_gets_weaker(capsys):
    weaker = [Weakening.of("archive", Loss("events are deleted", "never", "after 30 days"), "plan")]
    show([], as_json=False, as_markdown=False, repeat=lambda _names: "", weaker=weaker)

    assert (
        "Evidence gets weaker:\n  archive: events are deleted: never → after 30 days (plan)" in capsys.readouterr().out
    )
