"""Shows whose an item is that is passed on: its originator's signed set goes along, and is judged where it comes.

Not a verb: reading with signatures and taking pages in share it. The giver vouches for what it passes on as given by
it; the set shows that its originator signed the very bytes. It is judged by the originator's keys as they count when it
comes: who does not know them, or holds them for revoked, has the giver's word alone.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from comity.errors import RecordRejected
from comity.records.key_judging import Keyring, open_judged
from comity.records.kinds import ItemSet
from comity.records.sets import shared_nodes, unpacked
from comity.records.sidecar import CarriedItem, CarriedSet, node_text
from comity.rooms.exchange.carried import judge_passed_on
from comity.stores import carrying
from comity.values import Instant, PartyName

# What says nothing against the giver: this node does not know the originator's key, or it no longer counts here.
_UNPROVEN = frozenset(("no-known-signer", "not-yet-valid", "no-longer-valid", "suspect"))


class Proved(NamedTuple):
    """A set of another party that holds; `items`: what stands in it, by the place of the object on the page."""

    signed: ItemSet
    envelope: bytes
    levels: tuple[dict[int, bytes], ...]
    items: Mapping[int, CarriedItem]


class Disproved(NamedTuple):
    """A set that was shown and does not hold: why, and its envelope."""

    why: str
    envelope: bytes


def carried_sets(tx: Connection, passed_on: Mapping[int, int]) -> tuple[CarriedSet, ...]:
    """Give the originators' sets for a page.

    Args:
        passed_on: the records that are passed on as they came, by the place of their entry on the page.
    """
    places = carrying.shown_by(tx, list(passed_on.values()))
    by_set: dict[int, list[CarriedItem]] = {}
    for entry, record_no in passed_on.items():
        stands = places.get(record_no)
        if stands is not None:
            item = CarriedItem(entry=entry, salt=stands.salt.hex(), place=stands.place)
            by_set.setdefault(stands.set_no, []).append(item)
    held = carrying.sets_numbered(tx, by_set)
    found = []
    for no, items in sorted(by_set.items()):
        try:
            nodes = shared_nodes(unpacked(held[no].known, held[no].size), [item.place for item in items])
        except ValueError:  # a part of its tree was never shown to this node
            continue
        found.append(CarriedSet(set=held[no].envelope.decode(), nodes=node_text(nodes), items=tuple(items)))
    return tuple(found)


def judge_sets(
    carried: Sequence[CarriedSet],
    digests: Sequence[bytes],
    relayed: frozenset[int],
    ring: Keyring,
    giver: PartyName,
    now: Instant,
    *,
    exercise: bool,
) -> tuple[list[Proved], list[Disproved]]:
    """Say which sets hold for which objects of a page. What is wrong sinks no object: the giver still vouches for it.

    Args:
        relayed: the places of the objects that the giver passes on, as its statement has them.
    """
    proved: list[Proved] = []
    wrong: list[Disproved] = []
    taken = set[int]()
    for one in carried:
        envelope = one.set.encode("utf-8", "surrogatepass")
        try:
            signed = open_judged(envelope, ring, now, exercise=exercise).act
            if not isinstance(signed, ItemSet) or signed.issuer == giver:
                raise RecordRejected("wrong-kind", "$.type", "no set of another party")
            named = {item.entry: item for item in one.items}
            if len(named) != len(one.items) or not named.keys() <= relayed - taken:
                raise RecordRejected("bad-proof", "$.items", "of objects that are not passed on, or twice")
            levels = judge_passed_on(signed, one.items, digests, one.nodes)
        except RecordRejected as exc:
            if exc.reason not in _UNPROVEN:
                wrong.append(Disproved(f"{exc.reason} at {exc.path}", envelope))
            continue
        taken |= named.keys()
        proved.append(Proved(signed, envelope, levels, named))
    return proved, wrong
