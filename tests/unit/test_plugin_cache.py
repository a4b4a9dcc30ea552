"""What `init` leaves of the user's plugin cache."""

import stat
import sys

import pytest

from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.failure import TerraformFailed
from orgtrail.terraform.processes import Processes

BUILD = "registry.example.com/hashicorp/aws/6.25.0/linux_amd64"
# As Terraform does with -plugin-dir: the cache gets a link to the mirror, and the stack one to the cache.
INIT = f"""#!{sys.executable}
import os, pathlib, sys
here = pathlib.Path(__file__).parent
cache = pathlib.Path(os.environ["TF_PLUGIN_CACHE_DIR"], {BUILD!r})
stack = pathlib.Path(".terraform/providers", {BUILD!r})
if (here / "fails").exists():
    sys.exit(1)
for link, target in ((cache, here / "mirror" / {BUILD!r}), (stack, cache)):
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
"""


@pytest.fixture
def terraform(tmp_path, monkeypatch):
    """A Terraform with a mirror and a plugin cache of the user's, whose entry is a real folder."""
    binary = tmp_path / "terraform"
    binary.write_text(INIT)
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(binary))
    for folder in ("mirror", "theirs"):
        (tmp_path / folder / BUILD).mkdir(parents=True)
    (tmp_path / "stack").mkdir()
    environment = {"TF_PLUGIN_CACHE_DIR": str(tmp_path / "theirs")}
    return Terraform(
        tmp_path / "stack", tmp_path / "log", environment=environment, processes=Processes(), time_limit=30
    )


def test_an_init_of_a_mirror_leaves_the_users_cache_alone_and_links_to_the_mirror_itself(terraform, tmp_path):
    terraform.init(linked=True)

    assert not (tmp_path / "theirs" / BUILD).is_symlink()
    assert (tmp_path / "stack/.terraform/providers" / BUILD).readlink() == tmp_path / "mirror" / BUILD
    assert [path.name for path in (tmp_path / "stack").iterdir()] == [".terraform"]


def test_an_init_that_failed_leaves_no_cache_behind_either(terraform, tmp_path):
    (tmp_path / "fails").touch()
    with pytest.raises(TerraformFailed):
        terraform.init(linked=True)

    assert list((tmp_path / "stack").iterdir()) == []


def test_an_init_that_downloads_uses_the_cache_that_it_is_given(tmp_path, terraform):
    (tmp_path / "theirs" / BUILD).rmdir()
    terraform.init()

    assert (tmp_path / "theirs" / BUILD).is_symlink()
