"""Tests what a node says of itself."""

from pathlib import Path

from comity.cli.caller import local_actor
from comity.desk.node_status import StatusRequest, node_status
from comity.node import open_node
from comity.values import instant
from tests.support.command import a_node


def test_a_fresh_node_knows_itself_and_holds_nothing(tmp_path: Path) -> None:
    node = open_node(a_node(tmp_path / "node"), clock=lambda: instant("2031-03-01T12:00:00Z"))
    answer = node_status(node, local_actor(), StatusRequest())
    node.store.close()
    assert (answer.party, answer.kind, answer.now) == ("freedonia-csirt", "authority", "2031-03-01T12:00:00.000Z")
    assert (answer.parties, answer.readers, answer.items, answer.quarantined) == (1, 0, 0, 0)
    assert answer.database.startswith("sqlite ")
