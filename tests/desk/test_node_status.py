"""Tests what a node says of itself."""

from pathlib import Path

import pytest

from comity.cli.caller import local_actor
from comity.desk.actor import Actor
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_status import StatusRequest, node_status
from comity.node import open_node
from comity.values import instant
from tests.support.command import a_node
from tests.support.counting import remember_all
from tests.support.nodes import an_object, freedonia


def test_a_fresh_node_knows_itself_and_holds_nothing(tmp_path: Path) -> None:
    node = open_node(a_node(tmp_path / "node"), clock=lambda: instant("2031-03-01T12:00:00Z"))
    answer = node_status(node, local_actor(), StatusRequest())
    node.store.close()
    assert (answer.party, answer.kind, answer.now) == ("freedonia-csirt", "authority", "2031-03-01T12:00:00.000Z")
    assert (answer.parties, answer.readers, answer.items, answer.quarantined) == (1, 0, 0, 0)
    assert answer.database.startswith("sqlite ")


def test_a_node_says_how_far_its_log_is_and_whether_it_writes(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        before = node_status(hub.node, local_actor(), StatusRequest())
        make_checkpoint(hub.node)
        hub.node.store.read_only = "held"
        after = node_status(hub.node, local_actor(), StatusRequest())
    assert (before.log, before.log_size, before.checkpoint_size) == (
        "freedonia-csirt/comity/1",
        5,
        0,
    )  # party, keys, two parties, item
    assert (after.log_size, after.checkpoint_size, after.read_only) == (16, 16, "held")


def test_a_page_may_take_an_earlier_count_but_a_command_and_what_waits_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Actor(name="mara.ellend", role="duty-officer", via="web")
    with freedonia(tmp_path) as hub:
        remember_all(hub.node, monkeypatch)
        hub.put(an_object("malware", 1))
        first = node_status(hub.node, page, StatusRequest())
        hub.put(an_object("malware", 2))
        hub.settle()
        shown, told = (node_status(hub.node, who, StatusRequest()) for who in (page, local_actor()))
    assert (first.items, shown.items, shown.queued, shown.counted_at is None) == (1, 1, 0, False)
    assert (told.items, told.queued, told.counted_at) == (2, 0, None)
