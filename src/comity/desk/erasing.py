"""Takes content out of every table of a node: what erasing by order and a spillage share.

Not a verb: the caller says why, in an act or in the audit. Beside the records go what else was written of them: copies
in the quarantine, which nobody can read but which would tell, and the lines of submissions' statuses.
"""

import hashlib
import json
from collections.abc import Sequence, Set

import msgspec
from sqlalchemy import Connection

from comity.desk.forget_intakes import forget_in_intakes, named_in
from comity.desk.node_type import Node
from comity.desk.unbinding import rebind_or_unbind
from comity.desk.unplace import unplace
from comity.desk.views import StatusLine, StatusView
from comity.records.envelope import scan_id
from comity.stores import erasing, keeping, policies, reclassing, registers, submitting
from comity.stores.keeping import HeldRecord
from comity.values import Instant

ERASED_LINE = StatusLine(id="erased", version="", message="erased")
_SCRUB = "scrub_due"  # the fact that files still hold content which no table has any more


def erase_records(node: Node, tx: Connection, held: Sequence[HeldRecord], now: Instant) -> tuple[str, ...]:
    """Take these records out of every view, then their content out of every table; gives salted digests of their keys.

    The files are cleared afterwards: see `clear_files`.
    """
    nos = [row.no for row in held]
    keeping.withdraw_records(tx, nos)
    unplace(node.store, tx, nos, now)
    digests, defined = [], reclassing.bound_by(tx, nos)
    for row in held:
        digests.append(salted(erasing.salt_of(tx, row.no), row.id_key))
        # Stands in the row in the place of its keys, so that `log verify` finds the act that erased it.
        erasing.erase_record(tx, row.no, bytes.fromhex(digests[-1]))
    for row in held:
        if row.no in defined:
            rebind_or_unbind(node, tx, row.source_no, {row.no: defined[row.no]})
    submitting.forget_content(tx, nos)
    erasing.forget_siblings(tx, {row.id_key for row in held})
    _clear_later(node, tx)
    return tuple(digests)


def erase_copies(node: Node, tx: Connection, ids: Set[str], source_nos: Set[int]) -> int:
    """Take what is in quarantine and names one of these ids, of these sources, away, and the ids out of their statuses.

    Whatever names an id goes from the quarantine: of what cannot be read nobody can say whose id it is. What still
    waits to be taken in goes too, and what is remembered of answers that named one. Gives how many inputs went.
    """
    words = {one.encode("utf-8", "surrogatepass") for one in ids}
    copies = [
        no
        for no, body in registers.quarantined_bodies(tx, source_nos)
        if scan_id(body) in ids or not words.isdisjoint(named_in(body))
    ]
    for no in copies:
        registers.leave_quarantine(tx, no)
    for status_id, body in registers.statuses_of(tx, source_nos):
        status = msgspec.json.decode(body, type=StatusView)
        left = msgspec.structs.replace(
            status,
            successes=_without(status.successes, ids),
            failures=_without(status.failures, ids),
            pendings=_without(status.pendings, ids),
        )
        if left != status:
            registers.change_status(tx, status_id, msgspec.json.encode(left))
    quoted = (json.dumps(one, ensure_ascii=False)[1:-1] for one in ids)
    registers.empty_answers(tx, {one.encode("utf-8", "surrogatepass") for one in quoted})
    waiting = forget_in_intakes(node, tx, ids, source_nos)
    _clear_later(node, tx)
    return len(copies) + waiting


def salted(salt: bytes, key: bytes) -> str:
    """Give a digest from which nobody finds the id again, unlike from a bare one."""
    return hashlib.sha256(salt + key).hexdigest()


def clear_files(node: Node, wait_s: float | None = None) -> None:
    """Clear what erased content still stands in beside its table; does nothing if nothing was erased since.

    That it is due stands in the erasing transaction: if this is cut short or refused, the sequencer does it later.
    It waits `wait_s` for readings to end, or as long as for another writer, whom it keeps waiting.

    Raises:
        Busy: a long reading holds the log.
    """
    with node.store.read() as tx:
        due = policies.fact(tx, _SCRUB)
    if not due:
        return
    node.store.scrub(wait_s)
    with node.store.write() as tx:
        if policies.fact(tx, _SCRUB) == due:  # else more was erased meanwhile
            policies.set_fact(tx, _SCRUB, "")


def _clear_later(node: Node, tx: Connection) -> None:
    policies.set_fact(tx, _SCRUB, node.entropy(8).hex())  # one of its own, so that two are told apart


def _without(lines: Sequence[StatusLine], ids: Set[str]) -> tuple[StatusLine, ...]:
    return tuple(ERASED_LINE if line.id in ids else line for line in lines)
