"""The loop of a serving node: what came is signed, and a read-only node waits."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.run_sequencer import run_sequencer
from comity.stores import log
from tests.support.nodes import Freedonia, an_object, freedonia


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        yield made


def test_the_loop_signs_what_came(hub: Freedonia) -> None:
    hub.put(an_object("malware", 1))
    stop, wake = threading.Event(), threading.Event()
    loop = threading.Thread(target=run_sequencer, args=(hub.node, stop, wake))
    loop.start()
    signed = None
    while loop.is_alive() and signed is None:
        with hub.node.store.read() as tx:
            signed = log.last_checkpoint(tx, "freedonia-csirt/comity/1")
    stop.set()
    wake.set()
    loop.join(30)
    assert signed is not None
    assert signed.size == 16


def test_the_loop_of_a_read_only_node_waits_until_its_log_is_in_order(hub: Freedonia) -> None:
    hub.put(an_object("malware", 1))
    hub.node.store.read_only = "held"
    stop, wake = threading.Event(), threading.Event()
    loop = threading.Thread(target=run_sequencer, args=(hub.node, stop, wake))
    loop.start()
    loop.join(0.2)
    with hub.node.store.read() as tx:
        assert log.last_checkpoint(tx, "freedonia-csirt/comity/1") is None
    hub.node.store.read_only = ""
    signed = None
    while loop.is_alive() and signed is None:
        with hub.node.store.read() as tx:
            signed = log.last_checkpoint(tx, "freedonia-csirt/comity/1")
    stop.set()
    wake.set()
    loop.join(30)
    assert signed is not None
