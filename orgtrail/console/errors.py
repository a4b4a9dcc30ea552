"""How a mistake ends the program: in words on standard error, with its exit status."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from orgtrail.errors import UserError
from orgtrail.escape import terminal


@contextmanager
def exit_in_words() -> Iterator[None]:
    """End the program where the block raises a UserError, or the machine refuses something (OSError): a full disk."""
    try:
        yield
    except (UserError, OSError) as error:
        print(terminal(str(error)), file=sys.stderr)
        raise SystemExit(error.status if isinstance(error, UserError) else 1) from error
