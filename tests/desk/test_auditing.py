"""What stands in the audit of what an actor did."""

from pathlib import Path

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.stores import registers
from tests.support.nodes import freedonia


def test_a_line_says_who_did_what_by_which_way_and_when(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        store, now = hub.node.store, hub.node.clock()
        with store.write() as tx:
            note(tx, Actor(name="duty", role="operator", via="desk"), "item export", {"to": None, "objects": 3}, now)
        with store.read() as tx:
            _, (line,) = registers.audit_of(tx, "item export", 1)
    assert (line.at_ms, line.actor, line.via, line.facts) == (now, "duty", "desk", '{"to":null,"objects":3}')
