"""Edits of accounts.yaml as text: what they don't change stays byte for byte."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from ruamel.yaml import YAML

from orgtrail.errors import UserError
from orgtrail.onboarding.edit import CannotEdit, Value, edit
from orgtrail.onboarding.scalars import scalar
from orgtrail.settings import load
from orgtrail.settings.source import read
from tests.builders import REPOSITORY

PATH = Path("accounts.yaml")
SAMPLE = (REPOSITORY / "accounts.yaml").read_bytes()
HEAD = (
    'archive: {account_id: "222222222222", region: us-east-1, bucket: acme-iam-events}\n'
    "state: {backend: local}\ndefaults: {regions: us-east-1}\n"
)
LEDGER = {"account_id": "777777777777", "name": "ledger-prod"}


def after(accounts, *values, entries=()):
    """What becomes of the part of a file that holds the accounts."""
    done = edit(PATH, (HEAD + accounts).encode(), values, entries).after.decode()
    assert done.startswith(HEAD)
    return done.removeprefix(HEAD)


def test_an_entry_comes_after_the_last_one_and_is_written_as_it_is():
    changed = edit(PATH, SAMPLE, entries=[{**LEDGER, "tags": {"env": "prod"}}])

    assert changed.after.decode() == SAMPLE.decode() + (
        '\n  - account_id: "777777777777"\n    name: ledger-prod\n    tags: {env: prod}\n'
    )


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ('accounts:\n- account_id: "333333333333"\n  name: a', '\n- account_id: "777777777777"\n  name: ledger-prod'),
        (
            'accounts:\n  -   account_id: "333333333333"\n      name: a\n      # the end of a\n# of the file\n',
            '  -   account_id: "777777777777"\n      name: ledger-prod\n',
        ),
        (
            'accounts:\n  - {account_id: "333333333333", name: a}\n',
            '  - {account_id: "777777777777", name: ledger-prod}\n',
        ),
        (
            'accounts: [{account_id: "333333333333", name: a}]\n',
            ', {account_id: "777777777777", name: ledger-prod}',
        ),
        (
            'accounts: [\n  {account_id: "333333333333", name: a},\n  {account_id: "444444444444", name: b},\n]\n',
            ',\n  {account_id: "777777777777", name: ledger-prod}',
        ),
        ("accounts: [] # all\n", '\n  - account_id: "777777777777"\n    name: ledger-prod'),
        (
            'accounts:\r\n  - account_id: "333333333333"\r\n    name: a\r\n',
            '  - account_id: "777777777777"\r\n    name: ledger-prod\r\n',
        ),
    ],
)
def test_each_way_to_write_a_list_goes_on_as_it_began(before, wanted):
    text = after(before, entries=[LEDGER])

    assert wanted in text
    assert text.replace(wanted, "", 1) == before.replace(" []", "")


def test_comments_that_are_indented_as_the_last_entry_stay_with_it():
    before = 'accounts:\n  - account_id: "333333333333"\n    name: a\n    # of a\n  # of the list\n'
    entry = '  - account_id: "777777777777"\n    name: ledger-prod\n'

    assert after(before, entries=[LEDGER]) == before.replace("  # of the list", f"{entry}  # of the list")


def test_a_value_is_replaced_in_its_place_and_in_its_quotes():
    before = 'accounts:\n  - account_id: "333333333333"\n    name: "a" # b\n    status: \'closed\'\n'

    assert after(before, Value(0, "name", "z"), Value(0, "status", "active")) == before.replace('"a"', '"z"').replace(
        "'closed'", "'active'"
    )


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        (
            'accounts:\n  - account_id: "333333333333"\n    name: a # b\n    enabled: true\n',
            'accounts:\n  - account_id: "333333333333"\n    name: a # b\n    status: closed\n    enabled: true\n',
        ),
        (
            'accounts: [{name: a, account_id: "333333333333"}]\n',
            'accounts: [{name: a, status: closed, account_id: "333333333333"}]\n',
        ),
    ],
)
def test_a_key_that_is_not_there_comes_behind_the_name(before, wanted):
    assert after(before, Value(0, "status", "closed")) == wanted


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        ("{env: dev} # c", '{env: prod, "owner": "no"} # c'),
        ("\n      env: dev # c\n      x: y", '\n      env: prod # c\n      x: y\n      owner: "no"'),
        ("{}", '{env: prod, owner: "no"}'),
        ("[env:none, 'env:dev']", "[env:none, 'env:prod', \"owner:no\"]"),
        ("\n      - env:dev", '\n      - "env:prod"\n      - "owner:no"'),
        ("[]", '["env:prod", "owner:no"]'),
    ],
)
def test_tags_keep_the_form_in_which_they_are_written(tags, wanted):
    before = f'accounts:\n  - account_id: "333333333333"\n    name: a\n    tags: {tags}\n'

    assert after(before, Value(0, "tags", {"env": "prod", "owner": "no"})) == before.replace(tags, wanted).replace(
        '"owner":', "owner:"
    )


def test_a_byte_order_mark_stays():
    raw = b"\xef\xbb\xbf" + SAMPLE

    assert edit(PATH, raw, [Value(0, "name", "pay")]).after == raw.replace(b"payments-prod", b"pay")


@pytest.mark.parametrize(
    "accounts",
    [
        # The other value would change with it.
        'accounts:\n  - account_id: "333333333333"\n    name: &n a\n    display_name: *n\n',
        "accounts:\n  - *one\n",
        # Where a line ends with nothing but a carriage return.
        'accounts:\r  - account_id: "333333333333"\r    name: a\r    display_name: b\r',
    ],
)
def test_what_cannot_be_edited_is_refused(accounts):
    head = HEAD.replace("regions: us-east-1", 'regions: us-east-1, vars: {x: &one {account_id: "1", name: a}}')

    with pytest.raises(CannotEdit):
        edit(PATH, (head + accounts).encode(), [Value(0, "name", "b"), Value(0, "status", "closed")])


@pytest.mark.parametrize("before", ["accounts: &all\n", "accounts: !!seq # all\n", "accounts: !!seq &all\n"])
def test_an_anchor_or_a_tag_before_the_list_stays(before):
    entry = '  - account_id: "333333333333"\n    name: !!str a\n    tags: &t\n      env: dev\n'
    new = '  - account_id: "777777777777"\n    name: ledger-prod\n'

    assert after(before + entry, entries=[LEDGER]) == before + entry + new
    assert after(before + entry, Value(0, "name", "b"), Value(0, "tags", {"owner": "web"})) == (
        before + entry.replace("!!str a", "!!str b") + "      owner: web\n"
    )


def test_a_comment_between_empty_brackets_stays():
    assert "# nothing yet\n" in after("accounts: [\n  # nothing yet\n]\n", entries=[LEDGER])


def test_a_key_with_a_colon_is_not_written_into_a_list_of_tags_where_it_would_be_another():
    accounts = 'accounts:\n  - account_id: "333333333333"\n    name: a\n    tags: ["env:dev"]\n'

    with pytest.raises(CannotEdit, match=r"accounts\.yaml:7: tags are a list, whose keys end at the first colon"):
        after(accounts, Value(0, "tags", {"acme:env": "prod"}))


def test_an_edit_whose_result_has_faults_says_so_and_that_the_file_stays():
    planned = edit(PATH, SAMPLE, entries=[{"account_id": "333333333333", "name": "again"}])

    with pytest.raises(UserError, match="would have faults, so it stays as it is") as refused:
        planned.settings()
    assert "is the account_id of accounts[0] too, on line 28" in str(refused.value)


def test_a_diff_tells_of_a_file_that_does_not_end_its_last_line():
    planned = edit(PATH, SAMPLE.rstrip(b"\n"), [Value(3, "status", "active")])

    assert "\\ No newline at end of file" in planned.diff


@pytest.mark.parametrize(
    "text", ["no", "1", "", "a: b", "é\x85\u2028", "\U0001f600", "it's", 'a"b', "null", "2026-01-01"]
)
@pytest.mark.parametrize("written", ["", "'x'", '"x"', "x"])
def test_any_text_is_read_as_it_was(text, written):
    raw = f"a: {{b: {scalar(text, written)}}}".encode()

    assert read(PATH, raw).root.data == {"a": {"b": text}}


COMMENT = st.sampled_from(["", "  # it's 'here'", " # - x: y", "  # {a, b}"])
NAME = st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True)
QUOTES = st.sampled_from(["", "'", '"'])


@st.composite
def files(draw):
    """An accounts file with comments anywhere, each entry in a way of its own; and how many entries it has."""
    names = draw(
        st.lists(
            NAME.filter(lambda name: name not in ("archive", "y", "n", "no", "on", "yes", "off")),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    lines = ["accounts:" + draw(COMMENT)]
    for number, name in enumerate(names):
        quote = draw(QUOTES)
        written, comment = f"{quote}{name}{quote}", draw(COMMENT)
        extra = draw(st.sampled_from(["", "tags: {env: dev}", "tags: [env:dev]", "status: suspended", "email: null"]))
        if draw(st.booleans()):
            keys = ", ".join(filter(None, [f'account_id: "{number:012d}"', f"name: {written}", extra]))
            lines.append(f"  - {{{keys}}}{comment}")
        else:
            lines += [f"  - account_id: '{number:012d}'{draw(COMMENT)}", f"    name: {written}{comment}"]
            lines += [f"    {extra}{draw(COMMENT)}"] if extra else []
        lines += draw(st.sampled_from([[], [""], ["  # between"], ["# below", ""], ["    # of it"]]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return HEAD + newline.join(lines) + draw(st.sampled_from(["", newline])), len(names)


def comments(text):
    """The comments of a text, in their order."""
    return [line.partition(" #")[2] or line for line in text.splitlines() if " #" in line or line.startswith("#")]


@examples(max_examples=40)
@given(files(), st.data())
def test_an_edit_keeps_all_comments_and_changes_only_what_it_says(file, data):
    text, number = file
    places = data.draw(st.lists(st.integers(0, number - 1), unique=True))
    values = [
        Value(
            place, key, f"new-{place}" if key == "name" else {"env": "prod", "team": "a"} if key == "tags" else "closed"
        )
        for place in places
        for key in data.draw(st.lists(st.sampled_from(["name", "status", "tags"]), unique=True))
    ]
    entries = [
        {"account_id": f"9{place:011d}", "name": f"joined-{place}"} for place in range(data.draw(st.integers(0, 2)))
    ]
    result = edit(PATH, text.encode(), values, entries).after.decode()

    assert comments(result) == comments(text)
    before, now = load(PATH, text.encode()), load(PATH, result.encode())
    changed = {value.at for value in values}
    assert [a for at, a in enumerate(before.accounts) if at not in changed] == [
        a for at, a in enumerate(now.accounts[:number]) if at not in changed
    ]
    assert [one.name for one in now.accounts[number:]] == [entry["name"] for entry in entries]
    # Another reader of YAML sees the same accounts.
    assert [entry["name"] for entry in YAML().load(result)["accounts"]] == [one.name for one in now.accounts]
    if not values and not entries:
        assert result == text
