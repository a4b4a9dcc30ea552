"""Everything that a run needs before Terraform starts: synthesized stacks, one local provider, an engine."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from orgtrail.files.private import private_folder
from orgtrail.paths import REPOSITORY
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.stack import Stack, stacks_of
from orgtrail.settings import Settings
from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.environment import terraform_environment
from orgtrail.terraform.plugin_cache import PLUGIN_CACHE
from orgtrail.terraform.processes import OnLine, Processes
from orgtrail.terraform.provider import Provider
from orgtrail.terraform.synthesis import synthesize

_DOWNLOAD_SECONDS = 900


def engine_for(
    settings: Settings,
    stacks: Iterable[Stack],
    provider: Provider,
    workspace: Workspace,
    *,
    lock: bool = True,
    tell: OnLine = lambda line: None,
) -> Engine:
    """Synthesize the stacks into a workspace and make the engine that works on them; `lock` as in Engine.

    The archive's stack is there in any case: what is planned for others may have to be held against it.

    Raises SynthesisError, and TerraformFailed where the provider can't be had.
    """
    names = {stack.name for stack in stacks}
    built = [stack for stack in stacks_of(settings) if stack.is_archive or stack.name in names]
    synthesize(settings, built, workspace.folder, tell)
    local = _local(provider, workspace)
    environment = {**os.environ, **terraform_environment(local)}
    return Engine(workspace, settings, local, environment, lock=lock)


def _local(provider: Provider, workspace: Workspace) -> Provider:
    """The provider unpacked in a folder of this machine, downloaded or unpacked first if need be.

    Terraform's plugin cache isn't safe for several at once, a mirror is; and 5,000 copies of 700 MB are too many.
    https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
    """
    if provider.is_unpacked:
        return provider
    local = Provider(provider.version, REPOSITORY / ".orgtrail" / "providers")
    if not local.is_unpacked:
        _install(provider, local, workspace)
    return local


def _install(provider: Provider, local: Provider, workspace: Workspace) -> None:
    """Let Terraform download the provider into a temporary folder, then move it into place: whole or not at all."""
    assert local.mirror is not None
    private_folder(local.mirror.parent)
    local.mirror.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=local.mirror) as folder:
        _download(provider, Path(folder), workspace)
        for found in Path(folder).glob(f"*/hashicorp/aws/{provider.version}/*"):
            target = local.mirror / found.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Another run may have created it first.
            if not local.is_unpacked:
                shutil.rmtree(target, ignore_errors=True)
                found.rename(target)


def _download(provider: Provider, cache: Path, workspace: Workspace) -> None:
    folder = workspace.folder / "provider"
    folder.mkdir()
    required = {"aws": {"source": "hashicorp/aws", "version": provider.version}}
    (folder / "provider.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
    environment = {
        **os.environ,
        **terraform_environment(provider),
        PLUGIN_CACHE: str(cache),
    }
    Terraform(
        folder,
        workspace.log("provider"),
        environment=environment,
        processes=Processes(),
        time_limit=_DOWNLOAD_SECONDS,
    ).init()
