"""A file of the user's gets another content: all of it, or none."""

import os
import stat

import pytest

from orgtrail.errors import UserError
from orgtrail.files.whole import FileChanged, replace_content


def test_the_content_changes_and_the_mode_stays(tmp_path):
    file = tmp_path / "accounts.yaml"
    file.write_bytes(b"before")
    file.chmod(0o664)
    replace_content(file, b"before", b"after")

    assert file.read_bytes() == b"after"
    assert stat.S_IMODE(file.stat().st_mode) == 0o664
    assert list(tmp_path.iterdir()) == [file]


def test_a_symbolic_link_stays_one(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"before")
    link.symlink_to(target)
    replace_content(link, b"before", b"after")

    assert link.is_symlink()
    assert target.read_bytes() == b"after"


def test_a_file_that_was_changed_meanwhile_is_left_as_it_is(tmp_path):
    file = tmp_path / "accounts.yaml"
    file.write_bytes(b"somebody's")

    with pytest.raises(FileChanged, match="was changed meanwhile"):
        replace_content(file, b"before", b"after")
    assert file.read_bytes() == b"somebody's"


def test_a_folder_that_refuses_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    file = tmp_path / "accounts.yaml"
    file.write_bytes(b"before")

    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(UserError, match=r"can't be written, and is as it was: permission denied"):
        replace_content(file, b"before", b"after")
    assert file.read_bytes() == b"before"


def test_a_disk_that_is_full_half_way_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path, monkeypatch):
    file = tmp_path / "accounts.yaml"
    file.write_bytes(b"before")

    def refuse(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(UserError, match="no space left on device"):
        replace_content(file, b"before", b"after")
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]
