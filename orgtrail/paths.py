"""Where this clone of the repository is."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
