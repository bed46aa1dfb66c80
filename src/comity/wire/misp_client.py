"""Speaks to a MISP server: reads its events page by page, and gives it events, over the node's own line to others.

PyMISP would resolve names and follow redirects by itself, past what the node lets itself call (decision record 0051).
What a server answers is input from outside. Source: MISP's OpenAPI: /events/restSearch, /events/add, /events/edit.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

import msgspec

from comity.errors import Busy, NotFound, NotPermitted, RecordRejected, Unauthenticated, Unreachable
from comity.wire.outbound import Answer, Line, Outbound, origin_of

EVENTS_A_PAGE: Final = 50
MOST_PAGES: Final = 100_000
LONGEST_WORDS: Final = 300
_NOT_NEWER: Final = "not newer"
_MISSING: Final = frozenset((404, 405))
_ANY: Final = msgspec.json.Decoder()


class Put(NamedTuple):
    """What became of an event at the server: added, edited, held in no older state, or refused with its words."""

    fate: Literal["added", "edited", "held", "refused"]
    words: str = ""


class MispClient:
    """One MISP server, signed in by an automation key."""

    def __init__(self, outbound: Outbound, url: str, key: str) -> None:
        self._base = url.rstrip("/")
        self._line = Line(outbound, origin_of(url))
        self._headers = {"authorization": key, "accept": "application/json", "content-type": "application/json"}

    def __enter__(self) -> "MispClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def pages(self, since_s: int | None = None) -> Iterator[bytes]:
        """Give the published events that the key may read, fifty at a time, as the server wrote them.

        Args:
            since_s: only those changed since, in seconds since 1970.

        Raises:
            Unauthenticated, NotPermitted, Busy, Unreachable, TooLarge, RecordRejected: what the server or the way says.
        """
        before = b""
        for number in range(1, MOST_PAGES + 1):
            asked: dict[str, object] = {
                "returnFormat": "json", "page": number, "limit": EVENTS_A_PAGE, "published": True,
                "includeSightings": True, "deleted": [0, 1],
            }  # fmt: skip
            if since_s is not None:
                asked["timestamp"] = since_s
            answer = self._asked("POST", "/events/restSearch", msgspec.json.encode(asked))
            count = _count(answer.body)
            if count == 0:
                return
            if answer.body == before:
                raise RecordRejected("not-an-event", "$", "the server gives the same page again and again")
            yield answer.body
            before = answer.body

    def put(self, uuid: str, event: bytes) -> Put:
        """Give the server an event, new or changed; of one that it has in no older state nothing is changed.

        Raises:
            Unauthenticated, NotPermitted, Busy, Unreachable, TooLarge: what the server or the way to it says.
        """
        held = self._line.call("GET", f"{self._base}/events/view/{uuid}", headers=self._headers)
        is_new = held.status in _MISSING
        if not is_new:
            _check(held)
        place = "/events/add" if is_new else f"/events/edit/{uuid}"
        answer = self._line.call("POST", f"{self._base}{place}", headers=self._headers, body=b'{"Event":%s}' % event)
        if answer.status in (200, 201):
            return Put("added" if is_new else "edited")
        words = _words(answer)
        if _NOT_NEWER in words.lower():
            return Put("held")
        if answer.status in (401, 429, 503) or answer.status >= 500:
            _check(answer)
        return Put("refused", words)

    def _asked(self, method: str, path: str, body: bytes) -> Answer:
        answer = self._line.call(method, self._base + path, headers=self._headers, body=body)
        _check(answer)
        return answer


def _check(answer: Answer) -> None:
    words = _words(answer)
    match answer.status:
        case 200 | 201:
            return
        case 401:
            raise Unauthenticated("the MISP server does not know this key: {words}", words=words)
        case 403:
            raise NotPermitted("the MISP server lets this key not do that: {words}", words=words)
        case 404:
            raise NotFound("the MISP server has no such thing: {words}", words=words)
        case 429 | 503:
            raise Busy("the MISP server is busy: {words}", words=words)
    raise Unreachable("the MISP server answers {status}: {words}", status=answer.status, words=words)


def _count(body: bytes) -> int:
    """Count the events of a page without reading them.

    Raises:
        RecordRejected: it is no answer of a MISP.
    """
    try:
        answer = msgspec.json.decode(body, type=dict[str, list[msgspec.Raw]] | list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RecordRejected("not-json", "$", "the server answers otherwise than a MISP does") from exc
    if isinstance(answer, list):
        return len(answer)
    return len(answer.get("response", []))


def _words(answer: Answer) -> str:
    """Give what an answer says went wrong, on one printable line."""
    try:
        said = _ANY.decode(answer.body[:100_000])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = None
    told = [str(said[key]) for key in ("name", "message", "errors") if said.get(key)] if isinstance(said, dict) else []
    plain = "".join(sign if sign.isprintable() else " " for sign in " · ".join(told) or f"status {answer.status}")
    return plain[:LONGEST_WORDS]
