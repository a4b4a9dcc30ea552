"""What `terraform init` has made for a stack, kept from run to run: a stack that says the same needs no second one.

`init` reads all 700 MB of the provider, asks the state's bucket, and takes a fifth of the time of a plan.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from orgtrail.files.private import private_folder
from orgtrail.terraform.provider import Provider

_DATA = ".terraform"
_LOCK_FILE = ".terraform.lock.hcl"
_KEY = "key"
_ARGUMENTS = ("TF_CLI_ARGS", "TERRAFORM_BINARY_NAME")


class KeptInit:
    """The initialization of the stack in `folder`, with a copy in `kept`; only as good as the stack is the same.

    With the copy is kept what it was made for and a digest of what it holds. A copy for another backend or provider,
    one that was torn or changed, and one whose provider is gone is no copy: it costs the time of an `init` and nothing
    else.
    """

    def __init__(self, folder: Path, kept: Path, provider: Provider, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._kept = kept
        self._provider = provider
        self._environment = environment

    def restore(self) -> bool:
        """Initialize the folder from the copy; False where there is none for what the stack says now."""
        try:
            self._copy(self._kept, self._folder)
            return (self._kept / _KEY).read_bytes() == self._key()
        except OSError:
            return False

    def undo(self) -> None:
        """Take away what `restore` has copied, whole or in part: `init` refuses to go on from another backend's."""
        shutil.rmtree(self._folder / _DATA, ignore_errors=True)
        (self._folder / _LOCK_FILE).unlink(missing_ok=True)

    def keep(self) -> None:
        """Copy what `init` has made, whole or not at all, if the disk takes it."""
        with suppress(OSError):
            self.forget()
            private_folder(self._kept.parent)
            with tempfile.TemporaryDirectory(dir=self._kept.parent, prefix=".", ignore_cleanup_errors=True) as made:
                self._copy(self._folder, Path(made, "kept"))
                Path(made, "kept", _KEY).write_bytes(self._key())
                Path(made, "kept").rename(self._kept)

    def forget(self) -> None:
        """Remove the copy, so that the next run makes its own."""
        if self._kept.is_dir() and not self._kept.is_symlink():
            shutil.rmtree(self._kept, ignore_errors=True)
        else:
            self._kept.unlink(missing_ok=True)

    def _copy(self, source: Path, target: Path) -> None:
        # The provider in it is a link.
        shutil.copytree(source / _DATA, target / _DATA, symlinks=True, dirs_exist_ok=True)
        shutil.copy(source / _LOCK_FILE, target / _LOCK_FILE)

    def _key(self) -> bytes:
        """What an initialization depends on (backend, providers, mirror, the user's arguments), and what it made."""
        stack = json.loads((self._folder / "cdk.tf.json").read_text(encoding="utf-8"))
        # `-plugin-dir` among them, for example; what would change the state's place isn't let through at all.
        arguments = {name: value for name, value in self._environment.items() if name.startswith(_ARGUMENTS)}
        depends_on = json.dumps([stack["terraform"], str(self._provider.mirror), arguments], sort_keys=True)
        digest = hashlib.sha256(depends_on.encode())
        for part in self._made():
            digest.update(len(part).to_bytes(8) + part)
        return digest.hexdigest().encode()

    def _made(self) -> Iterator[bytes]:
        """Every name and content of the folder's initialization. Raises OSError where a link leads nowhere."""
        yield (self._folder / _LOCK_FILE).read_bytes()
        for path in sorted((self._folder / _DATA).rglob("*")):
            yield str(path.relative_to(self._folder)).encode()
            if path.is_symlink():
                yield os.fsencode(os.path.realpath(path, strict=True))
            elif path.is_file():
                yield path.read_bytes()
