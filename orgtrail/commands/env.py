"""`orgtrail env`"""

import shlex

from orgtrail.commands.options import Json
from orgtrail.console.startup import find_provider
from orgtrail.documents import EnvDocument
from orgtrail.terraform.environment import terraform_environment


def env(as_json: Json = False) -> None:
    """Print the variables that make cdktf and Terraform use the AWS provider found on this machine.

    Needed only where Terraform can't download the provider, and a mirror holds it.

    Example: eval "$(bin/orgtrail env)" && npx cdktf diff sandbox
    """
    variables = terraform_environment(find_provider())
    if as_json:
        print(EnvDocument(variables=variables).text())
        return
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
