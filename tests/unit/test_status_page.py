"""The page of `status --html`, as text."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from orgtrail.status.finding import WORDS, Verdict
from orgtrail.status.page.page import page
from tests.status_pages import MOSTLY, WHY, a_found, a_status

BUCKET = "acme-iam-events"


class Parsed(HTMLParser):
    """The text, attributes and elements of a page."""

    def __init__(self, text):
        super().__init__()
        self.text, self.elements, self.attributes = [], [], []
        self.inside = {"style": "", "script": ""}
        self._current = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        self._current = tag if not (tag == "script" and dict(attrs).get("type")) else "data"

    def handle_endtag(self, tag):
        self._current = ""

    def handle_data(self, data):
        if self._current in self.inside:
            self.inside[self._current] += data
        else:
            self.text.append(data)


@pytest.mark.parametrize("words", [MOSTLY, WORDS], ids=["mostly fine", "everything wrong"])
def test_5000_accounts_in_4_regions_fit_into_3_mb(words):
    assert len(page(a_status(5000, words), BUCKET).encode()) <= 3_000_000


def test_it_stays_so_small_where_every_account_refuses_in_its_own_name():
    status = a_status(5000, ["not known"])
    why = f"not known, because {'is not authorized ' * 15} arn:aws:iam::{{}}:role/x in {{}}"
    found = [replace(one, verdict=Verdict.of("not known", why.format(*one.pipeline.place))) for one in status.found]

    assert len(page(replace(status, found=tuple(found)), BUCKET).encode()) <= 3_000_000


def test_nothing_is_loaded_and_only_its_own_script_and_style_are_let_run():
    text = page(a_status(10, WORDS), BUCKET)
    parsed = Parsed(text)
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)

    assert policy
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(parsed.inside[name].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'; ")
    assert not {name for name, _value in parsed.attributes} & {"src", "href", "style", "onclick"}
    assert not {"img", "link", "iframe", "a"} & {*parsed.elements}


@pytest.mark.parametrize(
    "hostile",
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "&lt;b&gt;",
        '" onclick="x',
        "\x1b[31m",
        "\u202egnp.exe",
        "\u2028",
    ],
)
def test_whatever_a_value_holds_it_is_text(hostile):
    status = a_status(3, ["arriving"])
    first = status.found[0].pipeline
    named = replace(first.account, name=hostile)
    status = replace(status, found=(a_found(named, first.region, "failing", why=hostile), *status.found[1:]))
    status = replace(status, notes=(hostile,))

    text = page(status, BUCKET)
    harmless = page(a_status(3, ["arriving", "arriving", "failing"]), BUCKET)

    assert text.count("<script") == harmless.count("<script") == 2
    assert "\x1b" not in text
    assert "\u202e" not in text
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])  # type: ignore[index]
    assert hostile in data["texts"]


def test_those_in_trouble_come_first_with_the_reason():
    parsed = Parsed(page(a_status(4, ["arriving", "silent"]), BUCKET))
    text = "".join(parsed.text)

    assert text.index("8 pipelines in trouble") < text.index(WHY["silent"]) < text.index("All accounts")


def test_what_to_do_is_told():
    text = "".join(Parsed(page(a_status(2, ["silent", "outdated"], ["us-east-1"]), BUCKET)).text)

    assert "bin/orgtrail status team-0000-prod --deep" in text
    assert "bin/orgtrail diff team-0001-prod" in text


def test_more_than_500_in_trouble_are_counted():
    text = page(a_status(300, ["never"]), BUCKET)

    assert text.count("nothing was delivered since") == 500 + 1
    assert "… and 700 more, in the table below." in text


def test_nothing_in_trouble_is_said_and_an_organization_without_accounts_is_a_page():
    assert "No pipeline is in trouble" in page(a_status(3, ["arriving", "quiet"]), BUCKET)
    assert "No pipeline is in trouble" in page(a_status(0, ["arriving"]), BUCKET)


def test_what_could_not_be_read_is_no_pass():
    status = replace(a_status(3, ["arriving"]), is_whole=False, notes=("whether there are errors is not known",))
    text = page(status, BUCKET)

    assert "No pipeline is in trouble" not in text
    assert "Whether a pipeline is in trouble is not known" in text
    assert "docs/permissions.md#who-looks-at-the-archive" in text


def test_every_verdict_is_told_in_a_word():
    text = "".join(Parsed(page(a_status(8, WORDS), BUCKET)).text)

    assert [word for word in WORDS if word not in text] == []


def test_a_sparkline_has_a_stroke_for_each_run_of_days():
    text = page(a_status(1, ["arriving"], ["us-east-1"]), BUCKET)

    assert 'aria-label="30 of 30 days"><path d="M0 .5h30"/>' in text
