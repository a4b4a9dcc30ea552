"""locks/ holds what the requirements files pin, each file of it with its hash."""

import re
from itertools import pairwise

import pytest

from scripts.lock import LOCKED
from tests.builders import REPOSITORY

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==([^\s;]+)", re.MULTILINE)


def pins(text: str) -> set[tuple[str, str]]:
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in PIN.findall(text)}


def required(name: str) -> set[tuple[str, str]]:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    included = re.findall(r"^-r (\S+)", text, re.MULTILINE)
    return pins(text).union(*(required(one) for one in included))


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_holds_what_is_required_and_beside_it_only_what_windows_needs(name):
    lock = (REPOSITORY / "locks" / name).read_text(encoding="utf-8")
    for_windows = "".join(line for line in lock.splitlines(keepends=True) if "sys_platform == 'win32'" in line)

    assert pins(lock) - pins(for_windows) == required(name), "make lock"


@pytest.mark.parametrize("name", [*LOCKED, "uv.txt"])
def test_each_package_of_a_lock_has_a_hash_and_no_place_to_come_from(name):
    lines = (REPOSITORY / "locks" / name).read_text(encoding="utf-8").splitlines()
    written = [line for line in lines if not line.startswith("#")]

    assert written
    assert not [line for line in written if "://" in line or line.startswith("-")]
    assert not [one for one, after in pairwise([*written, ""]) if PIN.match(one) and "--hash=sha256:" not in after]
