"""Figures: entries of the log through the sequencer, inclusion proofs, and the comparison of all records with it."""

import random
import shutil
import time
from pathlib import Path

from sqlalchemy import Connection

from benchmarks import imports, nodes
from benchmarks.report import Report, at_least, say, within
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_type import Node
from comity.desk.sequence import Sequencer
from comity.desk.verify_log import VerifyLogRequest, verify_log
from comity.records.log.tree import Tree
from comity.stores import keeping, log
from comity.stores.keeping import NewRecord
from comity.stores.lock_store import LockStore
from comity.stores.tables import ITEM, LIVE
from comity.values import id_key

APPENDS_PER_S, PROOFS_PER_S, VERIFY_S = 20_000, 10_000, 60
WHOLE = 1_000_000  # records for which VERIFY_S is stated
STEP = 1_000
PROOFS = 50_000
AGAIN = "freedonia-csirt/comity/2"
REMEMBERED = 4_096  # tiles: 64 MiB of hashes


def run(work: Path, objects: int, report: Report) -> None:
    """Log all of a full node anew; log fresh records step by step; prove; verify."""
    made = imports.filled(work, objects)
    folder = nodes.copied(made.full, work / "log")
    with nodes.opened(folder) as node:
        say("logging all of it anew")
        begun = LockStore(node.folder).begin(AGAIN)  # what was signed while pages were served is of the log before
        with node.store.write() as tx:
            log.restart_log(tx, begun.origin)
        seconds, entries = _drained(node)
        again = entries / seconds
        say("verifying")
        make_checkpoint(node)
        started = time.perf_counter()
        answer = verify_log(node, nodes.ACTOR, VerifyLogRequest())
        verifying = time.perf_counter() - started
        assert answer.sound, answer.differences[:3]
        say("proving")
        proofs = _proofs_a_second(node, min(PROOFS, objects))
    shutil.rmtree(folder)
    fresh = _fresh(work / "log", min(objects, 200_000))
    size = f"{entries:,} entries"
    most_s = VERIFY_S * objects / WHOLE
    report.add(
        at_least(
            "log: fresh records through the sequencer", fresh, APPENDS_PER_S, "stated", 1, "entries/s", "no readers"
        ),
        at_least("log: held records through the sequencer", again, APPENDS_PER_S, "stated", 1, "entries/s", size),
        at_least("log: inclusion proofs, random entries", proofs, PROOFS_PER_S, "stated", 1, "proofs/s", size),
        within("log: verify everything", verifying, most_s, f"{answer.records:,} records, bodies and derived tables"),
    )


def _drained(node: Node) -> tuple[float, int]:
    """Let the sequencer do all there is; gives the seconds and the entries of the log then."""
    sequencer = Sequencer(node)
    started = time.perf_counter()
    sequencer.drain()
    seconds = time.perf_counter() - started
    with node.store.read() as tx:
        state = log.log_state(tx)
    assert state is not None
    return seconds, state.size


def _proofs_a_second(node: Node, count: int) -> float:
    """Prove random entries, beginning with no tile in memory."""
    pick = random.Random(7)
    with node.store.read() as tx:
        state = log.log_state(tx)
        assert state is not None
        tree = Tree(log.tile_reader(tx), remembered=REMEMBERED)
        started = time.perf_counter()
        for _ in range(count):
            tree.inclusion(pick.randrange(state.size), state.size)
        return count / (time.perf_counter() - started)


def _fresh(folder: Path, count: int) -> float:
    """Keep records as a submission of 1,000 does, then number and log them: entries a second."""
    nodes.found_node(folder)
    with nodes.opened(folder) as node:
        Sequencer(node).drain()
        with node.store.write() as tx:
            for _ in range(count // STEP):
                _keep(node, tx)
        seconds, entries = _drained(node)
    shutil.rmtree(folder)
    return entries / seconds


def _keep(node: Node, tx: Connection) -> None:
    first = keeping.next_numbers(tx, STEP)
    batch = keeping.empty_batch()
    for no in range(first, first + STEP):
        name = f"indicator--{no:08x}-0000-4000-8000-000000000000"
        batch.records.append(
            NewRecord(
                no, ITEM, 1, id_key(name), name, "indicator", "2031-03-01T12:00:00.000Z", 1, 21, node.entropy(32),
                node.entropy(16), 1, 0, LIVE, None, None, None, None, 1, b"x" * 800,
            )
        )  # fmt: skip
    keeping.keep(node.store, tx, batch)
