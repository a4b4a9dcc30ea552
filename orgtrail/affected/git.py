"""Files as a git revision has them, read with the `git` command.

A library would be one more package to keep: all that is asked of git here are five questions of its plumbing, and
anyone who can name a revision has git.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orgtrail.errors import UserError


class RevisionError(UserError):
    """What was asked can't be answered from git; the text says why and what to do."""


@dataclass(frozen=True)
class Repository:
    """A folder inside a git work tree; all paths are relative to it."""

    folder: Path

    @classmethod
    def around(cls, folder: Path) -> "Repository":
        """The repository of a folder. Raises RevisionError if there is none, or no git."""
        repository = cls(folder)
        result = repository._git("rev-parse", "--is-inside-work-tree")
        if result.returncode != 0 or result.stdout.strip() != b"true":
            reason = result.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
            raise RevisionError(f"{folder.absolute()} is in no git work tree" + (f": {reason}" if reason else ""))
        return repository

    @property
    def root(self) -> Path:
        """The top of the work tree."""
        return Path(self._answer("rev-parse", "--show-toplevel").decode().rstrip("\n"))

    def commit(self, revision: str) -> str:
        """The id of the commit that a revision (a branch, a tag, `HEAD~3`) is, or of a tree. Raises RevisionError."""
        for kind in ("commit", "tree"):
            result = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{{kind}}}")
            if result.returncode == 0:
                return result.stdout.decode().strip()
        raise RevisionError(
            f"{revision!r} is not a revision of this repository"
            + ("; it is a shallow clone: fetch the revision first (`fetch-depth: 0`)" if self._is_shallow else "")
        )

    def read(self, commit: str, path: str) -> bytes | None:
        """A file in a commit, or None if the commit doesn't have it."""
        result = self._git("cat-file", "blob", f"{commit}:./{path}")
        return result.stdout if result.returncode == 0 else None

    def changed(self, base: str, head: str | None, paths: Sequence[str]) -> tuple[str, ...]:
        """The files at or below `paths` that differ between two commits, sorted; `head` None: the work tree.

        What is new in the work tree counts too, unless git ignores it.
        """
        commits = [base] if head is None else [base, head]
        listed = self._answer("diff", "--name-only", "--no-renames", "--relative", "-z", *commits, "--", *paths)
        if head is None:
            listed += self._answer("ls-files", "--others", "--exclude-standard", "-z", "--", *paths)
        return tuple(sorted({name.decode(errors="surrogateescape") for name in listed.split(b"\0") if name}))

    @property
    def _is_shallow(self) -> bool:
        return self._git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"

    def _answer(self, *arguments: str) -> bytes:
        result = self._git(*arguments)
        if result.returncode != 0:
            reason = result.stderr.decode(errors="replace").strip()
            raise RevisionError(f"git {arguments[0]} failed in {self.folder.absolute()}: {reason}")
        return result.stdout

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", *arguments], cwd=self.folder, capture_output=True, stdin=subprocess.DEVNULL, check=False
            )
        except FileNotFoundError as error:
            missing = "git isn't installed" if self.folder.is_dir() else f"{self.folder} is not a folder"
            raise RevisionError(f"{missing}; affected accounts are found by comparing git revisions") from error
