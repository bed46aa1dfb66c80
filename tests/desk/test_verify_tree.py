"""Tests that every byte of the log itself is held: bundles, tiles, checkpoints, the lock store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_type import Node
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.tiles import read_bundle, write_bundle
from comity.stores import log
from comity.stores.lock_store import Locked, LockStore
from comity.stores.log_tables import checkpoints, log_bundles, log_tiles
from tests.support.desks import freedonia, take_in
from tests.support.figures import Figures
from tests.support.logged import differences, verified
from tests.support.nodes import an_object


@pytest.fixture(autouse=True)
def reported(request: pytest.FixtureRequest, figure: Figures) -> None:
    """Count the tests in which an edit is found."""
    if not any(word in request.node.name for word in ("sound", "not_covered")):
        figure("a database edited by hand", kinds_of_edit=1, named_by_log_verify=1)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node whose log has more than one tile, and two checkpoints."""
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, *(an_object("indicator", number) for number in range(270)))
        make_checkpoint(node)
        take_in(node, tmp_path, *(an_object("malware", number) for number in range(20)))
        make_checkpoint(node)
        yield node


def found(node: Node) -> set[tuple[str, str, str]]:
    return {(one.table, one.row, one.column) for one in differences(node)}


def tile(node: Node, level: int, number: int) -> bytes:
    with node.store.read() as tx:
        return log.tile_reader(tx)(level, number)


def put_tile(node: Node, level: int, number: int, body: bytes) -> None:
    with node.store.write() as tx:
        here = (log_tiles.c.level == level) & (log_tiles.c.number == number)
        assert tx.execute(update(log_tiles).where(here).values(body=body)).rowcount == 1


def test_a_sound_log_agrees_with_itself(node: Node) -> None:
    answer = verified(node)
    assert (answer.sound, answer.size) == (True, 320)


@pytest.mark.parametrize(("level", "number"), [(0, 0), (0, 1), (1, 0)])
def test_a_changed_tile_is_named(node: Node, level: int, number: int) -> None:
    body = tile(node, level, number)
    for changed in (b"x" + body[1:], body[:-32], b"", body + b"x" * 32):
        put_tile(node, level, number, changed)
        assert ("log_tiles", f"{level}/{number}", "body") in found(node)
    put_tile(node, level, number, body)
    assert found(node) == set()


def test_a_changed_entry_is_named_with_its_record(node: Node) -> None:
    with node.store.write() as tx:
        entries = read_bundle(log.bundle_of(tx, 0))
        entries[5] = b"\x01" + b"x" * 32
        tx.execute(update(log_bundles).where(log_bundles.c.number == 0).values(body=write_bundle(entries)))
    names = found(node)
    assert ("log_tiles", "0/0", "body") in names
    assert ("records", "6", "salt or kept_ms") in names


def test_a_bundle_that_cannot_be_read_or_is_short_is_named(node: Node) -> None:
    for body in (b"\0\xff", b"\0\1a"):
        with node.store.write() as tx:
            tx.execute(update(log_bundles).where(log_bundles.c.number == 1).values(body=body))
        assert ("log_bundles", "1", "body") in found(node)


def test_a_whole_tree_rewritten_is_betrayed_by_checkpoint_and_lock_store(node: Node) -> None:
    """Who rewrites entries and tiles alike cannot sign, and does not reach the lock store."""
    with node.store.write() as tx:
        state = log.log_state(tx)
        assert state is not None
        entries = log.entries_of(tx, 0, state.size)
        entries[5] = b"\x01" + b"x" * 32
        for table in (log_tiles, log_bundles):
            tx.execute(table.delete())
        tx.exec_driver_sql("update logs set size = 0")
        log._append(node.store, tx, state._replace(size=0), entries)
    names = found(node)
    assert {name for name in names if name[0] not in ("records",)} == {
        ("checkpoints", "288", "root"),
        ("checkpoints", "320", "root"),
        ("lock store", "freedonia-csirt/comity/1", "root"),
    }


@pytest.mark.parametrize(("column", "value"), [("root", b"x" * 32), ("note", b"no note"), ("size", 303)])
def test_a_changed_checkpoint_is_named(node: Node, column: str, value: object) -> None:
    with node.store.write() as tx:
        last = int(tx.execute(select(checkpoints.c.size).order_by(checkpoints.c.size.desc())).scalars().first() or 0)
        tx.execute(update(checkpoints).where(checkpoints.c.size == last).values({column: value}))
    assert {name[0] for name in found(node)} == {"checkpoints"}


def test_a_note_by_another_key_is_named_of_whatever_age(node: Node) -> None:
    with node.store.write() as tx:
        for row in tx.execute(select(checkpoints)).all():
            note = sign_checkpoint(Checkpoint(row.origin, row.size, row.root), node.keys.record)
            tx.execute(update(checkpoints).where(checkpoints.c.size == row.size).values(note=note))
    assert [one.column for one in differences(node)] == ["note", "note"]


def test_a_lock_store_that_is_gone_or_behind_is_named(node: Node) -> None:
    lock_store = LockStore(node.folder)
    lock_store.path.rename(lock_store.path.with_name("away.db"))
    assert found(node) == {("lock store", "freedonia-csirt/comity/1", "size")}
    begun = lock_store.begin("freedonia-csirt/comity/1")
    assert found(node) == {("lock store", "freedonia-csirt/comity/1", "size")}
    lock_store.swap(begun, Locked(begun.origin, 16, b"x" * 32))
    assert found(node) == {("lock store", "freedonia-csirt/comity/1", "root")}
