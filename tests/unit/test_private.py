import os
import stat
import subprocess
import sys

import pytest

from orgtrail.files.file_lock import FileLock
from orgtrail.files.private import private_folder
from orgtrail.rollout.workspace import Workspace
from tests.builders import REPOSITORY


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_of_a_run_is_its_owners_alone(tmp_path):
    Workspace.new(tmp_path / ".orgtrail" / "runs")

    assert mode(tmp_path / ".orgtrail") == 0o700
    assert mode(tmp_path / ".orgtrail" / "runs") == 0o700


def test_so_is_all_that_a_command_and_its_children_write(tmp_path):
    script = (
        "import os, sys\nsys.argv = ['orgtrail', '--version']\nfrom orgtrail.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    os.system('touch written')"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True, umask=0o022)

    assert mode(tmp_path / "written") == 0o600


def test_a_folder_that_others_could_look_into_is_closed_to_them(tmp_path):
    (tmp_path / ".orgtrail" / "runs").mkdir(parents=True)
    (tmp_path / ".orgtrail").chmod(0o755)
    Workspace.new(tmp_path / ".orgtrail" / "runs")

    assert mode(tmp_path / ".orgtrail") == 0o700


@pytest.mark.parametrize("linked", [".orgtrail", ".orgtrail/runs"])
def test_a_symbolic_link_is_not_followed_but_told(tmp_path, linked):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / linked).parent.mkdir(exist_ok=True)
    (tmp_path / linked).symlink_to(elsewhere)

    with pytest.raises(OSError, match=f"{linked} is a symbolic link to {elsewhere}.*remove it"):
        Workspace.new(tmp_path / ".orgtrail" / "runs")
    assert not list(elsewhere.iterdir())


def test_a_lock_that_is_a_link_leaves_alone_what_it_leads_to(tmp_path):
    (tmp_path / "somebodys").write_text("precious")
    (tmp_path / "lock").symlink_to(tmp_path / "somebodys")

    with pytest.raises(OSError, match="lock"):
        FileLock.take(tmp_path / "lock")
    assert (tmp_path / "somebodys").read_text() == "precious"


def test_one_that_leads_nowhere_is_told_too(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")

    with pytest.raises(OSError, match="is a symbolic link"):
        private_folder(tmp_path / "link")
