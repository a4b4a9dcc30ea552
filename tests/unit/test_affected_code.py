"""Which files of the app every stack depends on."""

from pathlib import Path

import pytest

from orgtrail.affected import Affected, Reason
from orgtrail.terraform.app_code import inputs_digest, project_imports
from tests.builders import REPOSITORY


@pytest.mark.parametrize(
    "path", ["main.py", "constructs/stack.py", "cdktf.json", "requirements.txt", "requirements-cdktn.txt"]
)
def test_what_every_stack_comes_from_affects_every_stack(project, path):
    project.write(path, "# changed\n")
    why = (f"{path} changed",)
    assert project.reasons == {"archive": why, "payments": why, "data": why}


def test_a_module_that_the_app_imports_by_way_of_another_affects_every_stack(project):
    project.write("orgtrail/settings/read.py", "load = 1\n")
    assert project.affected().everywhere == (
        Reason("code", "orgtrail/settings/read.py changed", "orgtrail/settings/read.py"),
    )


def test_a_module_that_the_app_doesnt_import_affects_nothing(project):
    project.write("orgtrail/commands.py", "# changed\n")
    assert project.affected() == Affected()


def test_data_beside_the_code_affects_every_stack(project):
    project.write("orgtrail/regions.json", "{}")
    assert project.affected().everywhere == (Reason("code", "orgtrail/regions.json changed", "orgtrail/regions.json"),)


def test_a_file_that_git_doesnt_know_yet_counts(project):
    project.write("constructs/alarm.py", "")
    assert project.affected().everywhere == (Reason("code", "constructs/alarm.py changed", "constructs/alarm.py"),)


def test_a_file_that_git_ignores_doesnt_count(project):
    project.write(".gitignore", "__pycache__/\n")
    project.write("constructs/__pycache__/stack.pyc", "")
    assert project.affected() == Affected()


def test_a_file_that_is_gone_counts(project):
    (project.folder / "constructs" / "stack.py").unlink()
    assert project.affected().everywhere == (Reason("code", "constructs/stack.py changed", "constructs/stack.py"),)


def test_reasons_of_code_come_with_those_of_settings(project):
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    project.write("main.py", "# changed\n")
    assert project.reasons["data"] == ("compression: GZIP → UNCOMPRESSED", "main.py changed")


def test_the_imports_of_this_app_are_what_synthesis_needs():
    def read(path: str) -> str | None:
        file = REPOSITORY / path
        return file.read_text() if file.is_file() else None

    imported = project_imports(read)
    assert {"main.py", "constructs/account_stack.py", "orgtrail/settings/account.py", "orgtrail/layout.py"} <= imported
    assert not {path for path in imported if path.startswith(("orgtrail/commands/", "orgtrail/affected/"))}


@pytest.mark.parametrize(
    "path",
    [
        *("main.py", "constructs/stack.py", "orgtrail/settings/read.py", "orgtrail/preloaded.cjs"),
        *("cdktf.json", "requirements.txt", "requirements-cdktn.txt", "package-lock.json", "accounts.yaml"),
    ],
)
def test_what_synthesis_depends_on_makes_another_digest(project, path):
    before = inputs_digest(project.accounts, project.folder)
    project.write(path, "# changed\n")

    assert inputs_digest(project.accounts, project.folder) != before


def test_a_command_that_is_changed_makes_no_other_digest(project):
    before = inputs_digest(project.accounts, project.folder)
    project.write("orgtrail/commands.py", "# changed\n")

    assert inputs_digest(project.accounts, project.folder) == before


def test_the_digest_of_this_app_reads_what_node_preloads_and_the_lists_of_packages(monkeypatch):
    read: list[str] = []

    def keep(path: Path) -> bytes:
        read.append(path.name)
        return b""

    monkeypatch.setattr(Path, "read_bytes", keep)
    inputs_digest(REPOSITORY / "accounts.yaml")

    assert {"lazy_bindings.cjs", "package-lock.json", "requirements.txt", "requirements-cdktn.txt"} <= {*read}
    assert not {name for name in read if name.endswith(".pyc")}
