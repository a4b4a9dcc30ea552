"""The comment of a pull request: what a reviewer sees first, what is folded, and that it always fits."""

import json
import re

import pytest
from markdown_it import MarkdownIt

from orgtrail.rollout.comment import comment
from orgtrail.rollout.details import detailed
from orgtrail.rollout.results import Result
from orgtrail.terraform.changes import Attribute, Change
from orgtrail.weaker import Loss, Weakening
from tests.builders import REPOSITORY

LIMIT = 65_536
EXPIRES = Loss("events are deleted", "never", "after 30 days")
TAGS = Change("aws_sqs_queue.q", "update", (Attribute("tags.env", "test", "prod"),))
TRUST = Change(
    "aws_iam_role.r", "update", (Attribute("assume_role_policy, statement S", "Action a", "Action b"), *TAGS.attributes)
)
PERMISSIONS = Change("aws_iam_role_policy.p", "update", (Attribute("policy, statement T", "none", "Allow"),))
DELETED = Change("aws_sqs_queue.gone", "delete")


def changed(stack, *changes):
    return Result(stack, "changes", changes)


def of_plan(name, account_id=None):
    plan = json.loads((REPOSITORY / "tests" / "plans" / f"{name}.json").read_text(encoding="utf-8"))
    changes = [Change(one["address"], one["change"]["actions"][0]) for one in plan["resource_changes"]]
    return detailed(changes, plan, account_id=account_id, accounts=())


def order_of(text, *parts):
    return [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)


class TestWhatComesFirst:
    def test_what_comes_first_is_what_gets_weaker_then_what_is_lost_then_what_failed(self):
        text = comment(
            [changed("alice", DELETED, TAGS), Result("bob", "failed", error="two\nlines")],
            "orgtrail diff bob",
            weaker=[Weakening.of("archive", EXPIRES, "plan")],
        )

        assert order_of(
            text,
            "### Orgtrail: 2 stacks: 1 with changes, 1 failed",
            "**Evidence gets weaker**\n\n- `archive`\n  - **events are deleted**: `never` → `after 30 days` <sub>plan",
            "**Destroyed or replaced**\n\n- `alice`\n  - delete `aws_sqs_queue.gone`",
            "**Failed**\n\n- `bob`: two lines",
            "Again: `orgtrail diff bob`",
            "<details>",
        )

    def test_what_comes_first_is_nothing_where_nothing_is_weaker_lost_or_failed(self):
        assert "**" not in comment([Result("a", "unchanged")], "again")


class TestStacksThatChangeAlike:
    def test_stacks_that_change_alike_share_a_block_with_their_names(self):
        text = comment([changed(f"a{number}", TAGS) for number in range(40)], "again")

        assert text.count("<details>") == 1
        assert "<b>40 stacks</b> that change alike: +0 ~1 -0 each (tags)" in text
        assert all(f"`a{number}`" in text for number in range(40))

    def test_stacks_that_change_alike_are_those_whose_values_are_alike_too(self):
        other = Change("aws_sqs_queue.q", "update", (Attribute("tags.env", "test", "dev"),))

        assert comment([changed("a", TAGS), changed("b", other)], "again").count("<details>") == 2

    def test_stacks_that_change_alike_may_have_their_changes_in_another_order(self):
        assert comment([changed("a", TAGS, DELETED), changed("b", DELETED, TAGS)], "again").count("<details>") == 1

    def test_stacks_that_change_alike_may_differ_in_their_accounts_ids(self):
        plan = (REPOSITORY / "tests" / "plans" / "account-weaker.json").read_text(encoding="utf-8")
        results = []
        for account_id in ("111111111111", "222222222222"):
            document = json.loads(plan.replace("111111111111", account_id))
            changes = [Change(one["address"], one["change"]["actions"][0]) for one in document["resource_changes"]]
            details = detailed(changes, document, account_id=account_id, accounts=())
            results.append(Result(account_id, "changes", details))

        assert "<b>2 stacks</b> that change alike" in comment(results, "again")

    def test_stacks_that_change_alike_say_why_they_change_and_how_many_for_which_reason(self):
        reasons = {"a": ["defaults.tags changed"], "b": ["defaults.tags changed", "log_retention_days: 1 → 3"]}
        text = comment([changed("a", TAGS), changed("b", TAGS)], "again", reasons=reasons)

        assert "Why: defaults.tags changed; log\\_retention\\_days\\: 1 → 3 (1)" in text

    def test_stacks_that_change_alike_that_lose_the_same_are_told_once(self):
        text = comment([changed(f"a{number}", DELETED) for number in range(5)], "again")

        assert "- 5 stacks (`a0`, `a1`, `a2` and 2 more)\n  - delete `aws_sqs_queue.gone`" in text

    def test_stacks_that_change_alike_that_failed_alike_are_told_once(self):
        text = comment([Result(name, "failed", error="no") for name in "abcd"], "again")

        assert "- 4 stacks (`a`, `b`, `c` and 1 more): no" in text


class TestABlock:
    def test_a_block_tells_trust_and_permissions_apart_from_tags(self):
        text = comment([changed("a", TAGS, TRUST, PERMISSIONS)], "again")

        assert "(who is trusted, permissions, tags)" in text
        assert order_of(
            text,
            "**Who is trusted**\n\n- update `aws_iam_role.r`\n  - `assume_role_policy, statement S`: `Action a` → ",
            "**Permissions**\n\n- update `aws_iam_role_policy.p`\n  - `policy, statement T`: `none` → `Allow`",
            "**Tags**\n\n- `tags.env`: `test` → `prod` on 2 resources (`aws_sqs_queue.q`, `aws_iam_role.r`)",
        )

    def test_a_block_of_graver_changes_comes_first(self):
        new = changed("new", Change("aws_iam_role.r", "create"))
        text = comment(
            [changed("tags", TAGS), new, changed("permissions", PERMISSIONS), changed("trust", TRUST)], "again"
        )

        assert order_of(text, "<b>trust</b>", "<b>permissions</b>", "<b>new</b>", "<b>tags</b>")


def organization(number):
    """An archive and so many accounts, of which most change, and each in its own way where `number` is odd."""
    weaker, tags = of_plan("account-weaker", "111111111111"), (TAGS,)
    results = [Result("archive", "changes", of_plan("archive-weaker"))]
    for index in range(number):
        name = f"a-long-name-of-an-account-that-is-one-of-many-{index:04d}"
        own = Change(f"aws_iam_role.r{index}", "update", (Attribute("policy", str(index), "x" * 200),))
        results.append(
            Result(name, "failed", error=f"{index} {'`<details>|@x' * 50}")
            if index % 5 == 0
            else changed(name, *weaker, own)
            if index % 5 == 1
            else changed(name, *(weaker if index % 5 == 2 else tags))
        )
    return results


class TestItFits:
    @pytest.mark.parametrize("number", [1, 40, 1000])
    def test_it_fits_with_a_pointer_to_what_does_not(self, number):
        results = organization(number)
        text = comment(results, "again", weaker=[one for result in results for one in result.weaker])

        assert len(text) < LIMIT
        assert text.count("<details>") == text.count("</details>") > 0
        assert "**Evidence gets weaker**" in text
        assert "**Failed**" in text
        assert ("more of these: `bin/orgtrail diff --json`" in text) == (number == 1000)

    def test_it_fits_without_a_command_that_would_fill_it(self):
        results = [Result(f"{'team' * 15}-{number:04}", "failed", error="AccessDenied") for number in range(1000)]
        names = " ".join(result.stack for result in results)

        assert "Again: `orgtrail diff team" in comment(results[:20], f"orgtrail diff {names[:1300]}")
        assert "Again" not in comment(results, f"orgtrail diff {names}")
        assert len(comment(results, f"orgtrail diff {names}")) <= 65_000

    def test_it_fits_where_a_thousand_accounts_change_alike(self):
        text = comment([changed(f"payments-{number}", TAGS) for number in range(1000)], "again")

        assert len(text) < 3_000
        assert "and 900 more" in text


# What would end a code span, a list, a fence, a table, a block, or call somebody.
HOSTILE = "`` ` </details></summary> <img src=x> | @everyone \n\n```\n# heading\n- [link](http://x) <!-- -->"


class TestNoValueBreaksOut:
    def test_no_value_breaks_out_wherever_it_stands(self):
        hostile = Change(HOSTILE, "update", (Attribute(HOSTILE, HOSTILE, HOSTILE),))
        results = [
            changed(HOSTILE, hostile, Change(HOSTILE + "2", "delete")),
            Result(HOSTILE + "3", "failed", error=HOSTILE),
        ]
        weaker = [Weakening.of(HOSTILE, Loss(HOSTILE, HOSTILE, HOSTILE), "plan")]
        text = comment(results, HOSTILE, weaker=weaker, reasons={HOSTILE: [HOSTILE]})
        page = MarkdownIt("commonmark").enable("table").render(text)

        assert set(re.findall(r"<([a-z0-9]+)", page)) == {
            *("b", "code", "details", "h3", "li", "p", "strong", "sub", "summary", "ul")
        }
        assert (page.count("<details>"), page.count("</details>"), page.count("<!--")) == (1, 1, 0)
        assert re.findall(r"(?<!<code>)@everyone", re.sub(r"<code>.*?</code>", "<code>", page, flags=re.DOTALL)) == []
