"""How long `orgtrail affected` takes, and how much of that is work that anything like it has to do.

    python benchmarks/affected.py [ACCOUNTS] [RUNS]

The baseline of each run is `git diff --stat` and a Python that loads one accounts file with PyYAML's fastest loader.
Prints a table; the numbers are medians of RUNS runs, the processes' start included.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
_BASELINE = "import yaml; yaml.load(open('accounts.yaml').read(), Loader=yaml.CSafeLoader)"
_WITHOUT_OTHER_COMMANDS = "import typer; from orgtrail.commands.affected import affected; typer.run(affected)"

Edit = Callable[[str], str]


def _entries(text: str, choose: Callable[[list[str]], list[str]]) -> str:
    head, *entries = text.split("  - account_id: ")
    return head + "".join("  - account_id: " + entry for entry in choose(entries))


_EDITS: dict[str, Edit] = {
    "nothing": lambda text: text,
    "a comment": lambda text: text.replace("accounts:\n", "accounts: # everyone\n"),
    "an account is new": lambda text: text + _ENTRY.format(id="999999999999", number=9999, team=0),
    "an account's regions": lambda text: text.replace("us-east-1, eu-west-1", "us-east-1, eu-west-2", 1),
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


def main(accounts: int = 5_000, runs: int = 5) -> None:
    """Measure every edit."""
    print(f"{accounts} accounts, {runs} runs, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'changed':32}{'orgtrail':>10}{'alone':>10}{'baseline':>10}{'ratio':>8}")
    for name, edit in _EDITS.items():
        with _work_tree(accounts) as folder:
            file = folder / "accounts.yaml"
            file.write_text(edit(file.read_text()))
            if name == "a construct":
                (folder / "constructs" / "account_stack.py").open("a").write("# changed\n")
            columns = list(zip(*(_run(folder) for _ in range(runs)), strict=True))
            whole, alone, baseline = (statistics.median(column) for column in columns)
            print(f"{name:32}{whole:9.2f}s{alone:9.2f}s{baseline:9.2f}s{alone / baseline:8.2f}")


def _run(folder: Path) -> tuple[float, float, float]:
    """Seconds of the command, of the command without the imports of all others, and of the baseline."""
    return (
        _seconds(folder, [sys.executable, "-m", "orgtrail", "affected", "HEAD"]),
        _seconds(folder, [sys.executable, "-c", _WITHOUT_OTHER_COMMANDS, "HEAD"]),
        _seconds(folder, ["git", "diff", "--stat"]) + _seconds(folder, [sys.executable, "-c", _BASELINE]),
    )


def _seconds(folder: Path, command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


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
    main(*map(int, sys.argv[1:]))
