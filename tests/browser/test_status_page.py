"""The page of `status --html` in headless Chromium: what a person sees and does, and what assistive technology sees."""

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from orgtrail.status.finding import WORDS
from orgtrail.status.found import Found, Status
from orgtrail.status.page.page import page
from tests.builders import REPOSITORY
from tests.status_pages import MOSTLY, NOW, WHY, a_found, a_status

# One worker: the browser is unpacked and started once, and takes seconds.
pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

HOSTILE = "</script><img src=x onerror='window.hacked=1'><script>window.hacked=2</script>&<!--"


def hostile(status: Status) -> Status:
    """The same, whose first account and reasons are markup."""
    first = status.found[0]
    account = replace(first.pipeline.account, name=f"<b>{HOSTILE}")
    worse = a_found(account, first.pipeline.region, "failing", why=HOSTILE)
    return replace(status, found=(worse, *map(naming_its_place, status.found[1:])), notes=(HOSTILE,))


def naming_its_place(one: Found) -> Found:
    """The same, whose reason names account and region."""
    account_id, region = one.pipeline.place
    return replace(one, verdict=replace(one.verdict, why=f"{one.verdict.why} in {account_id} {region}"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    (folder / "small.html").write_text(page(hostile(a_status(20, WORDS)), "acme-iam-events"), encoding="utf-8")
    (folder / "large.html").write_text(page(a_status(5000, MOSTLY), "acme-iam-events"), encoding="utf-8")
    script = REPOSITORY / "tests" / "browser" / "open_page.mjs"
    # The browser unpacks itself into the folder for temporary files.
    environment = {**os.environ, "TMPDIR": str(folder)}
    pages = [str(folder / name) for name in ("small.html", "large.html")]
    command = ["node", str(script), *pages, str(NOW.timestamp() * 1000)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=500)
    (folder / "chromium").unlink(missing_ok=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestOnTheSmallPage:
    def test_nothing_is_asked_for_nothing_is_complained_of_and_no_value_is_markup(self, seen):
        assert seen["small"]["complaints"] == []
        assert seen["small"]["hacked"] is None

    @pytest.mark.parametrize("state", ["light", "dark", "openedDetails"])
    def test_axe_finds_no_barrier(self, seen, state):
        assert seen["small"][state] == []

    def test_an_account_opens_with_the_keyboard_and_closes_again(self, seen):
        keys = seen["small"]["keys"]

        assert len(keys["details"]) == 1
        assert "last 30 days" in keys["details"][0]
        assert re.search(r" in 0000000000\d\d us-west-2\n", keys["details"][0])
        assert (keys["expanded"], keys["after"]) == ("true", 0)

    def test_the_arrow_keys_go_from_account_to_account_and_show_where_they_are(self, seen):
        keys = seen["small"]["keys"]

        assert keys["first"].startswith("<b>")
        assert keys["second"].startswith("team-")
        assert keys["ring"] == "solid"

    def test_the_filter_leaves_what_it_names_and_folds_details(self, seen):
        filtered = seen["small"]["filtered"]

        assert filtered == {"rows": ["team-0001-prod"], "told": "1 of 20 accounts", "details": 0}

    def test_those_in_trouble_can_be_filtered(self, seen):
        assert 0 < seen["small"]["inTrouble"] <= 20

    def test_every_account_has_something_in_a_region_that_all_have(self, seen):
        assert seen["small"]["inARegion"] == 20

    def test_accounts_can_be_put_in_order_by_each_head_that_is_a_button(self, seen):
        orders = seen["small"]["orders"]
        heads = ("account", "id", "last 30 days", "worst")

        assert [*orders] == [f"{head} {way}" for head in heads for way in ("ascending", "descending")]
        assert orders["account ascending"] == sorted(orders["account ascending"])
        assert orders["account descending"] == orders["account ascending"][::-1]
        assert orders["worst ascending"][0].startswith("<b>")

    @pytest.mark.silence("nobody-looks", "status --html")
    def test_a_page_says_that_it_is_old(self, seen, caught):
        caught(seen["small"]["old"])
        assert "old" not in seen["small"]["fresh"]

    def test_without_javascript_the_reasons_and_every_verdict_can_be_read(self, seen):
        plain = seen["small"]["plain"]

        assert all(word in plain for word in WORDS)
        assert HOSTILE in plain
        assert WHY["silent"] in plain
        assert "With JavaScript, a click on an account shows more." in plain
        assert "Account or region" not in plain


class TestOnThePageOf5000Accounts:
    def test_it_opens_and_can_be_filtered(self, seen):
        large = seen["large"]

        assert (large["complaints"], large["rows"], large["filtered"]) == ([], 5000, ["team-4999-prod"])

    def test_what_is_in_trouble_pushes_nothing_out_of_reach_and_the_heads_stay_in_sight(self, seen):
        assert seen["large"]["screens"] < 3
        assert 0 <= seen["large"]["headsInSight"] <= 1


def test_a_narrow_window_scrolls_tables_and_not_the_page(seen):
    assert seen["elsewhere"]["wider"] == 0


def test_on_paper_nothing_is_cut_off_and_there_is_no_form(seen):
    assert (seen["elsewhere"]["cut"], seen["elsewhere"]["form"]) == (0, "none")


def test_the_script_of_these_tests_is_where_they_look_for_it():
    assert Path(__file__).with_name("open_page.mjs").exists()
