"""A stack's `terraform init`, cached from run to run: with the same backend and provider it needs no second one.

`init` hashes all 700 MB of the provider and asks the state's bucket: 0.7 s of a processor, beside 3.9 s of a plan. A
copy from the cache takes 2 ms.
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


class InitCache:
    """The initialization of the stack in `folder`, cached in `cache`.

    The cache also holds a digest of what it was made for and of its content. If the backend or the provider is another,
    if the copy is torn or changed, or if its provider is gone, it isn't used: that costs an `init` and nothing else.
    """

    def __init__(self, folder: Path, cache: Path, provider: Provider, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._cache = cache
        self._provider = provider
        self._environment = environment

    def restore(self) -> bool:
        """Initialize the folder from the cache; False if it has nothing for the stack as it is now."""
        try:
            self._copy(self._cache, self._folder)
            return (self._cache / _KEY).read_bytes() == self._key()
        except OSError:
            return False

    def undo(self) -> None:
        """Remove what `restore` has copied, whole or in part: `init` refuses to go on from another backend's."""
        shutil.rmtree(self._folder / _DATA, ignore_errors=True)
        (self._folder / _LOCK_FILE).unlink(missing_ok=True)

    def store(self) -> None:
        """Copy what `init` has made, whole or not at all. A full disk is no failure."""
        with suppress(OSError):
            self.forget()
            private_folder(self._cache.parent)
            with tempfile.TemporaryDirectory(dir=self._cache.parent, prefix=".", ignore_cleanup_errors=True) as made:
                self._copy(self._folder, Path(made, "made"))
                Path(made, "made", _KEY).write_bytes(self._key())
                Path(made, "made").rename(self._cache)

    def forget(self) -> None:
        """Empty the cache, so that the next run makes its own copy."""
        if self._cache.is_dir() and not self._cache.is_symlink():
            shutil.rmtree(self._cache, ignore_errors=True)
        else:
            self._cache.unlink(missing_ok=True)

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
