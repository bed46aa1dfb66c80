"""Erases again what had been erased before an older backup was put back over the node.

Not a verb: restoring notes the digests that stand in the erased rows of the database it replaces, and opening the node
erases what has come back, before anybody reads; also in a node that is read-only, since its log lacks what was signed.
A digest is salted with what only the record itself holds, so the note tells nothing of what was erased.
"""

import os
from pathlib import Path
from typing import Final

from comity.desk.acts import head, keep_act
from comity.desk.erasing import erase_copies, erase_records, salted
from comity.desk.forget_intakes import end_intakes
from comity.desk.node_type import Node
from comity.errors import NodeError, StoreError
from comity.records.kinds.erasure import MOST_ITEMS, Erasure
from comity.stores import directory, erasing, keeping
from comity.stores.lock_store import FOLDER
from comity.stores.opening import open_store
from comity.wire.new_files import to_disk

NOTE: Final = "erased"
REASON: Final = "Erased before; an older backup that was put back had brought it back."


def note_erased(folder: Path, database: Path) -> int | None:
    """Note what was erased in a database that is about to be replaced; None if it cannot be read.

    What was noted before stays: an earlier restore may not have been opened yet.

    Raises:
        OSError: the note cannot be written.
    """
    if not database.exists():
        return None
    try:
        store = open_store(f"sqlite:{database}")
        try:
            with store.read() as tx:
                found = {digest.hex() for digest in erasing.erased_digests(tx)}
        finally:
            store.close()
    except StoreError:
        return None
    found |= _noted(folder)
    if found:
        place = folder / FOLDER
        place.mkdir(mode=0o700, exist_ok=True)
        draft = place / f".{NOTE}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write("".join(f"{digest}\n" for digest in sorted(found)))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place / NOTE)
        to_disk(place)
    return len(found)


def erase_again(node: Node) -> int:
    """Erase what has come back, and state it in acts; gives how many records that were.

    Raises:
        NodeError: the note cannot be read. StoreError: the database cannot be written; it is done at the next opening.
    """
    noted = _noted(Path(node.folder))
    if not noted:
        return 0
    with node.store.write(even_read_only=True) as tx:
        back = [no for no, salt, key in erasing.salted_keys(tx) if salted(salt, key) in noted]
        sources = {row.no for row in directory.party_rows(tx)}
        # What they would keep may have been kept and erased since: of that only salted digests are left.
        end_intakes(node, tx, "an older backup was put back meanwhile: take it in again")
        for start in range(0, len(back), MOST_ITEMS):
            held, now = keeping.held_records(tx, back[start : start + MOST_ITEMS]), node.clock()
            erase_copies(node, tx, {row.stix_id for row in held}, sources)
            digests, order = erase_records(node, tx, held, now), node.settings.title
            act = Erasure(**head(node, now)._asdict(), items=digests, reason=REASON, ordered_by=order)
            keep_act(node, tx, act, now)
    node.store.scrub(None)
    (Path(node.folder) / FOLDER / NOTE).unlink(missing_ok=True)
    return len(back)


def _noted(folder: Path) -> set[str]:
    try:
        return set((folder / FOLDER / NOTE).read_text(encoding="ascii").split())
    except FileNotFoundError:
        return set()
    except (OSError, ValueError) as exc:
        raise NodeError("{path} cannot be read: {why}", path=folder / FOLDER / NOTE, why=exc) from exc
