"""Write the JSON Schema of every document that a command prints.

usage: python -m scripts.json_schemas
"""

import json

from orgtrail.documents import DOCUMENTS
from orgtrail.paths import REPOSITORY

FOLDER = REPOSITORY / "docs" / "json"


def main() -> None:
    """Write docs/json; a schema without a document goes."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.schema.json"):
        old.unlink()
    for name, document in DOCUMENTS.items():
        text = json.dumps(document.schema_of_output(), indent=2) + "\n"
        (FOLDER / f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
