"""How much processor time `orgtrail affected` takes, and how much of that is work that anything like it has to do.

The baseline of each run is `git diff --stat` and a Python that loads one accounts file with PyYAML's fastest loader.
Seconds are of the processor, the least of some runs, the processes' start and git included.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import REPOSITORY, Row, cost

_HEAD = """\
organization: {id: o-a1b2c3d4e5}
archive: {account_id: "222222222222", region: us-east-1, bucket: acme-iam-events}
state: {backend: s3, bucket: acme-terraform-state, region: us-east-1}
defaults: {regions: [us-east-1], role: OrganizationAccountAccessRole}
accounts:
"""
_ENTRY = """\
  - account_id: "{id}"
    name: account-{number:04}
    regions: [us-east-1, eu-west-1]
    tags: {{env: prod, team: team-{team}}}
"""
# What anything like it has to do: ask git what differs, and read one version with PyYAML's fastest loader.
_BASELINE = "import yaml; yaml.load(open('accounts.yaml').read(), Loader=yaml.CSafeLoader)"
_SIZES = (10, 5_000)

Edit = Callable[[str], str]


def _entries(text: str, choose: Callable[[list[str]], list[str]]) -> str:
    head, *entries = text.split("  - account_id: ")
    return head + "".join("  - account_id: " + entry for entry in choose(entries))


_EDITS: dict[str, Edit] = {
    "nothing": lambda text: text,
    "a comment": lambda text: text.replace("accounts:\n", "accounts: # everyone\n"),
    "an account is new": lambda text: text + _ENTRY.format(id="999999999999", number=9999, team=0),
    "an account's regions": lambda text: text.replace("us-east-1, eu-west-1", "us-east-1, eu-west-2", 1),
    "an account loses a region": lambda text: text.replace("us-east-1, eu-west-1", "us-east-1", 1),
    "a tag of half of the accounts": lambda text: text.replace("env: prod", "env: test", text.count("env: prod") // 2),
    "a tag of all accounts": lambda text: text.replace("env: prod", "env: test"),
    "an account's vars": lambda text: text.replace("team-0}\n", "team-0}\n    vars: {a: b}\n", 1),
    "the order of accounts": lambda text: _entries(text, lambda entries: entries[::-1]),
    "half of the accounts are gone": lambda text: _entries(text, lambda entries: entries[::2]),
    "defaults": lambda text: text.replace("regions: [us-east-1],", "regions: [us-east-1], compression: GZIP,"),
    "organization.id": lambda text: text.replace("o-a1b2c3d4e5", "o-zzzzzzzzzz"),
    "archive.bucket": lambda text: text.replace("acme-iam-events", "acme-events"),
    "a construct": lambda text: text,
}


def rows(runs: int) -> list[Row]:
    """The command after every edit of the largest organization, beside the baseline and beside the smallest one."""
    found = []
    for name, edit in _EDITS.items():
        small, large = (_measured(name, edit, size, runs) for size in _SIZES)
        what = f"affected, {_SIZES[-1]:,} accounts: {name}"
        found.append(Row(what, large[0], "s", large[1], "git diff, yaml.load"))
        found.append(Row(what, large[0], "s", small[0], f"{_SIZES[0]:,} accounts"))
    return found


def _measured(name: str, edit: Edit, accounts: int, runs: int) -> tuple[float, float]:
    """Seconds of the command after an edit, and of the baseline."""
    with _work_tree(accounts) as folder:
        file = folder / "accounts.yaml"
        file.write_text(edit(file.read_text()))
        if name == "a construct":
            (folder / "constructs" / "account_stack.py").open("a").write("# changed\n")
        command = [sys.executable, "-m", "orgtrail", "affected", "HEAD"]
        _seconds(folder, command)  # leaves the compiled modules behind
        return (
            min(_seconds(folder, command) for _ in range(runs)),
            min(
                _seconds(folder, ["git", "diff", "--stat"]) + _seconds(folder, [sys.executable, "-c", _BASELINE])
                for _ in range(runs)
            ),
        )


def _seconds(folder: Path, command: list[str]) -> float:
    return cost(command, cwd=folder).processor


@contextmanager
def _work_tree(accounts: int) -> Iterator[Path]:
    """A repository with the app and so many accounts, committed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The app as it is here, so that what runs is what is measured.
        subprocess.run(
            ["cp", "-r", "main.py", "cdktf.json", "requirements.txt", "constructs", "orgtrail", name],
            cwd=REPOSITORY,
            check=True,
        )
        entries = (_ENTRY.format(id=100_000_000_000 + i, number=i, team=i % 40) for i in range(accounts))
        (folder / "accounts.yaml").write_text(_HEAD + "".join(entries))
        (folder / ".gitignore").write_text("__pycache__/\n")
        for command in (
            ["init", "-q"],
            ["add", "."],
            ["-c", "user.name=b", "-c", "user.email=b@b", "commit", "-qm", "-"],
        ):
            subprocess.run(["git", *command], cwd=folder, check=True)
        yield folder
