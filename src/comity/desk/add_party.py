"""Enters a party into the node's directory, as a signed act."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.settings_type import PartyKind
from comity.errors import Conflict, UsageError
from comity.records.base import TlpWord
from comity.records.kinds.party import Party, PartyKey
from comity.stores import directory
from comity.values import Instant, JsonObject, PartyName, Tlp, party_name

_WORDS: dict[Tlp, TlpWord] = {
    Tlp.CLEAR: "clear",
    Tlp.GREEN: "green",
    Tlp.AMBER: "amber",
    Tlp.AMBER_STRICT: "amber+strict",
    Tlp.RED: "red",
}


class AddPartyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A party to know. `default_tlp`: what it says its unmarked objects are; never clear."""

    title: str
    kind: PartyKind
    acts_for: str | None = None
    default_tlp: str | None = None
    reason: str = ""  # for the second person, where one is needed
    idempotency_key: str | None = None


class PartyView(msgspec.Struct, frozen=True, kw_only=True):
    """A party as the directory has it."""

    name: str
    title: str
    kind: str
    acts_for: str | None = None
    default_tlp: str | None = None
    is_self: bool = False
    reads: bool = False


def add_party(node: Node, actor: Actor, request: AddPartyRequest) -> PartyView:
    """Enter a party.

    Raises:
        UsageError: no short name can be made, or the default level is none. Conflict: the name is taken.
    """
    name, level = _name(request.title), default_level(request.default_tlp)

    def work(tx: Connection, now: Instant) -> tuple[PartyView, JsonObject]:
        if directory.party_named(tx, name) is not None:
            raise Conflict("there is a party {name} already", name=name)
        view = enter_party(node, tx, name, request, level, now, is_self=False)
        return view, {"party": name}

    return carry_out(node, actor, "party add", request, PartyView, work)


def enter_party(
    node: Node,
    tx: Connection,
    name: PartyName,
    request: AddPartyRequest,
    level: Tlp | None,
    now: Instant,
    *,
    is_self: bool,
) -> PartyView:
    """Keep the act and the directory's row for a party."""
    acts_for = None if not request.acts_for else _name(request.acts_for)
    if acts_for is not None and (request.kind != "authority" or acts_for == name):
        raise UsageError("only an authority acts for a state, and not for itself")
    first = head(node, now)
    act = Party(
        **first._asdict(),
        name=name,
        title=request.title,
        kind=request.kind,
        acts_for=acts_for,
        root_key=node.keys.root_public.hex() if is_self else None,
        keys=(PartyKey(use="record", public=node.keys.record.public.hex()),) if is_self else (),
        default_tlp=None if level is None else _WORDS[level],
    )
    keep_act(node, tx, act, now)
    directory.add_party(
        tx,
        name=name,
        title=request.title,
        kind=request.kind,
        acts_for=acts_for,
        default_tlp=None if level is None else int(level),
        is_self=is_self,
        now=now,
    )
    return PartyView(
        name=name,
        title=request.title,
        kind=request.kind,
        acts_for=acts_for,
        default_tlp=None if level is None else level.word,
        is_self=is_self,
    )


def default_level(word: str | None) -> Tlp | None:
    """Read a source's default level.

    Raises:
        UsageError: not a level, or clear: what nobody marked must not flow freely.
    """
    if word is None:
        return None
    try:
        level = Tlp.of(word)
    except ValueError as exc:
        raise UsageError("the default level is one of green, amber, amber+strict, red") from exc
    if level is Tlp.CLEAR:
        raise UsageError("unmarked objects never count as clear: mark them, or give green as the default")
    return level


def _name(title: str) -> PartyName:
    try:
        return party_name(title)
    except ValueError as exc:
        raise UsageError(str(exc)) from exc
