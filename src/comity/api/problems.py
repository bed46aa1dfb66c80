"""Decides how an error is told to a program: `{"error": {"code", "message", "id", "facts"}}` always, and its status.

What does not exist and what is not for this caller are told alike.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from litestar.exceptions import HTTPException

from comity import errors
from comity.taxii.problems import Refusal
from comity.texts import told
from comity.wire.frames import Fact, fault_of

CHALLENGE = 'Bearer realm="Comity"'


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An error: a stable code, a sentence for people, the request's id, and facts for machines."""

    code: str
    message: str
    id: str
    facts: dict[str, Fact] = {}


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is an error."""

    error: Told


class Problem(NamedTuple):
    """An error with its status and what else its answer's head says."""

    status: int
    code: str
    message: str
    facts: Mapping[str, Fact] = MappingProxyType({})
    headers: tuple[tuple[str, str], ...] = ()
    unexpected: bool = False


_STATUS: dict[type[errors.ComityError], int] = {
    errors.UsageError: 400,
    errors.NotPermitted: 403,
    errors.Conflict: 409,
    errors.WrongTlsKey: 409,
    errors.AwaitsApproval: 409,
    errors.TooLarge: 413,
    errors.RecordRejected: 422,
    errors.AgreementRejected: 422,
}
NOT_FOUND = Problem(404, "not-found", "There is no such thing here, or it is not for you.")
UNEXPECTED = Problem(500, "internal", "This is a fault of Comity itself; tell its operator the id.", unexpected=True)


def problem_of(error: Exception) -> Problem:
    """Find how an error of the desk, or of the door, is told."""
    match error:
        case errors.NotFound():
            return NOT_FOUND
        case errors.Unauthenticated():
            return Problem(401, error.code, _sentence(error), headers=(("www-authenticate", CHALLENGE),))
        case errors.Busy():
            return _later(error.code, _sentence(error), error.retry_after_s)
        case errors.Unreachable():  # another's server: what is asked for may do later
            return _later(error.code, _sentence(error), 30)
        case errors.ReadOnly() | errors.StoreError() | errors.NodeError():
            return _later(error.code, "The node cannot do this now; its operator is needed.", 30)
        case errors.ComityError() if type(error) in _STATUS:
            return Problem(_STATUS[type(error)], error.code, _sentence(error), fault_of(error).facts)
        case Refusal():
            problem = error.problem
            return Problem(problem.status, problem.code, problem.description or problem.title, headers=problem.headers)
        case HTTPException(status_code=404):
            return NOT_FOUND
        case HTTPException(status_code=status) if 400 <= status < 500:
            allowed = tuple((name.lower(), value) for name, value in (error.headers or {}).items())
            phrase = HTTPStatus(status).phrase
            return Problem(status, phrase.lower().replace(" ", "-"), phrase, headers=allowed)
        case _:
            return UNEXPECTED


def body_of(problem: Problem, request_id: str) -> bytes:
    """Write an error's body."""
    told_so = Told(code=problem.code, message=problem.message, id=request_id, facts=dict(problem.facts))
    return msgspec.json.encode(ErrorBody(error=told_so))


def _sentence(error: errors.ComityError) -> str:
    return told(error).encode("utf-8", "replace").decode()


def _later(code: str, message: str, after_s: int) -> Problem:
    return Problem(503, code, message, {"retry_after_s": after_s}, (("retry-after", str(after_s)),))
