"""An organization of AWS Organizations, as values."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """An account of the organization. `exact`: its state comes from `State`; `Status` calls a closed one suspended."""

    account_id: str
    name: str
    state: str
    exact: bool = True


@dataclass(frozen=True)
class Organization:
    """An organization as it is; `units` has the ids of all accounts below each unit that was asked for."""

    id: str
    management_account: str
    asked: str
    members: tuple[Member, ...]
    units: Mapping[str, frozenset[str]]
