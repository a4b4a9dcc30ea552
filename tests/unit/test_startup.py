"""What keeps a command from going on."""

import shutil
from collections import namedtuple

import pytest

from orgtrail.console.startup import refuse_full_disk
from orgtrail.errors import UserError

Usage = namedtuple("Usage", "total used free")


def test_a_folder_for_temporary_files_without_room_is_told_before_jsii_ends_in_a_traceback(monkeypatch):
    monkeypatch.setenv("TMPDIR", "/full")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(10**9, 10**9, 0))

    with pytest.raises(UserError, match="There is no room for temporary files in /full: make some"):
        refuse_full_disk()


def test_one_that_is_not_there_is_told_too(monkeypatch):
    monkeypatch.setenv("TMPDIR", "/nowhere")

    with pytest.raises(UserError, match="Temporary files can't be written into /nowhere: No such file or directory"):
        refuse_full_disk()


def test_one_with_room_is_no_reason_to_stop():
    refuse_full_disk()
