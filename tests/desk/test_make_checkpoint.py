"""Tests that checkpoints come padded, locked and signed, in this order, and that a contradiction stops the node."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.log_keys import log_key
from comity.desk.make_checkpoint import (
    EVERY_MS,
    checkpoint_due,
    contradiction,
    first_origin,
    hold,
    make_checkpoint,
)
from comity.errors import ReadOnly, StoreError
from comity.records.log.checkpoint import open_checkpoint
from comity.records.log.tree import Tree
from comity.settings import settings_of
from comity.stores import log
from comity.stores.lock_store import Locked, LockStore
from tests.support.nodes import Freedonia, an_object, freedonia

ORIGIN = "freedonia-csirt/comity/1"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    """A node with a few items, not signed yet."""
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1), an_object("malware", 2))
        yield hub


def test_a_checkpoint_states_the_padded_log_under_the_nodes_key(hub: Freedonia) -> None:
    made = make_checkpoint(hub.node)
    assert made is not None
    assert (made.origin, made.size, made.at_ms) == (ORIGIN, 16, hub.clock.now)
    assert open_checkpoint(made.note, log_key(hub.node, ORIGIN)).root == made.root
    assert LockStore(hub.node.folder).current() == Locked(ORIGIN, 16, made.root)
    with hub.node.store.read() as tx:
        assert Tree(log.tile_reader(tx)).root(16) == made.root
        assert log.last_checkpoint(tx, ORIGIN) == made


def test_where_nothing_was_added_the_last_checkpoint_stands(hub: Freedonia) -> None:
    first = make_checkpoint(hub.node)
    hub.later()
    assert make_checkpoint(hub.node) == first
    hub.put(an_object("malware", 3))
    second = make_checkpoint(hub.node)
    assert second is not None
    assert second.size == 32


def test_a_node_without_a_log_has_no_checkpoint(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        assert make_checkpoint(hub.node) is None
        assert not checkpoint_due(hub.node)


def test_a_checkpoint_is_due_a_minute_after_the_last_if_something_came(hub: Freedonia) -> None:
    assert checkpoint_due(hub.node)
    make_checkpoint(hub.node)
    hub.later(EVERY_MS // 1000 + 1)
    assert not checkpoint_due(hub.node)
    make_checkpoint(hub.node)
    hub.put(an_object("malware", 3))
    assert checkpoint_due(hub.node)
    made = make_checkpoint(hub.node)
    hub.put(an_object("malware", 4))
    assert made is not None
    assert not checkpoint_due(hub.node)
    hub.clock.now = made.at_ms - 1  # type: ignore[assignment]  # a clock set back must not keep checkpoints off
    assert checkpoint_due(hub.node)


def test_what_died_between_lock_and_signature_is_signed_as_it_was_locked(hub: Freedonia) -> None:
    first = make_checkpoint(hub.node)
    with hub.node.store.write() as tx:
        tx.exec_driver_sql("delete from checkpoints")
    assert make_checkpoint(hub.node) == first


def test_another_who_was_quicker_is_followed(hub: Freedonia) -> None:
    lock_store = LockStore(hub.node.folder)
    with hub.node.store.write() as tx:
        state = log.log_state(tx)
        assert state is not None
        log.pad(hub.node.store, tx, state, hub.node.entropy)
        root = Tree(log.tile_reader(tx)).root(16)
    held = lock_store.current()
    assert held is not None
    lock_store.swap(held, Locked(ORIGIN, 16, root))
    made = make_checkpoint(hub.node)
    assert made is not None
    assert (made.size, made.root) == (16, root)


def test_a_lock_store_that_knows_otherwise_stops_the_node_before_it_signs(hub: Freedonia) -> None:
    lock_store = LockStore(hub.node.folder)
    held = lock_store.current()
    assert held is not None
    lock_store.swap(held, Locked(ORIGIN, 16, b"x" * 32))
    with pytest.raises(ReadOnly, match="not those that were signed"):
        make_checkpoint(hub.node)
    assert hub.node.store.read_only
    with pytest.raises(ReadOnly):
        hub.put(an_object("malware", 3))
    with hub.node.store.read() as tx:
        assert log.last_checkpoint(tx, ORIGIN) is None


def test_each_contradiction_is_named(hub: Freedonia) -> None:
    node = hub.node
    with node.store.read() as tx:
        state = log.log_state(tx)
        assert state is not None
        root = Tree(log.tile_reader(tx)).root(state.size)
    assert contradiction(node, Locked(ORIGIN, state.size, root)) == ""
    assert "missing" in contradiction(node, None)
    assert "is of the log" in contradiction(node, Locked("other/comity/1", 0, b""))
    assert "older than the log" in contradiction(node, Locked(ORIGIN, state.size + 1, root))
    assert "not those that were signed" in contradiction(node, Locked(ORIGIN, state.size, b"x" * 32))
    with node.store.write() as tx:
        tx.exec_driver_sql("delete from logs")
    assert "has no log" in contradiction(node, Locked(ORIGIN, 1, root))
    assert contradiction(node, None) == contradiction(node, Locked(ORIGIN, 0, root)) == ""


def test_a_held_node_says_so_until_it_is_let_go(hub: Freedonia) -> None:
    hold(hub.node, "the database is older")
    assert "the database is older" in LockStore(hub.node.folder).held_words() == hub.node.store.read_only
    hold(hub.node, "")
    assert LockStore(hub.node.folder).held_words() == hub.node.store.read_only == ""


def test_a_log_is_named_by_the_settings_or_by_the_party() -> None:
    settings = settings_of(party="a", title="A", kind="state")
    assert first_origin(settings) == "a/comity/1"
    assert first_origin(settings_of(party="a", title="A", kind="state", log_origin="a/comity/2031")) == "a/comity/2031"


def test_a_damaged_log_is_neither_grown_nor_signed_nor_opened_for_writing(hub: Freedonia) -> None:
    made = make_checkpoint(hub.node)
    assert made is not None
    with hub.node.store.write() as tx:
        tx.exec_driver_sql("delete from log_tiles")
        tx.exec_driver_sql("delete from checkpoints")
    with pytest.raises(StoreError, match="log verify"):
        make_checkpoint(hub.node)
    with pytest.raises(StoreError, match="log verify"):
        hub.put(an_object("malware", 3))
    assert "not those that were signed" in contradiction(hub.node, Locked(*made[:3]))
