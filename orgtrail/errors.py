"""Errors that the user can fix: printed as text, never with a traceback."""


class UserError(Exception):
    """Something is wrong, and not in Orgtrail: `str()` is the whole message, `status` the exit status of the command.

    Rooms raise it, and nobody catches it but the top of the program (`console.errors`), or who goes on without.
    """

    status = 1


class Interrupted(UserError):
    """The user has ended it."""

    status = 130
