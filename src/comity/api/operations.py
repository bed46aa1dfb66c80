"""Decides which verbs programs may ask for, and reads what they send: the same requests that pages make, as JSON."""

from typing import Any, NamedTuple, TypeVar

import msgspec

from comity.desk.registry import VERBS
from comity.desk.roles import OPENED
from comity.desk.verb import Verb
from comity.errors import UsageError

Request = TypeVar("Request", bound=msgspec.Struct)

KEY_FIELD = "idempotency_key"
LONGEST_KEY = 64
MOST = 2**53 - 1  # RFC 8259 §6: beyond it readers differ, and no database holds what is beyond 64 bits


class Operation(NamedTuple):
    """A verb as programs ask for it. `repeatable`: a key makes a repeated call have one effect."""

    verb: Verb
    path: str

    @property
    def repeatable(self) -> bool:
        """Whether the verb heeds an idempotency key."""
        return KEY_FIELD in self.verb.request.__struct_fields__


def _path(name: str) -> str:
    noun, _, what = name.partition(" ")
    return f"/api/v1/{noun}/{what}" if what else f"/api/v1/{noun}"


# A token is no second person, and nobody is there to be answered for: these ask for somebody at a page.
PEOPLE_ALONE = frozenset(
    ("account recover", "act break-glass", "act review", "provider add", "provider change", "provider remove")
)
OPERATIONS: dict[str, Operation] = {
    _path(name): Operation(VERBS[name], _path(name)) for name in sorted(OPENED) if name in VERBS.keys() - PEOPLE_ALONE
}


def read_request(operation: Operation, body: bytes, key: str | None) -> msgspec.Struct:
    """Read the request of an operation; an empty body asks for nothing in particular.

    Raises:
        UsageError: it is no JSON, names a field that is not there, holds a value that may not be, or the key is none.
    """
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise UsageError("an Idempotency-Key has 1 to {longest} printable ASCII characters", longest=LONGEST_KEY)
    wanted = operation.verb.request
    try:
        said: Any = msgspec.json.decode(body or b"{}")
        if not isinstance(said, dict):
            raise UsageError("the body is a JSON object")
        if _is_beyond(said):
            raise UsageError("a number is at most {most}, either way", most=MOST)
        unknown = said.keys() - set(wanted.__struct_fields__)
        if unknown:
            raise UsageError("there is no field {names}", names=", ".join(sorted(unknown))[:200])
        if key is not None and operation.repeatable and said.setdefault(KEY_FIELD, key) != key:
            raise UsageError("the body names another idempotency key than the head")
        return msgspec.convert(said, wanted)
    except UnicodeDecodeError as exc:
        raise UsageError("the body is not UTF-8") from exc
    except RecursionError as exc:
        raise UsageError("the body nests too deep") from exc
    except (msgspec.DecodeError, ValueError) as exc:
        raise UsageError("the body cannot be read: {why}", why=str(exc)[:300]) from exc


def _is_beyond(said: Any) -> bool:
    """Tell whether a number in a JSON value, at any depth, is larger than every reader takes it."""
    left = [said]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, int | float) and abs(one) > MOST:
            return True
    return False
