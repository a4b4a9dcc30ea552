"""Which accounts are built from constructs, and which are stamped: shapes.py says what a stamp is.

Of each shape with a stamp, a few accounts are built all the same, to be compared with what the stamp makes of them.
This shows a function that looks into texts without asking, if they have what it looks for, such as `prod` in a name.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from orgtrail.errors import UserError
from orgtrail.settings import Account
from orgtrail.terraform.shapes import Outline, Stamp

# jsii never frees memory, its 4 GB included: a pipeline takes up to 0.4 MB (provider 5, one region an account).
CARRIED_BY_A_PROCESS = 8_000
_PROBES = 2
_ACCOUNTS_PER_CONTROL, _MOST_CONTROLS = 4, 3

_WORD = re.compile(r"[^\W\d_]+")


class TooManyPipelines(UserError):
    """One process can't build so many; the text says why they have to be built."""


class Shapes:
    """Accounts, sorted by shape.

    Raises TooManyPipelines.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._outlines: dict[str, Outline] = {}
        self._alike: dict[str, list[Account]] = {}
        for account in accounts:
            outline = self._outlines[account.account_id] = Outline.of(account)
            self._alike.setdefault(outline.shape, []).append(account)
        self._built = 0
        for alike in self._alike.values():
            self._build(
                min(len(alike), _PROBES + _controls(len(alike))),
                alike,
                f"{len(self._outlines):,} accounts are too different for one synthesis: over {CARRIED_BY_A_PROCESS:,} "
                "of their pipelines differ in more than names, ids, roles and values of tags",
                ", or give more accounts the same regions, events and keys of tags",
            )

    def outline(self, account: Account) -> Outline:
        """The outline of one of the accounts."""
        return self._outlines[account.account_id]

    def worth_a_stamp(self) -> list[Account]:
        """One account of each shape that has more accounts than a stamp takes builds."""
        return [alike[0] for alike in self._alike.values() if len(alike) > _PROBES + _controls(len(alike))]

    def controls(self, account: Account, stamp: Stamp) -> list[Account]:
        """The accounts of a shape that are to be built, and to be compared with what its stamp makes of them."""
        alike = self._like(account)
        fitting = [one for one in alike if stamp.fits(self.outline(one))]
        return _with_most_words([(one, self.outline(one)) for one in fitting], _controls(len(alike)))

    def build_misfits(self, account: Account, stamp: Stamp) -> None:
        """Note that the accounts of a shape that its stamp doesn't fit are built. Raises TooManyPipelines."""
        alike = self._like(account)
        misfits = sum(not stamp.fits(self.outline(one)) for one in alike)
        self._build(misfits, alike, f"{misfits:,} accounts like {account.name} have a text that a construct looks for")

    def build_all_like(self, account: Account, why: str) -> int:
        """Note that every account of a shape is built; returns how many those are. Raises TooManyPipelines."""
        alike = self._like(account)
        others = f" and {len(alike) - 1:,} accounts like it" if len(alike) > 1 else ""
        self._build(len(alike), alike, f"{account.name}{others} have to be built one by one: {why}")
        return len(alike)

    def _like(self, account: Account) -> list[Account]:
        return self._alike[self.outline(account).shape]

    def _build(self, builds: int, alike: Sequence[Account], why: str, remedy: str = "") -> None:
        self._built += builds * len(alike[0].regions)
        if builds and self._built > CARRIED_BY_A_PROCESS:
            raise TooManyPipelines(
                f"{why}. One synthesis builds {CARRIED_BY_A_PROCESS:,} pipelines at most. "
                f"Ask for fewer stacks at once, such as with --shard 1/2{remedy}."
            )


def _controls(alike: int) -> int:
    """How many controls a shape of so many accounts has."""
    return min(_MOST_CONTROLS, max(1, alike // _ACCOUNTS_PER_CONTROL))


def _with_most_words(accounts: Sequence[tuple[Account, Outline]], most: int) -> list[Account]:
    """Accounts whose texts have, together, the words that most accounts have: `prod`, `test` and `dev` for example."""
    words = {account.account_id: {*_WORD.findall(" ".join(outline.texts))} for account, outline in accounts}
    common = Counter(chain.from_iterable(words.values()))
    left, chosen = [account for account, _outline in accounts], []
    for _control in range(min(most, len(left))):
        control = max(left, key=lambda one: sum(common[word] for word in words[one.account_id]))
        left.remove(control)
        chosen.append(control)
        # The next control is chosen for the words that this one doesn't have.
        for word in words[control.account_id]:
            del common[word]
    return chosen
