"""Reads from and submits to any TAXII 2.1 server, keeping the exact bytes of each object.

Servers differ; what is taken is wide, what is sent is narrow. A page that promises more and gives neither a token nor a
later date ends the reading with an error: some servers would send the same page for ever.
"""

import base64
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit

import msgspec

from comity.errors import Busy, NotFound, NotPermitted, RecordRejected, Unauthenticated, Unreachable
from comity.values import Instant
from comity.wire.bundles import Found, Limits, read_objects
from comity.wire.dates import skew_of
from comity.wire.outbound import Answer, Dial, Line, Outbound, origin_of, whole_number

MEDIA = "application/taxii+json;version=2.1"
MOST_RETRY_S = 3600
MOST_FAILURES = 1_000
MOST_DETAILS = 10_000
LONGEST_NAME = 2_000
MOST_ROOTS = 100  # each is asked for its collections
MOST_IDS_ASKED = 20  # in one query: addresses are long, and some servers refuse long ones
LONGEST_REASON = 300
_ACCEPT = {"accept": MEDIA}
_NOTHING: Mapping[str, str] = {}
_OF_THE_CALLER = frozenset((401, 403, 404, 407, 410, 429, 503))  # whatever is posted, these come back
_T = TypeVar("_T", bound=msgspec.Struct)


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """How the node signs in at a peer: a user and password, or a token. Shown without its secrets."""

    user: str = ""
    password: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return f"Login(user={self.user!r})"

    @property
    def header(self) -> dict[str, str]:
        """The header that says so; none for a server that asks for nothing."""
        if self.token:
            return {"authorization": f"Bearer {self.token}"}
        if self.user:
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return {"authorization": f"Basic {pair}"}
        return {}


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection as its server describes it, and the URL it has there."""

    url: str
    id: str
    title: str
    can_read: bool
    can_write: bool


class Page(NamedTuple):
    """One page: every element of its list, and where to go on."""

    found: tuple[Found, ...]
    more: bool
    next: str | None
    last_date: str | None  # X-TAXII-Date-Added-Last, as received


class Detail(msgspec.Struct, frozen=True, gc=False):
    """What a server says of one object of a submission."""

    id: str = ""
    version: str = ""
    message: str = ""


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says of a submission."""

    url: str | None  # where its status is asked; none where the server keeps none
    is_complete: bool
    successes: int
    failed: int
    failures: tuple[str, ...]  # its words for the first of the objects that it did not take
    taken: tuple[Detail, ...] = ()  # as far as it lists them: it need not
    refused: tuple[Detail, ...] = ()
    waiting: tuple[Detail, ...] = ()


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """That a server did not take a submission as a whole: its HTTP status and its words."""

    status: int
    words: str


class _Root(msgspec.Struct):
    api_roots: list[str] = []
    default: str | None = None


class _Collection(msgspec.Struct):
    id: str
    title: str = ""
    can_read: bool | None = None
    can_write: bool | None = None


class _Collections(msgspec.Struct):
    collections: list[_Collection] = []


class _Envelope(msgspec.Struct):
    more: bool | None = None
    next: str | int | None = None


class _Status(msgspec.Struct):
    status: str
    id: str = ""
    success_count: int = 0
    failure_count: int = 0
    successes: list[Detail | str] = []  # TAXII 2.0 has bare ids here
    failures: list[Detail | str] = []
    pendings: list[Detail | str] = []


class _Information(msgspec.Struct):
    max_content_length: object = None


class _Entry(msgspec.Struct):
    id: str = ""
    version: str = ""


class _Manifest(msgspec.Struct):
    objects: list[_Entry] = []


class _Error(msgspec.Struct):
    title: str = ""
    description: str = ""


class TaxiiClient:
    """Speaks to one server. Use it in a `with` block: it holds a line open. With a clock, it compares."""

    def __init__(
        self,
        outbound: Outbound,
        url: str,
        login: Login,
        clock: Callable[[], Instant] | None = None,
        dial: Dial = Line,
    ) -> None:
        self._line = dial(outbound, origin_of(url))
        self._login, self._clock = login.header, clock
        self.skew_ms: int | None = None  # by how much the server's clock was ahead of ours at its last dated answer

    def __enter__(self) -> "TaxiiClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def collections(self, url: str) -> list[Collection]:
        """Give the collections behind a discovery or an API root URL.

        Raises:
            Unreachable, NotPermitted, Unauthenticated, NotFound, Busy: as `call` does. RecordRejected: not TAXII.
        """
        found = _read(self._get(url), _Root)
        if len(found.api_roots) > MOST_ROOTS:
            raise RecordRejected("not-taxii", "$.api_roots", f"more than {MOST_ROOTS} API roots")
        roots = [_joined(url, root) for root in found.api_roots] or [url]
        return [collection for root in roots for collection in self._of_root(root)]

    def _of_root(self, root: str) -> Iterator[Collection]:
        base = urljoin(_slashed(root), "collections/")
        for one in _read(self._get(base), _Collections).collections:
            if len(one.id) > LONGEST_NAME or "/" in one.id:
                raise RecordRejected("bad-field", "$.collections[].id", "no id of a collection")
            yield Collection(
                url=urljoin(base, f"{one.id}/"),
                id=one.id,
                title=one.title[:LONGEST_NAME],
                can_read=bool(one.can_read),
                can_write=bool(one.can_write),
            )

    def page(self, collection_url: str, limits: Limits, asked: Mapping[str, str]) -> Page:
        """Give one page of objects; `asked` are the query's words, as `added_after`, `next` and `limit`."""
        answer = self._get(f"{urljoin(_slashed(collection_url), 'objects/')}?{urlencode(asked)}")
        outer = _read(answer, _Envelope)
        found = tuple(read_objects(io.BytesIO(answer.body), limits))
        token = None if outer.next is None or outer.next == "" else str(outer.next)
        if token is not None and len(token) > LONGEST_NAME:  # it goes back in the query of the next request
            raise RecordRejected("not-taxii", "$.next", f"a token longer than {LONGEST_NAME} characters")
        last = answer.headers.get("x-taxii-date-added-last")
        return Page(found, bool(outer.more), token, last)

    def pages(
        self, collection_url: str, limits: Limits, added_after: str, per_page: int, more: Mapping[str, str] = _NOTHING
    ) -> Iterator[Page]:
        """Give all pages after a date, in order, as long as the server promises more; `more` are words of the query.

        Raises:
            Unreachable: it promises more and leads nowhere.
        """
        asked = {**more, "limit": str(per_page)} | ({"added_after": added_after} if added_after else {})
        seen: set[tuple[str | None, int]] = set()
        while True:
            page = self.page(collection_url, limits, asked)
            yield page
            if not page.more:
                return
            # A token may stay the same: some servers keep the place of its reader. The page must not, then.
            way = (page.next or page.last_date, hash(page.found))
            if way in seen or way[0] is None:
                raise Unreachable(
                    "the server promises more objects and leads nowhere: its page has no new token or date"
                )
            seen.add(way)
            if page.next is not None:
                asked["next"] = page.next  # with the same filters: some servers bind a token to them
            else:
                asked.pop("next", None)
                asked["added_after"] = str(page.last_date)

    def submit(self, collection_url: str, body: bytes) -> Submitted:
        """Post an envelope of objects, and give what the server says so far.

        Raises:
            Unreachable: among others, the server does not take it.
        """
        told = self.offer(collection_url, body)
        if isinstance(told, Refusal):
            raise Unreachable("the server answers with status {status}", status=told.status)
        return told

    def offer(self, collection_url: str, body: bytes) -> Submitted | Refusal:
        """Post an envelope of objects, and give what the server says so far, or that it does not take this one.

        Raises:
            Unauthenticated, NotPermitted, NotFound, Busy: whatever it were. Unreachable, RecordRejected, TooLarge: by
            its answer, or for want of one, nobody knows whether it took anything.
        """
        url = urljoin(_slashed(collection_url), "objects/")
        headers = {**_ACCEPT, **self._login, "content-type": MEDIA}
        answer = self._call("POST", url, headers, body)
        if answer.status >= 400 and answer.status not in _OF_THE_CALLER:
            return Refusal(status=answer.status, words=_reason(answer))
        return _submitted(_checked(answer), None, collection_url)

    def most_bytes(self, collection_url: str) -> int | None:
        """Give how long a request may be at the most, as the API root of a collection says; None if it says nothing."""
        try:
            said = _read(self._get(_root(collection_url)), _Information).max_content_length
        except (NotFound, NotPermitted, RecordRejected):  # not every user may read it
            return None
        return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else None

    def versions_of(self, collection_url: str, ids: Sequence[str]) -> set[tuple[str, str]]:
        """Look in a collection's manifest which of these objects are there: as (id, version)."""
        found: set[tuple[str, str]] = set()
        for start in range(0, len(ids), MOST_IDS_ASKED):
            asked = {"match[id]": ",".join(ids[start : start + MOST_IDS_ASKED]), "match[version]": "all"}
            answer = self._get(f"{urljoin(_slashed(collection_url), 'manifest/')}?{urlencode(asked)}")
            found.update((one.id, one.version) for one in _read(answer, _Manifest).objects)
        return found

    def status(self, url: str) -> Submitted:
        """Ask again what became of a submission, where `submit` said.

        Raises:
            NotFound: the server keeps its status no longer.
        """
        return _submitted(self._get(url), url, "")

    def _get(self, url: str) -> Answer:
        return _checked(self._call("GET", url, {**_ACCEPT, **self._login}))

    def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        sent = self._clock() if self._clock else None
        answer = self._line.call(method, url, headers=headers, body=body)
        if self._clock and sent is not None:
            skew = skew_of(answer.headers.get("date", ""), sent, self._clock())
            self.skew_ms = self.skew_ms if skew is None else skew
        return answer


def _root(collection_url: str) -> str:
    return urljoin(_slashed(collection_url), "../../")


def _reason(answer: Answer) -> str:
    """Give the words of a TAXII error (TAXII 2.1 §3.6.1), if there are any."""
    try:
        said = _read(answer, _Error)
    except RecordRejected:
        return ""
    return ": ".join(words for words in (said.title, said.description) if words)[:LONGEST_REASON]


def _joined(url: str, root: str) -> str:
    try:
        return urljoin(url, root)
    except ValueError as exc:
        raise RecordRejected("not-taxii", "$.api_roots", "an API root that is no URL") from exc


def _slashed(url: str) -> str:
    parts = urlsplit(url)
    return url if parts.path.endswith("/") else parts._replace(path=f"{parts.path}/").geturl()


def _checked(answer: Answer) -> Answer:
    """Give a good answer back; translate the others into errors that say whose turn it is."""
    if answer.status < 300:
        return answer
    if answer.status == 401:
        raise Unauthenticated("the server does not take these credentials")
    if answer.status in (403, 407):
        raise NotPermitted("the server does not let this user do that")
    if answer.status in (404, 410):
        raise NotFound("the server has nothing at this address for this user")
    if answer.status in (429, 503):
        said = whole_number(answer.headers.get("retry-after", ""))
        raise Busy("the server asks for patience", 60 if said is None else min(said, MOST_RETRY_S))
    raise Unreachable("the server answers with status {status}", status=answer.status)


def _read(answer: Answer, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(answer.body or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RecordRejected("not-taxii", "$", "the answer is not what TAXII 2.1 says") from exc


def _submitted(answer: Answer, url: str | None, collection_url: str) -> Submitted:
    said = _read(answer, _Status)
    if url is None and said.id and len(said.id) <= LONGEST_NAME and said.id.strip("."):
        url = urljoin(_root(collection_url), f"status/{quote(said.id, safe='')}/")
    failures = [f"{one.id}: {one.message}" if isinstance(one, Detail) else one for one in said.failures]
    return Submitted(
        url=url,
        is_complete=said.status == "complete",
        successes=said.success_count,
        failures=tuple(words[:LONGEST_NAME] for words in failures[:MOST_FAILURES]),
        failed=max(said.failure_count, len(failures)),
        taken=_details(said.successes),
        refused=_details(said.failures),
        waiting=_details(said.pendings),
    )


def _details(said: Sequence[Detail | str]) -> tuple[Detail, ...]:
    return tuple(Detail(id=one) if isinstance(one, str) else one for one in said[:MOST_DETAILS])
