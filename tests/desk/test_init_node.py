"""Tests that a node is founded once, by its own party's first act."""

from pathlib import Path

import pytest

from comity.cli.caller import local_actor
from comity.desk.init_node import InitRequest, init_node
from comity.errors import Conflict
from comity.node import new_node, open_node
from comity.settings import settings_of
from comity.stores import directory, registers


def test_a_node_is_founded_once(tmp_path: Path) -> None:
    settings = settings_of(party="ruritania-csirt", title="Ruritania CSIRT", kind="authority", acts_for="ruritania")
    with new_node(tmp_path / "node", settings) as node:
        answer = init_node(node, local_actor(), InitRequest())
    assert (answer.party, answer.acts_for, answer.exercise) == ("ruritania-csirt", "ruritania", False)

    node = open_node(tmp_path / "node")
    assert answer.root_key == node.keys.root_key_id
    with pytest.raises(Conflict):
        init_node(node, local_actor(), InitRequest())
    with node.store.read() as tx:
        own = directory.own_party(tx)
        verbs = [row.verb for row in registers.audit_rows(tx)]
    node.store.close()
    assert own is not None
    assert own.name == "ruritania-csirt"
    assert verbs == ["node init"]
