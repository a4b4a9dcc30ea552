"""Errors that the user can fix: printed as text, never with a traceback."""


class UserError(Exception):
    """Something is wrong, and not in Orgtrail: `str()` is the whole message, `status` the exit status of the command.

    Every room may raise it. Only the top of the program (`console.errors`) catches it, and code that can go on without
    an answer.
    """

    status = 1


class Interrupted(UserError):
    """The user has ended it."""

    status = 130
