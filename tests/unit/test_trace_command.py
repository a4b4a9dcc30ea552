"""The command `orgtrail trace`: what it reads, what it prints where, and how it ends."""

import gzip
import json
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from orgtrail.__main__ import application
from tests.builders import REPOSITORY

EVENTS = REPOSITORY / "tests" / "events"
EVENT = json.loads((EVENTS / "create-access-key.json").read_text(encoding="utf-8"))
LINE = json.dumps(EVENT) + "\n"


def trace(*arguments, given=""):
    """The command on this repository's accounts file: status, output, errors (without who is skipped)."""
    command = ["trace", "--accounts", str(REPOSITORY / "accounts.yaml"), *map(str, arguments)]
    done = CliRunner().invoke(application(), command, input=given)
    return done.exit_code, done.stdout, [line for line in done.stderr.splitlines() if not line.endswith(": skipped")]


def rows(*arguments, given=""):
    _status, output, _errors = trace("--json", *arguments, given=given)
    return [json.loads(line) for line in output.splitlines()]


def test_an_event_is_a_row_with_its_verdict_prefix_and_partition():
    status, output, errors = trace(EVENTS / "create-access-key.json")

    row = next(line for line in output.splitlines() if "CreateAccessKey" in line)
    assert row.split() == [
        "iam",
        "CreateAccessKey",
        "payments-prod",
        "us-east-1",
        "taken",
        "333333333333/us-east-1/2026/11/23/",
        "day=2026/11/23",
    ]
    assert (status, errors) == (0, [])


def test_every_verdict_there_is_is_told_in_the_sample():
    assert {row["verdict"] for row in rows(EVENTS / "one-of-each.jsonl")} == {
        "taken",
        "read-only",
        "source-not-selected",
        "source-not-in-region",
        "no-pipeline-in-region",
        "detail-type-not-selected",
        "account-not-active",
        "account-unknown",
        "region-unknown",
    }


def test_an_event_that_no_pipeline_takes_is_no_error():
    status, output, errors = trace("-", given=json.dumps({**EVENT, "source": "aws.ec2"}))

    assert "payments-prod doesn't select the source aws.ec2" in output
    assert (status, errors) == (0, [])


def test_as_json_each_event_is_an_object_on_a_line():
    [row] = rows(EVENTS / "create-access-key.json")

    assert (row["taken"], row["account"], row["bucket"]) == (True, "payments-prod", "acme-iam-events")
    assert row["prefix"] == "333333333333/us-east-1/2026/11/23/"
    assert row["partition"] == {"account": "333333333333", "region": "us-east-1", "day": "2026/11/23"}


def test_cloudtrails_own_file_is_read_and_its_records_are_numbered():
    found = rows(EVENTS / "cloudtrail-file.json")

    assert [(row["record"], row["account"], row["event_name"]) for row in found] == [
        (1, "payments-prod", "CreateAccessKey"),
        (2, "sandbox", "ConsoleLogin"),
    ]


def test_a_folder_is_searched_to_its_bottom(tmp_path):
    for name in ("a.json", "b/c.ndjson", "b/d/e.JSONL", "not-this.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LINE, encoding="utf-8")
    (tmp_path / "f.gz").write_bytes(gzip.compress(LINE.encode()))

    assert [row["file"].removeprefix(f"{tmp_path}/") for row in rows(tmp_path)] == [
        "a.json",
        "f.gz",
        "b/c.ndjson",
        "b/d/e.JSONL",
    ]


def test_compressed_events_are_known_by_their_content(tmp_path):
    path = tmp_path / "payments-1-2026-11-23-08-15-30-uuid"
    path.write_bytes(gzip.compress(LINE.encode()) * 2)

    assert len(rows(path)) == 2


def test_standard_input_may_be_lines():
    assert [row["line"] for row in rows("-", given=LINE * 3)] == [1, 2, 3]


def test_an_arrival_moves_the_partition():
    [row] = rows("--at", "2026-12-01T00:00:00Z", EVENTS / "create-access-key.json")

    assert row["partition"]["day"] == "2026/12/01"


def test_an_arrival_that_is_no_instant_is_refused():
    status, _output, errors = trace("--at", "tomorrow", EVENTS / "create-access-key.json")

    assert status
    assert "'tomorrow' is no instant such as 2026-11-23T08:15:30Z" in " ".join(errors)


def test_what_cannot_be_read_is_told_in_its_place_and_the_rest_is_traced():
    broken = [json.dumps({"source": "aws.iam"}), "{oops", "[7]", json.dumps({**EVENT, "account": 7})]
    status, output, errors = trace("--json", "-", given=LINE + "\n".join(broken) + "\n" + LINE)

    assert len(output.splitlines()) == 2
    assert [error.partition(": ")[0] for error in errors] == [f"standard input:{line}" for line in (2, 3, 4, 5)]
    assert errors[3] == 'standard input:5: "account" is a number; it should be text such as "333333333333"'
    assert status == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.json", "can't be read: No such file or directory"), ("empty", "no file in it is called *.json")],
)
def test_an_argument_that_leads_nowhere_is_told_and_the_others_are_traced(tmp_path, name, message):
    (tmp_path / "empty").mkdir()

    status, output, [error] = trace("--json", tmp_path / name, EVENTS / "create-access-key.json")

    assert error.startswith(f"{tmp_path / name}: {message}")
    assert len(output.splitlines()) == 1
    assert status == 1


def test_many_events_are_summed_up():
    status, output, errors = trace("-", given=LINE * 1000 + json.dumps({**EVENT, "account": "999999999999"}))

    assert "901 more; --json prints every one" in output
    assert "1,001 events, 1,000 taken" in output
    assert "has no account 999999999999" in output
    assert (status, errors) == (0, [])


def test_text_that_would_steer_a_terminal_never_reaches_it():
    event = {**EVENT, "source": "\x1b[2Jaws", "detail": {"eventName": "\x1b[31m[bold]"}}
    _status, output, _errors = trace("-", given=json.dumps(event))

    assert "\x1b" not in output
    assert "[bold]" in output


def test_tracing_knows_nothing_of_aws_or_of_cdktf():
    program = "import sys, orgtrail.commands.trace; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert not set(done.stdout.split()) & {"cdktf", "constructs", "jsii", "boto3", "botocore", "moto"}


def test_of_many_unreadable_lines_the_first_hundred_are_told_and_all_are_counted():
    status, output, errors = trace("-", given="{}\n" * 250)

    assert len(errors) == 101
    assert errors[100:] == ["… and 150 more that can't be read"]
    assert "250 could not be read" in output
    assert status == 1


def test_no_line_of_a_file_steers_the_terminal_or_the_workflow(tmp_path):
    file = tmp_path / "x\n::error::[b]\x1b[31m.json"
    file.write_text("nonsense")
    _status, _output, errors = trace(file)

    assert not [line for line in errors if line.startswith("::") or "\x1b" in line]


SAMPLES = [path.read_bytes() for path in sorted(EVENTS.iterdir())]
PIECES = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'"',
        b"\\",
        b"\n",
        b"\x00",
        b"\xff",
        b"\xc3",
        b"null",
        b"1e999",
        b"-",
        b"[" * 2000,
    ),
    *(
        b"\x1f\x8b\x08",
        b'"Records":',
        b'"\\u001b[31m"',
        b'"\\u202e"',
        b'"\\n::error::x"',
        b'"[bold]"',
        b"\x1b[2J",
        b"\xe2\x80\xae",
    ),
    *(b'"\\ud800"', b'{"eventSource": 5}', b"9" * 5000, b"[/]", b"##[group]"),
]
CHANGES = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=6
)


@settings(max_examples=150)
@given(st.sampled_from(SAMPLES), CHANGES, st.booleans())
def test_changed_events_are_traced_or_told_and_nothing_of_them_steers_a_terminal(content, changes, as_json):
    for where, length, piece in changes:
        texts = [found.span() for found in re.finditer(rb'"[^"]*"', content)]
        if piece.startswith(b'"') and texts:  # one text for another, so that it is still JSON
            begin, end = texts[where % len(texts)]
        else:
            begin = where % (len(content) + 1)
            end = begin + length
        content = content[:begin] + piece + content[end:]
    options = ["--json"] if as_json else []
    command = ["trace", "--accounts", str(REPOSITORY / "accounts.yaml"), *options, "-"]
    done = CliRunner().invoke(application(), command, input=content)

    assert done.exception is None or isinstance(done.exception, SystemExit)
    for line in (done.stdout + done.stderr).split("\n"):
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
    if as_json:
        assert all(json.loads(line) for line in done.stdout.splitlines())
