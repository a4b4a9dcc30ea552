"""The status as one HTML page: it asks for nothing else, and can be read without JavaScript.

Without it there are the pipelines in trouble, with the reason, and a word for every pipeline. With it: filter, order
and details.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from pathlib import Path
from typing import Any

from orgtrail.escape import in_page, in_script
from orgtrail.settings import Account
from orgtrail.status.finding import WORDS
from orgtrail.status.found import Found, Status
from orgtrail.status.next_steps import next_steps
from orgtrail.status.record import as_bits
from orgtrail.words import counted

_CLASSES = dict(zip(WORDS, "fnsokqax", strict=True))
_DAYS = 30
_ROWS = 500  # pipelines in trouble that are told with their reason; the others are in the table of all
_LONG = 32  # characters of a name that stay on one line
_ID, _REGION = "\ue000", "\ue001"  # in place of a pipeline's own in its reason: page.js puts them back
_HERE = Path(__file__).parent


def page(status: Status, bucket: str) -> str:
    """The whole page."""
    style, script = (_HERE.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    title = f"Orgtrail: {bucket}"
    return "".join(
        (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{in_page(title)}</title><style>{style}</style></head><body>\n",
            *_body(status, title),
            f'<script type="application/json" id="data">{in_script(_data(status))}</script>\n',
            f"<script>{script}</script></body></html>\n",
        )
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _body(status: Status, title: str) -> Iterator[str]:
    trouble = [one for one in status.found if one.verdict.is_trouble]
    counts = Counter(one.verdict.word for one in status.found)
    told = ", ".join(f"<span class={_CLASSES[word]}>{counts[word]:,} {word}</span>" for word in WORDS if counts[word])
    yield f"<header><h1>{in_page(title)}</h1>\n"
    pipelines = f"{len(status.found):,} pipelines"
    yield f"<p>As of {status.now.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {pipelines}: {told}</p>"
    yield from (f"<p>Note: {in_page(note)}</p>" for note in status.notes)
    yield "</header><main>\n"
    yield f"<h2>{_heading(status, len(trouble))}</h2>\n"
    if trouble:
        yield from _trouble(status, trouble)
    if status.is_trouble:
        yield '<ul class="soft">'
        yield from (f"<li>{in_page(step)}</li>" for step in next_steps(status))
        yield "</ul>\n"
    yield from _all(status)
    yield "</main>\n"


def _heading(status: Status, trouble: int) -> str:
    if trouble:
        return f"{counted(trouble, 'pipeline')} in trouble"
    return "No pipeline is in trouble" if status.is_whole else "Whether a pipeline is in trouble is not known"


def _trouble(status: Status, trouble: Sequence[Found]) -> Iterator[str]:
    yield '<div class="wide first" tabindex="0" role="region" aria-label="Pipelines in trouble">'
    yield '<table id="trouble"><thead><tr>'
    yield from (f'<th scope="col">{name}</th>' for name in ("account", "region", "verdict", "why", "last 30 days"))
    yield "</tr></thead><tbody>\n"
    for one in trouble[:_ROWS]:
        account, word = one.pipeline.account, one.verdict.word
        yield (
            f"<tr><th {_head(account)}>{in_page(account.name)}</th><td>{in_page(one.pipeline.region)}</td>"
            f'<td class="{_CLASSES[word]}">{word}</td><td class="why">{in_page(one.verdict.why)}</td>'
            f"<td>{_sparkline(_bits([one], status.now.date()))}</td></tr>\n"
        )
    yield "</tbody></table></div>\n"
    if len(trouble) > _ROWS:
        yield f"<p>… and {len(trouble) - _ROWS:,} more, in the table below.</p>\n"


def _all(status: Status) -> Iterator[str]:
    regions = _regions(status)
    yield '<h2>All accounts</h2>\n<form class="js" role="search">'
    yield '<label>Account or region<input id="text" type="search" autocomplete="off"></label>'
    yield '<label>Verdict<select id="word"><option value="">any</option><option value="99">in trouble</option>'
    yield from (f'<option value="{number}">{word}</option>' for number, word in enumerate(WORDS))
    yield '</select></label><p id="told" role="status"></p></form>\n'
    yield '<p class="nojs soft">The worst account comes first. With JavaScript, a click on an account shows more.</p>'
    yield '<div class="wide" tabindex="0" role="region" aria-label="All accounts"><table><thead><tr id="heads">'
    heads = (("account", "account"), ("id", "id"), ("days", "last 30 days"))
    for by, name in heads:
        yield f'<th scope="col"><span class="nojs">{name}</span>'
        yield f'<button class="js" type="button" data-by="{by}">{name}</button></th>'
    yield '<th scope="col"><span class="nojs">worst</span>'
    yield '<button class="js" type="button" data-by="verdict">worst</button></th>'
    yield from (f'<th scope="col">{in_page(region)}</th>' for region in regions)
    yield '</tr></thead><tbody id="all">\n'
    for found in _by_account(status):
        yield _row(found, regions, status.now.date())
    yield "</tbody></table></div>\n"


def _row(found: Sequence[Found], regions: Sequence[str], today: date) -> str:
    account, by_region = found[0].pipeline.account, {one.pipeline.region: one for one in found}
    bits = _bits(found, today)
    cells = "".join(_cell(by_region.get(region)) for region in regions)
    return (
        f"<tr><th {_head(account)}><button aria-expanded=false>{in_page(account.name)}</button><td>{account.account_id}"
        f"<td data-days={bits.bit_count()}>{_sparkline(bits)}{_cell(found[0])}{cells}\n"
    )


def _head(account: Account) -> str:
    return "scope=row class=long" if len(account.name) > _LONG else "scope=row"


def _cell(one: Found | None) -> str:
    if one is None:
        return "<td>"
    word = one.verdict.word
    kind = "r" if word == "never" and not one.verdict.is_trouble else _CLASSES[word]
    return f"<td class={kind}>{word}"


def _bits(found: Iterable[Found], today: date) -> int:
    """The days on which anything has arrived, as bits: the lowest is today."""
    return as_bits(frozenset(day for one in found for day in one.arrivals.days), today, _DAYS)


def _sparkline(bits: int) -> str:
    """A stroke for each run of days, the oldest on the left."""
    path, start = "", None
    for place in range(_DAYS + 1):
        arrived = place < _DAYS and bits >> (_DAYS - 1 - place) & 1
        if arrived and start is None:
            start = place
        elif not arrived and start is not None:
            path, start = f"{path}M{start} .5h{place - start}", None
    label = f"{bits.bit_count()} of {_DAYS} days"
    return f'<svg viewBox="0 0 30 1" preserveAspectRatio=none role=img aria-label="{label}"><path d="{path}"/></svg>'


def _regions(status: Status) -> list[str]:
    return sorted({one.pipeline.region for one in status.found})


def _by_account(status: Status) -> list[list[Found]]:
    """The pipelines of each account, the worst first; and so are the accounts."""
    accounts: dict[str, list[Found]] = {}
    for one in status.found:
        accounts.setdefault(one.pipeline.account.account_id, []).append(one)
    return list(accounts.values())


def _data(status: Status) -> str:
    """What the details show, with each text once: a list a pipeline, by account and region."""
    regions, texts = _regions(status), dict[str, int]()
    accounts: list[list[Any]] = []
    for found in _by_account(status):
        by_region = {one.pipeline.region: one for one in found}
        accounts.append([_entry(by_region.get(region), texts, status.now.date()) for region in regions])
    document = {"words": WORDS, "classes": list(_CLASSES.values()), "regions": regions, "accounts": accounts}
    now = int(status.now.timestamp() * 1000)
    return json.dumps({**document, "texts": list(texts), "now": now}, separators=(",", ":"))


def _entry(one: Found | None, texts: dict[str, int], today: date) -> list[int] | None:
    if one is None:
        return None
    newest, why = one.arrivals.newest, texts.setdefault(_without_place(one), len(texts))
    minutes = int(newest.time.timestamp() // 60) if newest else 0
    return [WORDS.index(one.verdict.word), why, minutes, _bits([one], today), int(one.verdict.is_trouble)]


def _without_place(one: Found) -> str:
    """The reason as others have it, too: if all accounts refuse, each in its own name, the page stays small."""
    account_id, region = one.pipeline.place
    return one.verdict.why.replace(account_id, _ID).replace(region, _REGION)
