"""States to each peer what was delivered to it: numbered, chained, signed, and never changed afterwards.

Not a verb: the sequencer does it when nothing else waits, one statement a transaction. A statement lists what became
visible to one reader and under which clauses; the own items among it are signed in a set of this reader's alone:
nothing is shared between readers, and a third party who gets some of it learns nothing of the rest.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from comity.desk.acts import head, signer_for
from comity.desk.node_type import Node
from comity.desk.policy import decode
from comity.errors import NodeError
from comity.records import codec, dsse
from comity.records.dsse import Signer
from comity.records.facts import facts_of_key
from comity.records.kinds import Delivery, ItemSet
from comity.records.kinds.delivery import FIRST_PREVIOUS, MOST_ITEMS, leaf_text
from comity.records.sets import MadeSet, commitment, make_set
from comity.stores import directory, policies, stating
from comity.stores.stating import PeerReader, Stated, Unstated
from comity.values import Instant, PartyName

SEED_BYTES = 32
_BEFORE_ALL = -1


def close_statement(node: Node, tx: Connection, now: Instant) -> bool:
    """Make the next statement that is lacking for any peer; False if none is.

    Not while no record key of the node counts: nothing can be signed then, and all else goes on. The doctor says so.
    """
    for reader in stating.lacking_readers(tx):
        last = stating.last_stated(tx, reader.reader_no)
        rows = stating.unstated(tx, reader.reader_no, _BEFORE_ALL if last is None else last.upto_ms, MOST_ITEMS)
        if rows:
            try:
                signer = signer_for(node, tx, "record", now)
            except NodeError:
                return False
            stating.state(tx, _made(node, tx, reader, last, rows, now, signer))
            return True
    return False


def own_set(leaves: Sequence[bytes], own: bytes, seed: bytes) -> tuple[MadeSet | None, dict[int, int]]:
    """Give the set of the own items of a statement (none if there are none), and the place of each of their leaves."""
    mine = [n for n, is_own in enumerate(own) if is_own]
    if not mine:
        return None, {}
    made = make_set([leaves[n] for n in mine], seed)
    return made, dict(zip(mine, made.places, strict=True))


def _made(
    node: Node,
    tx: Connection,
    reader: PeerReader,
    last: Stated | None,
    rows: Sequence[Unstated],
    now: Instant,
    signer: Signer,
) -> Stated:
    me = directory.own_party(tx)
    own_no = -1 if me is None else me.no
    seed = node.entropy(SEED_BYTES)
    leaves = [commitment(row.salt, row.sha256) for row in rows]
    own = bytes(row.source_no == own_no for row in rows)
    made, _ = own_set(leaves, own, seed)
    signed = None
    if made is not None:
        item_set = ItemSet(**head(node, now)._asdict(), root=made.root.hex(), size=made.size)
        signed = dsse.sign(codec.encode(item_set), signer)
    basis, basis_of = _basis(tx, reader.reader_no, rows)
    statement = Delivery(
        **head(node, now)._asdict(),
        to=PartyName(reader.party),
        stream=reader.view_id,
        seq=1 if last is None else last.seq + 1,
        prev=FIRST_PREVIOUS if last is None else last.sha256.hex(),
        after=_BEFORE_ALL if last is None else last.upto_ms,
        upto=rows[-1].date_ms,
        leaves=leaf_text(leaves),
        basis=basis,
        basis_of=basis_of,
        handling=_handling(tx, rows),
        set_root=None if made is None else made.root.hex(),
    )
    payload = codec.encode(statement)
    return Stated(
        reader_no=reader.reader_no,
        seq=statement.seq,
        after_ms=statement.after,
        upto_ms=statement.upto,
        sha256=bytes.fromhex(codec.digest(payload)),
        seed=seed,
        own=own,
        envelope=dsse.sign(payload, signer),
        set_envelope=signed,
    )


def _handling(tx: Connection, rows: Sequence[Unstated]) -> str:
    """Give the level at which each item is held here, by which its release was decided; one digit each."""
    keys = policies.class_keys(tx, sorted({row.class_no for row in rows}))
    levels = {no: str(int(facts_of_key(key).tlp)) for no, key in keys.items()}
    return "".join(levels[row.class_no] for row in rows)


def _basis(
    tx: Connection, reader_no: int, rows: Sequence[Unstated]
) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Give the clauses that permit these deliveries, and for each row which of them."""
    held = policies.decisions_of(tx, reader_no, sorted({row.class_no for row in rows}))
    clauses = {
        no: decision.clauses if (decision := decode(row.decision)).outcome == "permitted" else ()
        for no, row in held.items()
    }
    listed = sorted({name for names in clauses.values() for name in names})
    places = {name: place for place, name in enumerate(listed)}
    return tuple(listed), tuple(tuple(places[name] for name in clauses.get(row.class_no, ())) for row in rows)
