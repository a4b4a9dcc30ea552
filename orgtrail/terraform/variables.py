"""Variables that make Terraform work on something else than a stack says, and so make everything twice, or half."""

import os
import shlex
from collections.abc import Mapping

# https://developer.hashicorp.com/terraform/cli/config/environment-variables
_REFUSED = {
    "TF_WORKSPACE": "it leads to other states than the stacks name, in which nothing is known of what exists",
    "TF_DATA_DIR": "all stacks would share one folder, with the backend of whichever came last",
}

# https://developer.hashicorp.com/terraform/cli/commands/plan, apply and init
_REFUSED_ARGUMENTS = {
    *("backend", "backend-config", "reconfigure", "migrate-state", "force-copy", "from-module"),
    *("state", "state-out", "backup", "lock", "chdir", "out"),
    *("target", "exclude", "replace", "destroy", "refresh", "refresh-only"),
}


def refusals(environ: Mapping[str, str] = os.environ) -> list[str]:
    """What is wrong with these variables, a sentence each; empty where nothing is."""
    found = [f"{name} is set: {why}. Unset it." for name, why in _REFUSED.items() if environ.get(name)]
    for name, value in sorted(environ.items()):
        if name.startswith("TF_CLI_ARGS") and (argument := _refused(value)):
            found.append(f"{name} has {argument}: it changes what Terraform works on. Take it out.")
    return found


def _refused(arguments: str) -> str | None:
    """The first argument that must not be there; all of them where they can't be read."""
    try:
        words = shlex.split(arguments)
    except ValueError:
        return arguments
    return next((word for word in words if word.lstrip("-").partition("=")[0] in _REFUSED_ARGUMENTS), None)
