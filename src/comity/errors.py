"""All errors that Comity raises on purpose; each says whose turn it is to act.

ComityError
├─ RecordRejected      bad input: a record cannot be read        → its sender mends it
├─ AgreementRejected   bad input: an agreement text is not sound  → its drafter mends it
├─ UsageError          the call's own words are off              → the caller mends the call
├─ NotFound            no such thing, or not for this reader     → the caller looks elsewhere
├─ NotPermitted        an agreement or a role forbids it         → the reader asks the originator
├─ Unauthenticated     no or wrong credentials                   → the caller signs in
├─ AwaitsApproval      a second person must approve             → the second person looks
├─ Conflict            the state of things forbids it            → the caller reads anew
├─ TooLarge            over a stated limit                       → the sender splits it
├─ Busy                not now                                   → the caller tries again later
├─ Unreachable         a peer or the network does not let us     → the caller tries again, or mends the network
├─ WrongTlsKey         a server's key is not its party's         → the officer asks that party
├─ StoreError          the disk or database refused              → the operator looks
├─ ReadOnly            the log may not go on from here           → the operator puts the newer database back
├─ NodeError           the node's folder, lock or keys are off   → the operator looks
└─ CatalogueError      a data file of the product is off         → the maintainer mends it
"""

from collections.abc import Mapping
from types import MappingProxyType


class ComityError(Exception):
    """Root of the tree. `code` is stable and for machines.

    `message` is the sentence for people, in English, with a place in braces for each of `said`: the catalogue is asked
    for it whole, and the facts are put in afterwards. Without facts it is taken as it stands. `str()` is the English.
    """

    code = "error"
    message = ""
    said: Mapping[str, object] = MappingProxyType({})

    def __init__(self, message: str = "", /, **said: object) -> None:
        self.message, self.said = message, said
        super().__init__(message.format_map(said) if said else message)


class RecordRejected(ComityError):
    """A record cannot be read. `reason` is one of a closed list of short codes, `path` a JSON path."""

    code = "record-rejected"

    def __init__(self, reason: str, path: str = "$", detail: str = "") -> None:
        self.reason, self.path, self.detail = reason, path, detail
        if detail:
            super().__init__("{reason} at {path}: {detail}", reason=reason, path=path, detail=detail)
        else:
            super().__init__("{reason} at {path}", reason=reason, path=path)


class AgreementRejected(ComityError):
    """An agreement text is not sound; `path` names the field, as in `clause[2].kind`."""

    code = "agreement-rejected"

    def __init__(self, path: str, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__("{path}: {detail}", path=path, detail=detail)


class UsageError(ComityError):
    """The call's own words are off."""

    code = "usage"


class NotFound(ComityError):
    """There is no such thing, or it is not for this reader: the two look the same on purpose."""

    code = "not-found"


class NotPermitted(ComityError):
    """An agreement, a marking or a role forbids this; `clauses` names what decided."""

    code = "not-permitted"

    def __init__(self, message: str, /, clauses: tuple[str, ...] = (), **said: object) -> None:
        self.clauses = clauses
        super().__init__(message, **said)


class Unauthenticated(ComityError):
    """No credentials, or wrong ones."""

    code = "unauthenticated"


class AwaitsApproval(ComityError):
    """An act is held until another person approves it; `number` is by which it is found, `until` when it lapses."""

    code = "awaits-approval"

    def __init__(self, number: int, until: str) -> None:
        self.number, self.until = number, until
        super().__init__(
            "not done yet: a second person must approve it before {until}; it waits as act {number}",
            number=number,
            until=until,
        )


class Conflict(ComityError):
    """The present state of things forbids this."""

    code = "conflict"


class TooLarge(ComityError):
    """Over a stated limit; `limit_bytes` says which."""

    code = "too-large"

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__("larger than {limit_bytes} bytes", limit_bytes=limit_bytes)


class Busy(ComityError):
    """Not now; `retry_after_s` says when to try again."""

    code = "busy"

    def __init__(self, message: str, /, retry_after_s: int = 5, **said: object) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message, **said)


class Unreachable(ComityError):
    """A peer does not answer, or the network refuses: an address that is taken, a name that nobody knows."""

    code = "unreachable"


class WrongTlsKey(ComityError):
    """A server shows a TLS key that its party has not stated, or has revoked; `certificate` is what it showed, DER."""

    code = "wrong-tls-key"

    def __init__(self, message: str, /, certificate: bytes, **said: object) -> None:
        self.certificate = certificate
        super().__init__(message, **said)


class StoreError(ComityError):
    """The disk or the database refused."""

    code = "store"


class ReadOnly(ComityError):
    """The node writes nothing: its database lacks what its log has signed, as after an old backup was restored."""

    code = "read-only"


class NodeError(ComityError):
    """The node's folder, lock, settings or keys are not in order."""

    code = "node"


class CatalogueError(ComityError):
    """A data file of the product is not in order; names file and field."""

    code = "catalogue"

    def __init__(self, file: str, field: str, detail: str) -> None:
        self.file, self.field, self.detail = file, field, detail
        super().__init__("{file}: {field}: {detail}", file=file, field=field, detail=detail)
