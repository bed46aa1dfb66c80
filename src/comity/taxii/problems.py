"""Decides how an error is told over HTTP: its code, and a TAXII error object that a client can act on.

What does not exist and what is not for this reader give the same bytes but for the request's id, whatever was asked.
Source: TAXII 2.1 §3.6.1 (error message).
"""

from http import HTTPStatus

import msgspec
from msgspec import UNSET, Struct, UnsetType

from comity import errors
from comity.taxii.media import TAXII
from comity.texts import told

BASIC_CHALLENGE = 'Basic realm="TAXII", charset="UTF-8"'
BEARER_CHALLENGE = 'Bearer realm="TAXII"'


class Problem(Struct, frozen=True, kw_only=True):
    """What goes wrong, in terms of HTTP. `details` are for machines; `description` is for people."""

    status: int
    code: str
    title: str
    description: str = ""
    details: dict[str, str | int | tuple[str, ...]] = {}
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """The door itself refuses: the request is not well-formed HTTP for this route. Never leaves the door."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.title)


class ErrorMessage(Struct, frozen=True, kw_only=True):
    """TAXII 2.1 §3.6.1; `http_status` is a string there."""

    title: str
    description: str | UnsetType = UNSET
    error_id: str
    error_code: str
    http_status: str
    details: dict[str, str | int | tuple[str, ...]] | UnsetType = UNSET


NOT_FOUND = Problem(
    status=404,
    code="not-found",
    title="Not found",
    description="There is no such resource, or it is not for this reader.",
)
UNEXPECTED = Problem(
    status=500,
    code="unexpected",
    title="Unexpected error",
    description="The server could not answer. Tell its operator the error_id.",
)
NOT_ACCEPTABLE = Problem(
    status=406,
    code="not-acceptable",
    title="Another TAXII version is asked for",
    description=f"This server answers in {TAXII}.",
)
UNSUPPORTED_TYPE = Problem(
    status=415,
    code="unsupported-media-type",
    title="The body's media type is not read here",
    description=f"Send {TAXII}, plain or with Content-Encoding: gzip.",
)
MALFORMED_BODY = Problem(
    status=400, code="malformed-body", title="The body is not what its headers say", description="Its gzip is broken."
)
SLOW_BODY = Problem(status=408, code="slow-body", title="The body did not arrive in time")


def problem_of(error: Exception) -> Problem:
    """Find how an error of the desk, or of the door, is told."""
    match error:
        case Refusal():
            return error.problem
        case errors.NotFound():
            return NOT_FOUND
        case errors.Unauthenticated():
            return unauthenticated()
        case errors.NotPermitted():
            details: dict[str, str | int | tuple[str, ...]] = {"clauses": error.clauses} if error.clauses else {}
            return Problem(status=403, code=error.code, title="Not permitted", description=told(error), details=details)
        case errors.RecordRejected():
            return _unprocessable(error, {"reason": error.reason, "path": error.path})
        case errors.AgreementRejected():
            return _unprocessable(error, {"path": error.path})
        case errors.UsageError():
            return Problem(status=400, code=error.code, title="The request cannot be read", description=told(error))
        case errors.TooLarge():
            return too_large(error.limit_bytes)
        case errors.Conflict():
            return Problem(status=409, code=error.code, title="Not in this state", description=told(error))
        case errors.Busy():
            return _later(error.code, "Busy, try again later", error.retry_after_s)
        case errors.ReadOnly():
            return _later(error.code, "The node only reads now; its operator must put its log in order", 3600)
        case errors.StoreError() | errors.NodeError():
            return _later(error.code, "The server cannot keep or read records now", 30)
        case _:
            return UNEXPECTED


def unauthenticated() -> Problem:
    """Say that credentials are missing or wrong, and which are taken; the two cases look the same."""
    return Problem(
        status=401,
        code="unauthenticated",
        title="Sign in",
        description="Send the reader's user and password, or its token.",
        headers=(("www-authenticate", BASIC_CHALLENGE), ("www-authenticate", BEARER_CHALLENGE)),
    )


def too_many_attempts(retry_after_s: int) -> Problem:
    """Say that sign-ins failed too often."""
    return Problem(
        status=429,
        code="too-many-attempts",
        title="Too many failed sign-ins",
        details={"retry_after_s": retry_after_s},
        headers=(("retry-after", str(retry_after_s)),),
    )


def too_large(limit_bytes: int) -> Problem:
    """Say which limit a body is over; it holds for the body as sent and as unpacked."""
    return Problem(
        status=413,
        code="too-large",
        title="The request is too large",
        description=f"The limit is {limit_bytes} bytes, unpacked. Send fewer objects at a time.",
        details={"max_content_length": limit_bytes},
    )


def of_status(status: int, headers: tuple[tuple[str, str], ...] = ()) -> Problem:
    """Tell an HTTP status that the framework found, such as 405, in our words."""
    if status == HTTPStatus.NOT_FOUND:
        return NOT_FOUND
    if not 400 <= status < 500:
        return UNEXPECTED
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Request refused"
    return Problem(status=status, code=phrase.lower().replace(" ", "-"), title=phrase, headers=headers)


def body_of(problem: Problem, error_id: str) -> bytes:
    """Write the TAXII error object."""
    return msgspec.json.encode(
        ErrorMessage(
            title=problem.title,
            description=problem.description or UNSET,
            error_id=error_id,
            error_code=problem.code,
            http_status=str(problem.status),
            details=problem.details or UNSET,
        )
    )


def _unprocessable(error: errors.ComityError, details: dict[str, str | int | tuple[str, ...]]) -> Problem:
    return Problem(
        status=422,
        code=error.code,
        title="The content cannot be processed",
        description=told(error).encode("utf-8", "replace").decode(),
        details={name: _clean(value) for name, value in details.items()},
    )


def _clean(value: str | int | tuple[str, ...]) -> str | int | tuple[str, ...]:
    """Take out lone surrogates, which a hostile path may hold and UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _later(code: str, title: str, retry_after_s: int) -> Problem:
    return Problem(
        status=503,
        code=code,
        title=title,
        details={"retry_after_s": retry_after_s},
        headers=(("retry-after", str(retry_after_s)),),
    )
