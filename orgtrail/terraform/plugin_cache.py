"""A plugin cache for one `terraform init` alone, in place of the user's."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLUGIN_CACHE = "TF_PLUGIN_CACHE_DIR"

_PROVIDERS = Path(".terraform", "providers")
_BUILD = "*/*/*/*/*"  # host, namespace, name, version, platform


@contextmanager
def own_plugin_cache(folder: Path) -> Iterator[dict[str, str]]:
    """The variable with which `init` of an unpacked mirror leaves the user's plugin cache alone.

    In that one, several `init` at once fail, and replace what it holds with links to the mirror. This cache is gone
    afterwards, and Terraform's links lead through it, so they are set to the mirror itself. A cache that the CLI
    configuration names can't be switched off: https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".plugin-cache-") as cache:
        yield {PLUGIN_CACHE: cache}
        for link in (folder / _PROVIDERS).glob(_BUILD):
            if link.is_symlink():
                target = link.resolve()
                link.unlink()
                link.symlink_to(target)
