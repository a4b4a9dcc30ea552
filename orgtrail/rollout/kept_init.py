"""What `terraform init` has made for a stack, kept from run to run: a stack that says the same needs no second one.

`init` reads all 700 MB of the provider, asks the state's bucket, and takes a fifth of the time of a plan.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from orgtrail.provider import Provider

_DATA = ".terraform"
_LOCK_FILE = ".terraform.lock.hcl"
_KEY = "key"
_ARGUMENTS = ("TF_CLI_ARGS", "TERRAFORM_BINARY_NAME")


class KeptInit:
    """The initialization of the stack in `folder`, with a copy in `kept`; only as good as the stack is the same.

    Terraform sees for itself whether provider and backend are as they were, and says so if not: a copy that is
    outdated, or torn, costs the time of an `init` and nothing else.
    """

    def __init__(self, folder: Path, kept: Path, provider: Provider, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._kept = kept
        self._provider = provider
        self._environment = environment

    def restore(self) -> bool:
        """Initialize the folder from the copy; False where there is none for what the stack says now."""
        try:
            if (self._kept / _KEY).read_text(encoding="utf-8") != self._key():
                return False
            self._copy(self._kept, self._folder)
        except OSError:
            return False
        return True

    def undo(self) -> None:
        """Take away what `restore` has copied, whole or in part: `init` refuses to go on from another backend's."""
        shutil.rmtree(self._folder / _DATA, ignore_errors=True)
        (self._folder / _LOCK_FILE).unlink(missing_ok=True)

    def keep(self) -> None:
        """Copy what `init` has made, if the disk takes it."""
        shutil.rmtree(self._kept, ignore_errors=True)
        with suppress(OSError):
            self._kept.mkdir(parents=True, exist_ok=True)
            self._copy(self._folder, self._kept)
            # Last: without it, a copy that was cut short counts for nothing.
            (self._kept / _KEY).write_text(self._key(), encoding="utf-8")

    def _copy(self, source: Path, target: Path) -> None:
        # The provider in it is a link.
        shutil.copytree(source / _DATA, target / _DATA, symlinks=True, dirs_exist_ok=True)
        shutil.copy(source / _LOCK_FILE, target / _LOCK_FILE)

    def _key(self) -> str:
        """What an initialization depends on: the stack's backend and providers, the mirror, the user's arguments."""
        stack = json.loads((self._folder / "cdk.tf.json").read_text(encoding="utf-8"))
        # `-backend-config` among them says where the state is, and Terraform doesn't compare it.
        arguments = {name: value for name, value in self._environment.items() if name.startswith(_ARGUMENTS)}
        depends_on = json.dumps([stack["terraform"], str(self._provider.mirror), arguments], sort_keys=True)
        return hashlib.sha256(depends_on.encode()).hexdigest()
