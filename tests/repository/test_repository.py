"""What holds for the repository as a whole: where things may be, and what they may know of each other."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import REPOSITORY

THIS_MODULE = Path(__file__).resolve()


class TestTheFolderConstructs:
    """The folder shares its name with the PyPI package that CDKTF builds on, and lives inside it.

    The package extends its `__path__` by every folder of its name on `sys.path` that has no `__init__.py`. Thus
    `from constructs import Construct` is the package's, and `from constructs.account_stack import …` is ours.
    With an `__init__.py` ours would be a package of its own, hide the other, and nothing could be imported any more:
    `ModuleNotFoundError: constructs._jsii`.
    """

    pytestmark = pytest.mark.xdist_group("synthesis")

    def test_the_folder_constructs_has_no_init_module(self):
        assert not (REPOSITORY / "constructs" / "__init__.py").exists(), self.__doc__

    def test_the_folder_constructs_leaves_the_name_to_the_package(self):
        import constructs

        assert "site-packages" in Path(constructs.__file__).parts, self.__doc__

    def test_the_folder_constructs_is_a_place_where_the_packages_modules_are_found(self):
        import constructs

        assert REPOSITORY / "constructs" in [Path(folder).resolve() for folder in constructs.__path__], self.__doc__

    def test_the_folder_constructs_takes_no_name_that_the_package_uses_itself(self):
        import constructs

        modules = {path.stem for path in Path(constructs.__file__).parent.glob("*.py*")} | {"_jsii"}
        ours = {path.stem for path in (REPOSITORY / "constructs").glob("*.py")}

        assert not modules & ours

    def test_the_folder_constructs_has_no_namesake_among_the_tests(self):
        namesakes = [path for path in (REPOSITORY / "tests").rglob("constructs") if path.is_dir()]

        assert not namesakes, "a test folder of this name becomes the top-level `constructs` of a test run"


def imported_by(module):
    """The top-level packages that importing a module loads, in a Python of its own."""
    program = f"import sys, {module}; print('\\n'.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


class TestWhatModulesKnow:
    def test_settings_know_nothing_of_cdktf_of_awss_api_or_of_the_command_line(self):
        unwanted = {"cdktf", "constructs", "jsii", "boto3", "botocore", "moto", "typer", "rich"}

        assert not imported_by("orgtrail.settings") & unwanted

    def test_what_is_decided_without_aws_needs_no_package_at_all(self):
        modules = "orgtrail.regions, orgtrail.events, orgtrail.layout, orgtrail.names, orgtrail.policies"
        third_party = imported_by(modules) - imported_by("orgtrail") - sys.stdlib_module_names

        assert not third_party

    @pytest.mark.parametrize("module", sorted((REPOSITORY / "constructs").glob("*.py")), ids=lambda path: path.stem)
    def test_constructs_know_nothing_of_the_command_line_or_of_the_rehearsal(self, module):
        text = module.read_text(encoding="utf-8")

        assert not [
            name for name in ("orgtrail.commands", "orgtrail.rehearsal", "boto3", "moto", "typer") if name in text
        ]


@pytest.mark.parametrize("text", ["/opt/tf-plugins", "registry.terraform.io", "registry.npmjs.org", "pypi.org"])
def test_no_file_names_a_folder_of_one_machine_or_the_host_of_a_registry(text):
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    ).stdout.split("\0")
    files = [REPOSITORY / name for name in tracked if name and name != "LICENSE"]
    naming = [path for path in files if path != THIS_MODULE and path.is_file() and text.encode() in path.read_bytes()]

    assert not naming


def test_commands_that_the_tests_start_heed_ctrl_c_even_where_pytest_was_started_with_it_ignored():
    tests = "import signal, tests.conftest; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    ignored = f"import os, signal; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv({sys.executable!r}, "
    done = subprocess.run(
        [sys.executable, "-c", f"{ignored}[{sys.executable!r}, '-c', {tests!r}])"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "False\n"
