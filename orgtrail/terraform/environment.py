"""The variables that make an unmodified cdktf CLI and terraform use the AWS provider that was found."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from orgtrail.terraform.provider import Provider

# Node 20 is supported on purpose, so silence eleven lines about its end of life at every start.
_NODE_WARNING = "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"


def terraform_environment(provider: Provider, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables to add to `environ`. The user's own CLI configuration stays in force, and their arguments too."""
    added = {"CHECKPOINT_DISABLE": "1"}
    if _NODE_WARNING not in environ:
        added[_NODE_WARNING] = "20"
    if own := environ.get("TF_CLI_CONFIG_FILE"):
        # Terraform runs in the folders of the stacks, where a relative name means another file, or none.
        added["TF_CLI_CONFIG_FILE"] = str(Path(own).absolute())
    if provider.mirror is None:
        return added

    mirror = str(provider.mirror)
    # The CLI's shared plugin cache isn't safe for several terraforms at once, and with a mirror nothing needs it:
    # https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
    added["CDKTF_DISABLE_PLUGIN_CACHE_ENV"] = "1"
    # cdktf starts the app for every command; with this it needn't read CLI configuration files each time.
    added["ORGTRAIL_PROVIDER_MIRROR"] = mirror
    added["TF_CLI_ARGS_init"] = _init_arguments(environ.get("TF_CLI_ARGS_init", ""), mirror)
    added["TF_CLI_ARGS_providers_lock"] = _lock_arguments(environ.get("TF_CLI_ARGS_providers_lock", ""), mirror)
    return added


def _init_arguments(own: str, mirror: str) -> str:
    """Of several folders the first that holds the provider counts.

    https://developer.hashicorp.com/terraform/cli/commands/init#plugin-dir-path
    """
    argument = shlex.quote(f"-plugin-dir={mirror}")
    return own if f"{own} ".startswith(f"{argument} ") else f"{argument} {own}".strip()


def _lock_arguments(own: str, mirror: str) -> str:
    """`terraform providers lock` asks the registry, whatever `init` used, unless it gets a mirror of its own.

    https://developer.hashicorp.com/terraform/cli/commands/providers/lock
    """
    if "-fs-mirror" in own or "-net-mirror" in own:
        return own
    return f"{own} {shlex.quote(f'-fs-mirror={mirror}')}".strip()
