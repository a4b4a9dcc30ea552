"""How much processor time `orgtrail affected` takes, and how much of that is work that anything like it has to do.

    python benchmarks/affected.py [ACCOUNTS …]

The baseline of each run is `git diff --stat` and a Python that loads one accounts file with PyYAML's fastest loader.
Prints a table: seconds of the processor, the least of some runs, the processes' start and git included.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
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
_RUNS = 3
_SIZES = (10, 1_000, 5_000)

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


def main(sizes: Sequence[int] = _SIZES) -> None:
    """Measure every edit of organizations of these sizes."""
    print(f"{_RUNS} runs, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    columns = [f"{f'{size} accounts':>15}{'÷ baseline':>12}" for size in sizes]
    print(f"{'changed':32}", *columns, f"{'largest ÷ smallest':>20}", sep="")
    for name, edit in _EDITS.items():
        measured = [_measured(name, edit, size) for size in sizes]
        columns = [f"{whole:14.2f}s{whole / baseline:12.1f}" for whole, baseline in measured]
        print(f"{name:32}", *columns, f"{measured[-1][0] / measured[0][0]:20.1f}", sep="")


def _measured(name: str, edit: Edit, accounts: int) -> tuple[float, float]:
    """Seconds of the command after an edit, and of the baseline."""
    with _work_tree(accounts) as folder:
        file = folder / "accounts.yaml"
        file.write_text(edit(file.read_text()))
        if name == "a construct":
            (folder / "constructs" / "account_stack.py").open("a").write("# changed\n")
        command = [sys.executable, "-m", "orgtrail", "affected", "HEAD"]
        _seconds(folder, command)  # leaves the compiled modules behind
        return (
            min(_seconds(folder, command) for _ in range(_RUNS)),
            min(
                _seconds(folder, ["git", "diff", "--stat"]) + _seconds(folder, [sys.executable, "-c", _BASELINE])
                for _ in range(_RUNS)
            ),
        )


def _seconds(folder: Path, command: list[str]) -> float:
    """Seconds of the processor that a command takes, with what it starts."""
    before = os.times()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


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


if __name__ == "__main__":
    main(list(map(int, sys.argv[1:])) or _SIZES)
