"""Tests that files are cleared of erased content even when the first attempt was cut short or had to wait."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.erasing import clear_files, erase_copies, erase_records
from comity.desk.item_views import items_named
from comity.desk.run_sequencer import run_sequencer
from comity.errors import Busy
from comity.stores import opening
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object, freedonia
from tests.support.taxii import wait_until

WORD = b"Operation Marmalade"


def _stands(folder: Path) -> bool:
    return any(WORD in path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path, in_memory=False) as made:
        made.put(an_object("malware", 1, name=WORD.decode()))
        yield made


def _erase_and_die(hub: Freedonia) -> None:
    """Erase as the verb does, and go no further than its transaction."""
    with hub.node.store.write() as tx:
        erase_records(hub.node, tx, items_named(tx, an_id("malware", 1)), hub.clock())
        erase_copies(hub.node, tx, {an_id("malware", 1)}, {1})


def test_what_a_crash_left_in_the_log_is_cleared_by_the_next_that_sequences(hub: Freedonia, tmp_path: Path) -> None:
    _erase_and_die(hub)
    assert _stands(tmp_path / "node")

    hub.settle()

    assert not _stands(tmp_path / "node")


def test_a_serving_node_clears_its_files_by_itself(hub: Freedonia, tmp_path: Path) -> None:
    _erase_and_die(hub)
    stop, wake = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        loop = pool.submit(run_sequencer, hub.node, stop, wake)
        try:
            wait_until(lambda: not _stands(tmp_path / "node"))
        finally:
            stop.set()
            wake.set()
            loop.result()


@contextmanager
def _long_reading(hub: Freedonia) -> Iterator[None]:
    """Read in another thread until the block ends."""
    begun, done = threading.Event(), threading.Event()

    def read() -> None:
        with hub.node.store.read() as tx:
            tx.exec_driver_sql("select count(*) from records").scalar()
            begun.set()
            done.wait()

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        begun.wait()
        try:
            yield
        finally:
            done.set()
            reading.result()


def test_erasing_during_a_long_reading_says_so_and_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "WAIT_S", 0.2)  # else it waits half a minute for the reading to end
    with freedonia(tmp_path, in_memory=False) as hub:
        hub.put(an_object("malware", 1, name=WORD.decode()))
        request = EraseItemRequest(id=an_id("malware", 1), reason="r", ordered_by="o")
        with _long_reading(hub), pytest.raises(Busy):
            erase_item(hub.node, OFFICER, request)
        assert _stands(tmp_path / "node")

        clear_files(hub.node)

        assert not _stands(tmp_path / "node")
