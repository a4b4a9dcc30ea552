"""`orgtrail env`"""

import os
import shlex

from orgtrail.commands.options import Json
from orgtrail.console.output import progress_console
from orgtrail.console.startup import provider_or_exit
from orgtrail.documents import EnvDocument
from orgtrail.terraform.cdktf_cli import REPOSITORY
from orgtrail.terraform.provider import ProviderError, terraform_environment


def env(as_json: Json = False) -> None:
    """Print the variables that make cdktf and Terraform use the AWS provider found on this machine.

    Needed only where Terraform can't download the provider, and a mirror holds it.

    Example: eval "$(bin/orgtrail env)" && npx cdktf diff sandbox
    """
    try:
        variables = terraform_environment(provider_or_exit(), os.environ, REPOSITORY)
    except ProviderError as error:
        progress_console().print(str(error))
        raise SystemExit(1) from error
    if as_json:
        print(EnvDocument(variables=variables).text())
        return
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
