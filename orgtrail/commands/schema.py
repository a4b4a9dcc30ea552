"""`orgtrail schema`"""

import json

from orgtrail.settings import json_schema


def schema() -> None:
    """Print the JSON Schema of the accounts file, for editors that complete and check YAML.

    Example: bin/orgtrail schema > accounts.schema.json
    """
    print(json.dumps(json_schema(), indent=2))
