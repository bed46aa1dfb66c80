"""Decides who visits the desk, whether a request may change something, and in which role a verb is asked for.

A verb is asked for as the command line does, through the registry, so both are judged by the same table.
"""

import base64
import hashlib
import hmac
from contextlib import suppress
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs

import anyio
import msgspec
from litestar.exceptions import InternalServerException

from comity.desk.actor import Actor, PersonRole
from comity.desk.node_type import Node
from comity.desk.registry import VERBS
from comity.desk.roles import role_for
from comity.desk.sessions import Person, look_up, note_use, replace_session
from comity.desk.show_desk import waiting_in
from comity.errors import NotFound, NotPermitted, Unauthenticated, UsageError
from comity.taxii.forwarded import client_address, counted_address
from comity.texts import choose
from comity.web.addresses import Base, Call, base_of, is_own
from comity.web.door import DeskDoor

Answer = TypeVar("Answer", bound=msgspec.Struct)
Form = dict[str, str]

# All that a guest may open, by how its path begins; the rest is for them as if it were not there.
GUEST_PLACES = ("/guest", "/account", "/sign-in", "/sign-out", "/begin", "/passkeys", "/static")
_CLOSED_TO_GUESTS = ("/account/notices",)
BODY_WITHIN_S = 60.0
BY_ITSELF = "x-by-itself"  # the header of a page that renews itself: nobody is there by that alone
_MOST_FIELDS = 100
_MOST_LANGUAGES = 10


class Visit(NamedTuple):
    """One request to the desk: where it came to, by whom, and in which language it is answered."""

    door: DeskDoor
    base: Base
    address: str  # of the client, as attempts are counted
    language: str
    person: Person | None
    waiting: int = 0  # acts that wait for the person
    noted: set[str] | None = None  # what this page has noted in the audit as read
    device: str = ""  # hash of the mark that the browser carries, in hexadecimal; empty if it carries none

    @property
    def csrf(self) -> str:
        """What each form of this session carries; without a session there is none."""
        if self.person is None:
            return ""
        token = hmac.digest(self.door.node.keys.token_key, b"comity-csrf-1\0" + self.person.session, "sha256")
        return base64.urlsafe_b64encode(token).decode().rstrip("=")

    @property
    def roles(self) -> tuple[PersonRole, ...]:
        """The roles of whoever visits; none without a session."""
        return () if self.person is None else self.person.roles

    def opens(self, verb: str) -> bool:
        """Tell whether this visitor may ask for a verb."""
        return role_for(self.roles, verb) is not None

    def must_open(self, verb: str) -> None:
        """Refuse a page to whom it is not for, as one that there is not.

        Raises:
            NotFound: this visitor may not ask for the verb.
        """
        if not self.opens(verb):
            raise NotFound("no such page")

    async def ask(self, verb: str, request: msgspec.Struct, answer_type: type[Answer]) -> Answer:
        """Ask the desk for a verb, in the first of the person's roles that opens it.

        Raises:
            NotPermitted: none does. ComityError: what the verb raises.
        """
        found = VERBS[verb]
        run = self.door.door.writing if found.writes else self.door.door.reading
        answer = await run(found.run, self.door.node, self._actor(verb), request, noted=self.noted)
        if not isinstance(answer, answer_type):
            raise TypeError(verb)
        return answer

    async def look_up(self, verb: str, request: msgspec.Struct, answer_type: type[Answer]) -> Answer:
        """Ask for a verb that reads a few rows, whatever is held: at once where that is quicker than another thread.

        Raises:
            NotPermitted: no role of the person's opens it. ComityError: what the verb raises.
        """
        run = self.door.door.looking_up
        answer = await run(VERBS[verb].run, self.door.node, self._actor(verb), request, noted=self.noted)
        if not isinstance(answer, answer_type):
            raise TypeError(verb)
        return answer

    def _actor(self, verb: str) -> Actor:
        role = role_for(self.roles, verb)
        if self.person is None or role is None:
            raise NotPermitted("{verb} is not open to your roles", verb=verb)
        vouched = self.person.method == "identity"
        return Actor(name=self.person.name, role=role, via="web", device=self.device, vouched=vouched)


async def arrive(request: Call) -> Visit:
    """Say who visits, if anybody is known.

    Raises:
        NotFound: a guest, where no guest may go.
    """
    door: DeskDoor = request.app.state["door"]
    base = base_of(request, door.door)
    mark = request.cookies.get(device_name(base), "")
    device = hashlib.sha256(mark.encode("utf-8", "replace")).hexdigest() if mark else ""
    visit = Visit(door, base, _address(request, door), _language(request), None, noted=set(), device=device)
    request.scope["state"]["visit"] = visit
    secret = request.cookies.get(cookie_name(base), "")
    if secret:
        with suppress(Unauthenticated):
            by_itself = request.headers.get(BY_ITSELF, "")
            person, waiting, is_to_note = await door.door.looking_up(_known, door.node, secret)
            if is_to_note and not by_itself:
                await door.door.writing(note_use, door.node, person)
            visit = visit._replace(person=person, waiting=waiting)
    if visit.person is not None:
        request.scope["state"]["reader"] = f"desk/{visit.person.name}"
    request.scope["state"]["visit"] = visit
    if "guest" in visit.roles and not is_guests_place(request):
        raise NotFound("no such page")
    return visit


def is_guests_place(request: Call) -> bool:
    """Tell whether a guest may open what was asked for: the first page, or one of a closed list of places."""
    path = str(request.scope["path"]).removeprefix(str(request.scope.get("root_path", "")).rstrip("/"))
    return path in ("", "/") or (_is_within(path, GUEST_PLACES) and not _is_within(path, _CLOSED_TO_GUESTS))


def _is_within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in places)


async def enter(request: Call) -> Visit:
    """Say who visits.

    Raises:
        Unauthenticated: nobody is signed in.
    """
    visit = await arrive(request)
    if visit.person is None:
        raise Unauthenticated("sign in first")
    return visit


async def arrive_with_form(request: Call) -> tuple[Visit, Form]:
    """Take a form of somebody who need not be signed in.

    Raises:
        NotPermitted: it was sent from another site. UsageError: it is no form.
    """
    visit = await arrive(request)
    if not is_own(request, visit.base):
        raise NotPermitted("this form was sent from another page than the desk's own: open the page and send it there")
    return visit, _read_form(await body_of(request))


async def enter_with_form(request: Call) -> tuple[Visit, Form]:
    """Take a form of somebody who is signed in, from a page that was made for this session.

    Raises:
        Unauthenticated: nobody is signed in. NotPermitted: from another site or session. UsageError: it is no form.
    """
    visit, form = await arrive_with_form(request)
    if visit.person is None:
        raise Unauthenticated("sign in first")
    must_carry_token(visit, form.get("csrf", ""))
    return visit, form


async def body_of(request: Call, within_s: float = BODY_WITHIN_S) -> bytes:
    """Take in a request's body.

    Raises:
        UsageError: it is cut off, or takes longer.
    """
    try:
        with anyio.fail_after(within_s):
            return await request.body()
    except (TimeoutError, InternalServerException) as exc:  # by the latter the framework says that the client went away
        raise UsageError("the request did not come whole in time") from exc


def must_carry_token(visit: Visit, token: str) -> None:
    """Refuse what was not sent from a page made for this session.

    Raises:
        NotPermitted: it was not.
    """
    if not hmac.compare_digest(token.encode("utf-8", "replace"), visit.csrf.encode()):
        raise NotPermitted("this page is of an earlier session: open it again, then repeat what you did")


def cookie_name(base: Base) -> str:
    """Give the name of the session's cookie; over TLS no other host or path can set it."""
    return "__Host-comity" if base.secure else "comity"


def device_name(base: Base) -> str:
    """Give the name of the cookie by which a browser is known again; it opens nothing."""
    return "__Host-comity-device" if base.secure else "comity-device"


def question_name(base: Base) -> str:
    """Give the name of the cookie that binds the answer of an identity provider to the browser that asked."""
    return "__Host-comity-asked" if base.secure else "comity-asked"


async def end_former(visit: Visit) -> None:
    """End the session in whose place another has begun: nobody who has its cookie goes on with it."""
    if visit.person is not None:
        await visit.door.door.writing(replace_session, visit.door.node, visit.person)


def _known(node: Node, secret: str) -> tuple[Person, int, bool]:
    """Give the person of a session, how much waits for them, and whether the use is to be noted."""
    with node.store.read() as tx:
        person, is_to_note = look_up(node, tx, secret)
        return person, waiting_in(node, tx, person.name, person.roles), is_to_note


def _read_form(body: bytes) -> Form:
    try:
        fields = parse_qs(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=_MOST_FIELDS
        )
    except ValueError as exc:
        raise UsageError("this is no form that the desk reads") from exc
    if any(len(values) > 1 for values in fields.values()):
        raise UsageError("this is no form that the desk reads")
    return {name: values[0] for name, values in fields.items()}


def _address(request: Call, door: DeskDoor) -> str:
    peer = request.client.host if request.client else ""
    return counted_address(client_address(peer, request.headers, door.door.trusted))


def _language(request: Call) -> str:
    """Choose by `Accept-Language`, in the order given; browsers write the dearest first."""
    wanted = request.headers.get("accept-language", "").split(",")[:_MOST_LANGUAGES]
    return choose(part.partition(";")[0] for part in wanted)
