"""Writes the proof that an item stands in the log, as a file that anybody can verify without this node."""

from pathlib import Path

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.item_views import live_item
from comity.desk.log_keys import key_of
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_type import Node
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.records.log.evidence import Subject, write_evidence
from comity.records.log.tree import Tree
from comity.stores import log
from comity.stores.log import SignedCheckpoint
from comity.wire.new_files import new_file


class ExportProofRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Of which item (its newest live version, of one source if named), to which file, and whether its content goes in.

    Without content the file still states the item's id, type, version, source and digest.
    """

    id: str
    path: str
    source: str | None = None
    with_content: bool = False


class ProofExported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: of which version, where it stands in which log, and with which key to verify it."""

    path: str
    id: str
    version: str
    source: str
    sha256: str
    with_content: bool
    origin: str
    index: int
    size: int
    key: str


def export_proof(node: Node, actor: Actor, request: ExportProofRequest) -> ProofExported:
    """Write a proof, under the newest checkpoint, or a new one if that does not state the item yet.

    Raises:
        NotPermitted: the role may not. NotFound: no such item, or not logged yet. Conflict: the file is there.
        UsageError: it cannot be written there.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("proof export is not open to the role {role}", role=actor.role)
    path = Path(request.path)
    if not path.parent.is_dir():
        raise UsageError("no such folder: {parent}", parent=path.parent)
    if path.exists():
        raise Conflict("{path} is there already", path=path)
    with node.store.read() as tx:
        subject, last = _subject(tx, request)
    key = None if last is None or subject.place >= last.size else key_of(node, last)
    if last is None or key is None:
        last = make_checkpoint(node)
        key = None if last is None else key_of(node, last)
    if last is None or key is None:
        raise NotFound("this node has no log yet")
    with node.store.read() as tx:
        raw = write_evidence(subject, Tree(log.tile_reader(tx)), last.size, last.note, key)
    with new_file(path, node.entropy(4).hex(), replace=False) as out:
        out.write(raw)
    covered = subject.covered
    return ProofExported(
        path=str(path),
        id=covered.stix_id,
        version=covered.version,
        source=covered.source,
        sha256=covered.sha256.hex(),
        with_content=request.with_content,
        origin=last.origin,
        index=subject.place,
        size=last.size,
        key=key.text,
    )


def _subject(tx: Connection, request: ExportProofRequest) -> tuple[Subject, SignedCheckpoint | None]:
    held = live_item(tx, request.id, request.source)
    state, within = log.log_state(tx), log.range_of(tx, held.no)
    if state is None or within is None:
        raise NotFound("{id} is not logged yet: the sequencer has not come to it", id=request.id[:200])
    (row,) = log.record_rows(tx, held.no, held.no)
    subject = Subject(
        log.covered_of(row, log.source_names(tx)),
        bytes(row[-1]),
        within.first_index + held.no - within.first_no,
        held.body if request.with_content else None,
    )
    return subject, log.last_checkpoint(tx, state.origin)
