"""A git repository with a small app and an accounts file, whose revisions tests compare."""

import subprocess
from pathlib import Path

from orgtrail.affected import Affected, affected

HEAD = """\
organization: {id: o-a1b2c3d4e5}
archive: {account_id: "222222222222", region: us-east-1, bucket: acme-iam-events}
state: {backend: s3, bucket: acme-state, region: us-east-1}
defaults:
  regions: [us-east-1]
accounts:
"""
PAYMENTS = '  - account_id: "333333333333"\n    name: payments\n'
DATA = '  - account_id: "444444444444"\n    name: data\n    compression: GZIP\n'
LEGACY = '  - account_id: "555555555555"\n    name: legacy\n    status: suspended\n'
FILE = HEAD + PAYMENTS + DATA + LEGACY


class Project:
    """A repository with a small app and an accounts file, whose first commit is tagged `base`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accounts = folder / "accounts.yaml"
        self.git("init", "-q")
        self.write("accounts.yaml", FILE)
        self.write("main.py", "from orgtrail.settings import load\nfrom constructs.stack import Stack\n")
        self.write("constructs/stack.py", "from orgtrail import names\n")
        self.write("orgtrail/__init__.py", "")
        self.write("orgtrail/names.py", "")
        self.write("orgtrail/settings/__init__.py", "from orgtrail.settings.read import load\n")
        self.write("orgtrail/settings/read.py", "load = None\n")
        self.write("orgtrail/commands.py", "")
        self.write("cdktf.json", "{}\n")
        self.write("requirements.txt", "cdktf==0.21.0\n")
        self.commit()
        self.git("tag", "base")

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def edit(self, old: str, new: str) -> None:
        text = self.accounts.read_text()
        assert old in text
        self.accounts.write_text(text.replace(old, new))

    def commit(self) -> None:
        self.git("add", ".")
        self.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "-")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)

    def affected(self, base: str = "base", head: str | None = None) -> Affected:
        return affected(self.accounts, base, head, app=self.folder)

    @property
    def reasons(self) -> dict[str, tuple[str, ...]]:
        return self.affected().in_words
