"""Accepts the root key of another party: an act of an officer who has heard the fingerprint from that party itself."""

from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.party_keys import HeldKeySet, check_set, keep_evidence, take_set
from comity.desk.rotate_key import OFFICERS
from comity.desk.send_acts import send_earlier
from comity.errors import Conflict, NotPermitted, RecordRejected, UsageError
from comity.records.anchor_file import ReadAnchor, is_expired, read_anchor, warnings_on
from comity.records.dsse import key_id
from comity.records.fingerprints import fingerprint, same_fingerprint
from comity.records.kinds import Party, PartyKey
from comity.stores import directory, trusting
from comity.stores.directory import PartyRow
from comity.stores.trusting import PeerRow
from comity.values import Instant, JsonObject, instant

EVIDENT = ("rollback", "equivocation")


class AcceptAnchorRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The file as it came, and the fingerprint as it was heard; none only with `unheard`, which is for scripts."""

    file: bytes
    fingerprint: str | None = None
    unheard: bool = False
    reason: str = ""  # for the second person, where one is needed
    idempotency_key: str | None = None


class AnchorAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the party now. `done` is `accepted`, `renewed` (newer keys or addresses) or `known` already."""

    party: str
    title: str
    root_key: str
    fingerprint: str
    endpoints: tuple[str, ...]
    serial: int
    done: Literal["accepted", "renewed", "known"]
    warnings: tuple[str, ...]


def accept_anchor(node: Node, actor: Actor, request: AcceptAnchorRequest) -> AnchorAccepted:
    """Trust a party's root key, and keep its keys.

    Raises:
        RecordRejected: the file is no sound anchor, or goes back behind or contradicts the key set that is known.
        NotPermitted: the fingerprint is another, or the actor is no officer. UsageError: none was given, or it is the
            node's own. Conflict: live and exercise would mix, the anchor is too old, or the party is known under
            another root key, or the root key as another party's.
    """
    if actor.role not in OFFICERS:
        raise NotPermitted("anchor accept is not open to the role {role}", role=actor.role)
    read, now = read_anchor(request.file), node.clock()
    _refuse(node, read, request, now)
    held = HeldKeySet(read.key_set, read.key_set_payload, read.key_set_envelope)

    def work(tx: Connection, now: Instant) -> tuple[AnchorAccepted, JsonObject]:
        party = directory.party_named(tx, read.anchor.issuer)
        done = "accepted" if party is None else _compare(tx, party, read, held)
        if done == "accepted":
            party = _enter(node, tx, read, party, now)
        if party is not None and done != "known":
            trusting.put_peer(tx, _peer(party, read, actor, now))
            take_set(tx, party, read.root, held, now)
        if party is not None and done == "accepted":
            send_earlier(tx, party.name, now)
        facts: JsonObject = {
            "party": read.anchor.issuer, "root_key": key_id(read.root), "done": done,
            "heard": request.fingerprint is not None, "serial": read.key_set.serial,
        }  # fmt: skip
        return _answer(read, done, now), facts

    try:
        return carry_out(node, actor, "anchor accept", request, AnchorAccepted, work, roles=OFFICERS)
    except RecordRejected as refused:
        if refused.reason in EVIDENT:
            _keep_evidence(node, read, held, refused.reason, now)
        raise


def _refuse(node: Node, read: ReadAnchor, request: AcceptAnchorRequest, now: Instant) -> None:
    anchor = read.anchor
    if anchor.exercise != node.settings.exercise:
        theirs, ours = ("exercise", "live") if anchor.exercise else ("live", "exercise")
        raise Conflict("this anchor is {theirs} and this node is {ours}: the two never mix", theirs=theirs, ours=ours)
    if anchor.issuer == node.settings.party or read.root == node.keys.root_public:
        raise UsageError("this anchor speaks for the party whose node this is")
    if request.fingerprint is None and not request.unheard:
        raise UsageError("give the fingerprint as the other party read it out")
    if request.fingerprint is not None and not same_fingerprint(request.fingerprint, read.root):
        raise NotPermitted(
            "the fingerprint is not that of this anchor: accept nothing, and find out why with the party"
        )
    if is_expired(anchor, now):
        raise Conflict(
            "this anchor could be accepted until {valid_until}: ask the party for a new one",
            valid_until=anchor.valid_until,
        )


def _compare(
    tx: Connection, party: PartyRow, read: ReadAnchor, held: HeldKeySet
) -> Literal["accepted", "renewed", "known"]:
    """Say what an anchor brings for a party that the directory has."""
    peer = trusting.peer_of(tx, party.no)
    if peer is None:
        return "accepted"
    if bytes(peer.root_key) != read.root:
        raise Conflict(
            "{name} is known under another root key ({fingerprint}): somebody may pretend to be this party; "
            "accept nothing and call it on a number that you had before",
            name=party.name,
            fingerprint=fingerprint(bytes(peer.root_key)),
        )
    brings = check_set(tx, party, held)
    made = _made_us(read)
    if not brings and made < peer.anchor_us:
        raise RecordRejected("rollback", "$.at", "a newer anchor of this party was accepted")
    return "renewed" if brings or made > peer.anchor_us else "known"


def _enter(node: Node, tx: Connection, read: ReadAnchor, party: PartyRow | None, now: Instant) -> PartyRow:
    """State in an act of our own whom we accept under which root key; enter the party if it is new."""
    anchor = read.anchor
    other = trusting.peer_with_root(tx, read.root)
    if other is not None:
        raise Conflict("this root key is known as another party's: a root key speaks for one party")
    act = Party(
        **head(node, now)._asdict(),
        name=anchor.issuer,
        title=anchor.title,
        kind=anchor.kind,
        acts_for=anchor.acts_for,
        root_key=anchor.root_key,
        keys=tuple(PartyKey(use=key.use, public=key.public) for key in read.key_set.keys),
    )
    keep_act(node, tx, act, now)
    return party or directory.add_party(
        tx, name=anchor.issuer, title=anchor.title, kind=anchor.kind, acts_for=anchor.acts_for, default_tlp=None,
        is_self=False, now=now,
    )  # fmt: skip


def _peer(party: PartyRow, read: ReadAnchor, actor: Actor, now: Instant) -> PeerRow:
    endpoints = msgspec.json.encode(read.anchor.endpoints).decode()
    return PeerRow(party.no, read.root, endpoints, read.envelope, _made_us(read), actor.name, int(now), "accepted")


def _made_us(read: ReadAnchor) -> int:
    return int(instant(read.anchor.at)) * 1000


def _keep_evidence(node: Node, read: ReadAnchor, held: HeldKeySet, why: str, now: Instant) -> None:
    with node.store.read() as tx:
        party = directory.party_named(tx, read.anchor.issuer)
    if party is not None:
        keep_evidence(node, party, held, why, now)


def _answer(read: ReadAnchor, done: Literal["accepted", "renewed", "known"], now: Instant) -> AnchorAccepted:
    return AnchorAccepted(
        party=read.anchor.issuer,
        title=read.anchor.title,
        root_key=key_id(read.root),
        fingerprint=fingerprint(read.root),
        endpoints=read.anchor.endpoints,
        serial=read.key_set.serial,
        done=done,
        warnings=warnings_on(read.anchor, now),
    )
