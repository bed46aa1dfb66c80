"""Decides how an error is told on a page: its code, what happened, and what can be done.

What does not exist and what is not for this visitor give the same page but for its number.
"""

from http import HTTPStatus
from typing import NamedTuple

from litestar.exceptions import HTTPException

from comity import errors
from comity.texts import text, told


class Trouble(NamedTuple):
    """An error as a page tells it."""

    status: int
    title: str
    said: str
    retry_after_s: int = 0
    unexpected: bool = False


def trouble_of(error: Exception) -> Trouble:
    """Find how an error of the desk, or of the door, is told, in the language spoken now."""
    match error:
        case errors.NotFound():
            return _not_found()
        case errors.Unauthenticated():
            return Trouble(401, text("Not signed in"), sentence(error))
        case errors.NotPermitted():
            return Trouble(403, text("Refused"), sentence(error))
        case errors.UsageError() | errors.RecordRejected() | errors.AgreementRejected():
            return Trouble(400, text("This cannot be read"), sentence(error))
        case errors.TooLarge():
            return Trouble(413, text("Too large"), sentence(error))
        case errors.Conflict():
            return Trouble(409, text("Not in this state"), sentence(error))
        case errors.Busy():
            return Trouble(503, text("Not just now"), sentence(error), error.retry_after_s)
        case errors.ReadOnly() | errors.StoreError() | errors.NodeError():
            return Trouble(503, text("The node cannot do this now"), text("Its operator is needed."), 30)
        case HTTPException(status_code=404 | 405):
            return _not_found()
        case HTTPException(status_code=status) if 400 <= status < 500:
            return Trouble(status, text("This cannot be read"), _phrase(status))
        case _:
            return Trouble(500, text("The page failed"), text("This is a fault of Comity itself."), 0, True)


def sentence(error: errors.ComityError) -> str:
    """Tell an error as a sentence of its own."""
    words = told(error).encode("utf-8", "replace").decode()
    return text("{sentence}.", sentence=words[:1].upper() + words[1:])


def _not_found() -> Trouble:
    return Trouble(404, text("Not found"), text("There is no such page or thing here, or it is not for you."))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)
