"""Says what stands around every page: whose node, which rooms the visitor may enter, the time, who is signed in."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from comity.desk.actor import PersonRole
from comity.texts import text
from comity.values import Instant, iso
from comity.web.markup import direction
from comity.web.visit import Visit


class Room(NamedTuple):
    """One place of the navigation; `verb` opens it."""

    key: str
    path: str
    verb: str
    begins_group: bool = False


ROOMS = (
    Room("now", "/", "desk show"),
    Room("items", "/items", "item search"),
    Room("take-in", "/take-in", "item take-in"),
    Room("release", "/release", "release matrix"),
    Room("agreements", "/agreements", "agreement list"),
    Room("peers", "/peers", "peer list", begins_group=True),
    Room("guest", "/guest", "guest show"),
    Room("released", "/guest/items", "guest list"),
    Room("submit", "/guest/submissions", "guest submit"),
)


# The pages of administration: key, path, and the verb that opens each.
TABS = (
    ("users", "/administration/users", "account list"),
    ("providers", "/administration/providers", "provider list"),
    ("keys", "/administration/keys", "key rotate"),
    ("settings", "/administration/settings", "settings show"),
    ("audit", "/administration/audit", "audit list"),
    ("doctor", "/administration/doctor", "doctor"),
)


class Frame(NamedTuple):
    """What the frame of a page shows."""

    language: str
    direction: str
    prefix: str  # of each path of the desk
    title: str  # of the node's party
    party: str
    exercise: bool
    now: str  # ISO
    at: Instant  # the same
    weekday: str
    here: str  # key of the room
    rooms: tuple[tuple[Room, str], ...]
    person: str
    roles: str
    csrf: str
    waiting: int  # acts that wait for the visitor
    finds: bool  # whether the visitor may look for items
    administers: str  # path of the first administration page that the visitor may open; empty if none


def frame_of(visit: Visit, here: str = "") -> Frame:
    """Give the frame for a visitor, in the language spoken now."""
    settings, now = visit.door.node.settings, visit.door.node.clock()
    return Frame(
        language=visit.language.replace("_", "-"),
        direction=direction(visit.language),
        prefix=visit.base.path,
        title=settings.title,
        party=settings.party,
        exercise=settings.exercise,
        now=iso(now),
        at=now,
        weekday=weekday(now),
        here=here,
        rooms=tuple((room, room_name(room.key)) for room in ROOMS if visit.opens(room.verb)),
        person="" if visit.person is None else visit.person.title,
        roles=listed(role_name(role) for role in visit.roles),
        csrf=visit.csrf,
        waiting=visit.waiting,
        finds=visit.opens("item search"),
        administers=next((path for _, path, verb in TABS if visit.opens(verb)), ""),
    )


def weekday(moment: Instant) -> str:
    """Name the day of the week."""
    names = (
        text("Monday"),
        text("Tuesday"),
        text("Wednesday"),
        text("Thursday"),
        text("Friday"),
        text("Saturday"),
        text("Sunday"),
    )
    return names[datetime.fromtimestamp(moment / 1000, UTC).weekday()]


def tab_name(key: str) -> str:
    """Name a page of administration."""
    return {
        "users": text("Users"),
        "providers": text("Providers"),
        "keys": text("Keys"),
        "settings": text("Settings"),
        "audit": text("Audit"),
        "doctor": text("Doctor"),
    }[key]


def room_name(key: str) -> str:
    """Name a room."""
    return {
        "now": text("Now"),
        "items": text("Items"),
        "take-in": text("Take in"),
        "release": text("Release"),
        "agreements": text("Agreements"),
        "peers": text("Peers"),
        "guest": text("Now"),
        "released": text("Released to you"),
        "submit": text("Submit"),
    }[key]


def role_name(role: PersonRole) -> str:
    """Name a role."""
    names = {
        "duty-officer": text("duty officer"),
        "analyst": text("analyst"),
        "diplomat": text("diplomat"),
        "legal-adviser": text("legal adviser"),
        "releaser": text("releaser"),
        "approver": text("approver"),
        "directory-officer": text("directory officer"),
        "auditor": text("auditor"),
        "operator": text("operator"),
        "administrator": text("administrator"),
        "guest": text("guest"),
    }
    return names[role]


def listed(names: Iterable[str]) -> str:
    """Give names as a list in words: a, b and c."""
    all_names = tuple(names)
    if len(all_names) < 2:
        return "".join(all_names)
    return text("{most} and {last}", most=", ".join(all_names[:-1]), last=all_names[-1])
