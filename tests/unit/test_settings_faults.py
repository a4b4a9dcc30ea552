"""Whatever is wrong with a file is told all at once, with its place, and never as a traceback."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgtrail.regions import iam_region, partitions
from orgtrail.settings import Diagnostic, InvalidSettings, accounts_file, load
from tests.builders import accounts_yaml

BAD = Path(__file__).parents[1] / "accounts" / "bad"
TEN = BAD / "ten-different-faults.yaml"


def faults_of(path: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(InvalidSettings) as caught:
        load(path)
    return caught.value.diagnostics


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_bad_file_is_reported(path, monkeypatch):
    monkeypatch.chdir(BAD)
    with pytest.raises(InvalidSettings) as caught:
        load(Path(path.name))
    assert str(caught.value) + "\n" == path.with_suffix(".txt").read_text()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=mark)
        for name, mark in {
            "no-pipeline-in-the-iam-region": pytest.mark.silence("no-pipeline-in-the-iam-region", "check"),
            "pipeline-without-a-source": pytest.mark.silence("wrong-region", "check"),
            "unknown-event-source": pytest.mark.silence("source-misspelt", "check"),
            "unknown-detail-type": pytest.mark.silence("detail-type-misspelt", "check"),
            "layout-without-account-first": pytest.mark.silence("layout-without-account", "check"),
            "layout-without-slash-at-its-end": pytest.mark.silence("layout-without-slash", "check"),
            "layout-too-long-for-firehose": pytest.mark.silence("layout-too-long", "check"),
            "region-of-another-partition": pytest.mark.silence("another-partition", "check"),
            "kms-key-of-another-account-and-region": pytest.mark.silence("key-of-another-region", "check"),
            "kms-key-by-alias": pytest.mark.silence("key-by-alias", "check"),
            "alarms-out-of-reach-of-their-topic": pytest.mark.silence("alarm-out-of-reach", "check"),
            "too-many-accounts-without-an-organization": pytest.mark.silence("policy-too-long", "check"),
        }.items()
    ],
)
def test_a_file_by_which_nothing_would_arrive_is_refused(name, caught):
    with pytest.raises(InvalidSettings) as refused:
        load(BAD / f"{name}.yaml")
    caught(str(refused.value))


def test_every_report_belongs_to_a_bad_file():
    assert {path.stem for path in BAD.glob("*.txt")} == {path.stem for path in BAD.glob("*.yaml")}


def test_ten_different_faults_come_at_once_and_nothing_else():
    assert len(faults_of(TEN)) == 10


def test_faults_come_in_the_order_of_the_file():
    places = [(fault.line, fault.column) for fault in faults_of(TEN)]
    assert places == sorted(places)


def test_a_fault_can_be_read_by_machines():
    fault = faults_of(BAD / "unknown-region.yaml")[0]
    assert (fault.line, fault.column, fault.path) == (12, 26, "accounts[0].regions[1]")
    assert (fault.found, fault.suggestion) == ("'eu-west-9'", "eu-west-1")


def test_the_place_of_an_aliased_value_is_where_it_is_written(tmp_path):
    path = tmp_path / "accounts.yaml"
    defaults = "defaults: {regions: &r [us-east-1, eu-west-9]}"
    path.write_text(accounts_yaml(rest=defaults, accounts=["name: payments, regions: *r"]))
    assert {(fault.line, fault.column) for fault in faults_of(path)} == {(3, 36)}


@pytest.mark.parametrize(
    ("raw", "line", "column", "problem"),
    [
        (b"organization:\n  id: \xe9\n", 2, 7, "the file is not UTF-8: byte 0xe9 at offset 20"),
        ("archive: {}".encode("utf-16"), 1, 1, "the file is not UTF-8: byte 0xff at offset 0"),
        (b"archive:\n  region: \x00\n", 2, 11, "the file is not YAML: control characters are not allowed"),
        ("# \u00e9\u00e9\nid: \u20ac\x00\n".encode(), 2, 6, "the file is not YAML: control characters are not allowed"),
        (b"", 1, 1, "the file is empty"),
    ],
    ids=["latin-1", "utf-16", "nul", "nul-behind-text", "no-bytes"],
)
def test_bytes_that_are_no_text_are_named(tmp_path, raw, line, column, problem):
    path = tmp_path / "accounts.yaml"
    path.write_bytes(raw)
    (fault,) = faults_of(path)
    assert (fault.line, fault.column, fault.problem) == (line, column, problem)


def test_a_missing_file_is_a_fault(tmp_path):
    path = tmp_path / "accounts.yaml"
    assert str(faults_of(path)[0]) == f"{path}:1:1: can't be read: no such file or directory"


def test_a_directory_is_a_fault(tmp_path):
    assert str(faults_of(tmp_path)[0]) == f"{tmp_path}:1:1: can't be read: is a directory"


def test_very_deep_nesting_does_not_kill_the_interpreter(tmp_path):
    path = tmp_path / "accounts.yaml"
    path.write_text("[" * 300_000)
    assert "nested deeper than 100 levels" in faults_of(path)[0].problem


def test_a_very_long_unknown_key_is_cut_short(tmp_path):
    path = tmp_path / "accounts.yaml"
    path.write_text(f'"{"k" * 1_000_000}": 1\n')
    assert max(len(line) for line in "\n".join(map(str, faults_of(path))).splitlines()) < 300


def test_of_many_faults_a_hundred_are_told_and_all_are_counted(tmp_path):
    path = tmp_path / "accounts.yaml"
    path.write_text("accounts:\n" + "  - {name: x y, regions: [eu-west-9], statsu: closed}\n" * 5000)
    with pytest.raises(InvalidSettings) as caught:
        load(path)
    report = str(caught.value).splitlines()
    assert sum(line.startswith(f"{path}:") for line in report) == 100 + 1
    assert report[-1] == f"{path}: {4 * 5000 + 2:,} faults; 100 of them are above"


HEAD = accounts_yaml(rest="accounts:").removesuffix("accounts:\n")


def test_a_hundred_of_many_faults_are_told_wherever_in_the_file_they_are(tmp_path):
    path = tmp_path / "accounts.yaml"
    sound = "".join(f'  - {{account_id: "{300000000000 + i}", name: a-{i}}}\n' for i in range(1500))
    path.write_text(HEAD + "defaults: {regions: us-east-1}\naccounts:\n" + sound + "  - {name: x y}\n" * 1500)
    with pytest.raises(InvalidSettings) as caught:
        load(path)
    assert (len(caught.value.diagnostics), caught.value.count) == (100, 3000)


@pytest.mark.parametrize(
    ("text", "problem", "count"),
    [
        (HEAD + f"accounts: [{{account_id: {':'.join('1' * 10**6)}}}]\n", "is no int that can be read", 3),
        (HEAD + f"accounts: [{'1,' * 200_000}]\n", "that begins here has more than 100,000 entries", 1),
        (
            HEAD + f"defaults: {{regions: [{', '.join(f'us-est-{i}' for i in range(20_000))}]}}\naccounts: []",
            "us-e",
            20_000,
        ),
        (HEAD + "accounts: []\n" + "".join(f"acount{i}: 1\n" for i in range(20_000)), "is not a known key", 20_000),
    ],
    ids=["base-60-number", "long-list", "misspelt-regions", "misspelt-keys"],
)
def test_what_could_take_minutes_is_told_in_a_short_report(tmp_path, text, problem, count):
    path = tmp_path / "accounts.yaml"
    path.write_text(text)
    with pytest.raises(InvalidSettings) as caught:
        load(path)
    assert problem in str(caught.value)
    assert caught.value.count == count
    assert len(str(caught.value)) < 100_000


@pytest.mark.parametrize(
    ("context", "column", "problem"),
    [
        ('{"accounts": }', 14, "CDKTF_CONTEXT_JSON is not JSON: Expecting value"),
        ("[" * 100_000, 1, "CDKTF_CONTEXT_JSON is nested too deep"),
        ("[]", 1, "CDKTF_CONTEXT_JSON is not a JSON object"),
        ('{"accounts": 5}', 1, "accounts in CDKTF_CONTEXT_JSON is not text"),
    ],
    ids=["no-json", "deep", "no-object", "no-text"],
)
def test_a_context_of_cdktf_that_cannot_be_read_is_a_fault(context, column, problem):
    with pytest.raises(InvalidSettings) as caught:
        accounts_file({"CDKTF_CONTEXT_JSON": context})
    (fault,) = caught.value.diagnostics
    assert (fault.column, fault.problem) == (column, problem)


@pytest.mark.parametrize("region", ["", "region: eu-wset-1"], ids=["missing", "misspelt"])
@pytest.mark.parametrize("partition", partitions())
def test_the_region_of_the_states_may_be_faulty_in_every_partition(tmp_path, partition, region):
    path = tmp_path / "accounts.yaml"
    path.write_text(
        f'archive: {{account_id: "222222222222", region: {iam_region(partition)}, bucket: acme-iam-events}}\n'
        f"state: {{backend: s3, bucket: acme-state, {region}}}\n"
        "accounts: []\n"
    )
    assert [fault.path for fault in faults_of(path)] == ["state.region"]


WORDS = (
    "organization archive state defaults accounts id account_id name region regions bucket layout backend key role "
    "events sources detail_types include_read_only tags vars buffering size_mib status existing manage_policy path "
    "workspace log_retention_days external_id kms_key object_lock mode days break_glass_role transitions storage_class "
    "access_logs prefix catalog database scan_limit_gib enabled rollout max_failures waves check "
    "<text> <list> [key] s3 << on 1"
)
VALUES = (
    '"" ~ 1 012 0x1 1.5 yes us-east-1 all eu-west-9 cn-north-1 iam identity s3 local cloud closed {x} {x!r} {x:{y}} '
    '"{account_id}/{region}/{yyyy}/{MM}/{dd}/" "{account_id:{x}}" "{name}" "{" arn:aws:iam::1:role/x arn: a:b '
    '"333333333333" 333333333333 managed alias/a GLACIER governance 5% 200% -1 0 &a *a !x .inf 2026-13-99 0b_ |'
)
KEYS = st.sampled_from(WORDS.split())
SCALARS = st.sampled_from(VALUES.split())
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(KEYS, inner, max_size=5).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=25,
)
FILES = st.dictionaries(KEYS, ANYTHING, max_size=6).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs.items())
)
PROPERTY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def report_of(path: Path) -> str:
    """The report of a file, empty where it has no fault; anything else that is raised fails the test."""
    try:
        load(path)
    except InvalidSettings as invalid:
        return str(invalid)
    return ""


def raises_nothing_else(path: Path) -> None:
    try:
        load(path)
    except InvalidSettings as error:
        assert error.diagnostics  # noqa: PT017 - a load that succeeds is fine too


@PROPERTY
@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise_anything_else(tmp_path, raw):
    path = tmp_path / "accounts.yaml"
    path.write_bytes(raw)
    raises_nothing_else(path)


@PROPERTY
@given(FILES)
def test_arbitrary_yaml_never_raises_anything_else(tmp_path, text):
    path = tmp_path / "accounts.yaml"
    path.write_text(text)
    raises_nothing_else(path)


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 30), ANYTHING), min_size=1, max_size=4))
def test_a_good_file_with_arbitrary_changes_never_raises_anything_else(tmp_path, changes):
    lines = (BAD.parent / "good" / "everything-written.yaml").read_text().splitlines()
    for number, value in changes:
        lines[number] = f"{lines[number].partition(':')[0]}: {value}"
    path = tmp_path / "accounts.yaml"
    path.write_text("\n".join(lines))
    raises_nothing_else(path)


SAMPLES = [
    path.read_text(encoding="utf-8", errors="replace").splitlines()
    for path in sorted(BAD.parent.glob("*/*.yaml"))
    if path.stat().st_size < 10_000
]
# What was found to trip readers, and what would steer a terminal, reorder its text or command a CI job.
WORDS_OF_TROUBLE = [
    *VALUES.split(),
    *("us-gov-west-1", "cn-north-1", "us-iso-east-1", "us-est-1", "archive", "[]", "{}", "0", "1:1", "yes", "!!bool x"),
    *(
        '"{\\e[31m}"',
        '"{\\u202e}"',
        '"\\x9b2J"',
        '"a\\n::error::b"',
        '"##[group]"',
        '"tag:\\u2066=x"',
        '"!wave:\\a"',
        '"\\0"',
    ),
    *("\u202e", "\u2028", "\u0085", "“x”", "!\u202e", "&\u202e a", "*\u202e", "[bold]", "TfToken[a]", "1" * 5000),
]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["drop", "double", "value", "word", "insert", "borrow"]),
        st.integers(0, 1000),
        st.integers(0, 1000),
        st.sampled_from(WORDS_OF_TROUBLE),
    ),
    min_size=1,
    max_size=5,
)


def changed(lines: list[str], changes: list[tuple[str, int, int, str]]) -> str:
    lines = list(lines)
    for kind, where, place, word in changes:
        number = where % len(lines) if lines else 0
        line = lines[number] if lines else ""
        words = line.split(" ")
        match kind:
            case "drop":
                del lines[number : number + 1]
            case "double":
                lines.insert(number, line)
            case "value":
                lines[number : number + 1] = [f"{line.partition(':')[0]}: {word}"]
            case "word":
                words[place % len(words)] = word
                lines[number : number + 1] = [" ".join(words)]
            case "insert":
                at = place % (len(line) + 1)
                lines[number : number + 1] = [line[:at] + word + line[at:]]
            case "borrow":
                other = SAMPLES[place % len(SAMPLES)]
                lines.insert(number, other[where % len(other)] if other else "")
    return "\n".join(lines) + "\n"


# About the time of the other tests here together.
@settings(PROPERTY, max_examples=800)
@given(st.sampled_from(SAMPLES), CHANGES)
def test_the_report_of_a_changed_file_has_no_character_that_is_not_escaped(tmp_path, lines, changes):
    path = tmp_path / "accounts.yaml"
    path.write_text(changed(lines, changes), encoding="utf-8", newline="")
    for line in report_of(path).split("\n"):
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
