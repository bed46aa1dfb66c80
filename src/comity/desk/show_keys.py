"""Shows the keys of a party: what each is for, from when until when, and whether it counts now."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.own_keys import KEYS
from comity.desk.party_keys import known_keys, newest_set
from comity.desk.tls_pins import served_pin
from comity.errors import NotFound
from comity.records.dsse import key_id
from comity.records.fingerprints import fingerprint
from comity.records.key_judging import ROOT, JudgedKey, judge
from comity.stores import directory, trusting
from comity.stores.directory import PartyRow
from comity.values import Instant, iso, iso_or_none
from comity.wire.keys import held_keys


class ShowKeysRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose; the node's own if not said."""

    party: str | None = None


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """One key. `state` is good, not-yet-valid, no-longer-valid or suspect; `here`: its private part is in this node.

    Of a TLS key, `public` is its pin, and `here` says that it is that of the certificate in the settings.
    """

    use: str
    key_id: str
    public: str
    valid_from: str
    valid_until: str | None
    suspect_from: str | None
    state: str
    here: bool


class KeysShown(msgspec.Struct, frozen=True, kw_only=True):
    """A party's root key and the keys under it. `serial` is that of its newest key set, 0 if it has none.

    `refused` names the key sets that are kept as evidence: `equivocation 3`, the reason and the serial.
    """

    party: str
    title: str
    exercise: bool
    root_key: str
    fingerprint: str
    serial: int
    endpoints: tuple[str, ...]
    accepted_by: str
    accepted_at: str | None
    keys: tuple[KeyView, ...]
    refused: tuple[str, ...] = ()


def show_keys(node: Node, actor: Actor, request: ShowKeysRequest) -> KeysShown:
    """Give a party's keys.

    Raises:
        NotFound: no such party, or no anchor of it was accepted.
    """
    now = node.clock()
    with node.store.read() as tx:
        row = directory.party_named(tx, request.party or node.settings.party)
        if row is None:
            raise NotFound("no party {party}", party=request.party)
        return shown_keys(node, tx, row, now)


def shown_keys(node: Node, tx: Connection, party: PartyRow, now: Instant) -> KeysShown:
    """Give the keys of a party that is known.

    Raises:
        NotFound: no anchor of it was accepted.
    """
    peer = trusting.peer_of(tx, party.no)
    if peer is None and not party.is_self:
        raise NotFound("no keys of {name} are known: accept its anchor first", name=party.name)
    root = node.keys.root_public if peer is None else bytes(peer.root_key)
    newest = newest_set(tx, party.no)
    here = _lying_here(node) if party.is_self else frozenset[bytes]()
    return KeysShown(
        party=party.name,
        title=party.title,
        exercise=node.settings.exercise,
        root_key=key_id(root),
        fingerprint=fingerprint(root),
        serial=0 if newest is None else newest.key_set.serial,
        endpoints=() if peer is None else tuple(msgspec.json.decode(peer.endpoints, type=list[str])),
        accepted_by="" if peer is None else peer.accepted_by,
        accepted_at=None if peer is None else iso(Instant(peer.accepted_ms)),
        keys=tuple(_view(key, now, here=key.public in here) for key in known_keys(tx, party.no) if key.use != ROOT),
        refused=tuple(
            f"{row.refused} {row.serial}" for row in trusting.refused_key_sets(tx) if row.party_no == party.no
        ),
    )


def _lying_here(node: Node) -> frozenset[bytes]:
    """Give the keys of which the private part is in the node's folder, and the one that its server shows."""
    pin = served_pin(node)
    return frozenset(held.public for held in held_keys(node.folder / KEYS)) | ({pin} if pin else set())


def _view(key: JudgedKey, now: Instant, *, here: bool) -> KeyView:
    return KeyView(
        use=key.use,
        key_id=key.key_id,
        public=key.public.hex(),
        valid_from=iso(key.valid_from),
        valid_until=iso_or_none(key.valid_until),
        suspect_from=iso_or_none(key.suspect_from),
        state=judge(key, key.use, now),
        here=here,
    )
