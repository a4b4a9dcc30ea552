import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from orgtrail.escape import code, code_block, html, line, markdown, terminal

_HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "::error::x",
                    ":",
                    "##[error]",
                    "##vso[",
                    "#",
                    "[",
                    "]",
                    "(",
                    ")",
                    "\n",
                    "\r",
                    "\t",
                    "\x1b[31m",
                    "\x9b",
                ),
                *("\u202e", "\u2066", "\u2028", "\x85", "\x00", "\ud800", "\\", "|", "`", "```", "~~~", "@everyone"),
                *("<img src=x>", "<!--", "&lt;", "*a*", "__b__", "- ", "1. ", "10) ", "=", "---", "    ", "www.a.com"),
                *("https://a.com", "![](x)", "$x$", ">", "+", "!"),
            ]
        ),
        st.text(max_size=8),
    ),
    max_size=8,
).map("".join)

_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def _is_runner_command(text: str) -> bool:
    """As the runner of GitHub Actions reads lines."""
    return any(shown.lstrip().startswith("::") or "##[" in shown for shown in text.splitlines())


@given(_HOSTILE)
def test_nothing_invisible_reaches_a_terminal(text):
    for shown in (terminal(text), line(text)):
        assert not [char for char in shown if unicodedata.category(char) in _INVISIBLE and char not in "\n\t"]
    assert "\n" not in line(text)


@given(_HOSTILE)
def test_no_line_is_a_command_to_githubs_runner(text):
    for escape in (terminal, line, markdown, code, code_block, html):
        assert not _is_runner_command(escape(text)), escape


@given(_HOSTILE)
def test_escaping_twice_for_a_terminal_changes_nothing_more(text):
    assert terminal(terminal(text)) == terminal(text)


@given(st.text(st.characters(categories=["L", "N"]) | st.sampled_from("\n\t .,-_/"), max_size=40))
def test_ordinary_text_stays_as_it_is_on_a_terminal(text):
    assert terminal(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("default\n::error::x", "default\n:\\:error::x"),
        ("a \t::group::x", "a \t:\\:group::x"),
        ("##[error]x", "##\\[error]x"),
        ("\x1b[31mred\r\u202e", "\\x1b[31mred\\r\\u202e"),
        (
            "arn:aws:s3:::bucket arn:aws:iam::111111111111:role/x",
            "arn:aws:s3:::bucket arn:aws:iam::111111111111:role/x",
        ),
    ],
)
def test_what_is_escaped_for_a_terminal_can_still_be_read(text, shown):
    assert terminal(text) == shown


def _rendered(source: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)


def _inline(source: str) -> list[Token]:
    """The parts of a text that is one paragraph."""
    blocks = _rendered(source)
    assert [token.type for token in blocks] == ["paragraph_open", "inline", "paragraph_close"], source
    return blocks[1].children or []


def _seen(parts: list[Token]) -> str:
    """What a reader sees of these parts, which must be text, code, or the code around `@`."""
    assert {token.type for token in parts} <= {"text", "text_special", "code_inline", "html_inline"}, parts
    tags = [token.content for token in parts if token.type == "html_inline"]
    assert set(tags) <= {"<code>", "</code>"}
    return "".join(token.content for token in parts if token.type != "html_inline")


def _mentions(parts: list[Token]) -> bool:
    return any(
        "@" in part.content and before.content != "<code>" for before, part in _pairs(parts) if "text" in part.type
    )


def _pairs(parts: list[Token]) -> list[tuple[Token, Token]]:
    return list(zip([Token("text", "", 0), *parts], parts, strict=False))


@given(_HOSTILE)
def test_text_stays_text_in_markdown(text):
    parts = _inline(f"x {markdown(text)}")
    assert _seen(parts) == f"x {line(text).strip()}".strip()
    assert not _mentions(parts)


@given(_HOSTILE)
def test_text_stays_text_at_the_beginning_of_a_line_of_markdown(text):
    if markdown(text):
        assert _seen(_inline(markdown(text))) == line(text).strip()


@given(_HOSTILE)
def test_code_stays_code_in_markdown(text):
    parts = _inline(f"x {code(text)} y")
    assert _seen(parts) == f"x {line(text)} y"
    assert not _mentions(parts)


@given(_HOSTILE)
def test_a_block_of_code_ends_where_it_should(text):
    fence, end = _rendered(f"{code_block(text)}\n\nend")[:2]
    assert (fence.type, fence.content) == ("fence", f"{terminal(text)}\n")
    assert end.type == "paragraph_open"


@given(_HOSTILE)
def test_text_stays_text_in_html_within_markdown(text):
    assert _seen(_inline(f"<code>{html(text)}</code>x"))[:-1] == line(text)


@given(_HOSTILE)
def test_each_cell_of_a_table_stays_one_cell(text):
    table = "\n".join(["| a | b |", "| --- | --- |", f"| {markdown(text)} | {code(text)} |"])
    cells = [token for token in _rendered(table) if token.type == "inline"][2:]
    assert len(cells) == 2
    assert _seen(cells[0].children or []) == line(text).strip()
    assert _seen(cells[1].children or []).strip() == line(text).strip()
