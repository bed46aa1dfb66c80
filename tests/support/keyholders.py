"""A party that rotates: its root key, its node's clock, and what its key sets come to."""

from pathlib import Path

import msgspec

from comity.desk.node_type import Node
from comity.desk.party_keys import known_keys
from comity.desk.show_keys import KeysShown, ShowKeysRequest, show_keys
from comity.records.key_judging import judge
from comity.stores import directory
from comity.values import Instant, instant
from tests.support.nodes import OFFICER, SetClock


def at(node: Node, text: str) -> Instant:
    """Put a node's clock to a time."""
    assert isinstance(node.clock, SetClock)
    node.clock.now = instant(text)
    return node.clock.now


def verdicts(node: Node, party: str, when: str, use: str = "record") -> list[str]:
    """Judge each key of a use, in the order in which they came."""
    with node.store.read() as tx:
        row = directory.party_named(tx, party)
        assert row is not None
        return [judge(key, use, instant(when)) for key in known_keys(tx, row.no) if key.use == use]


def shown(node: Node, party: str | None = None) -> KeysShown:
    """What an officer sees of a party's keys."""
    return show_keys(node, OFFICER, ShowKeysRequest(party=party))


def take_root_away(node: Node, to: Path) -> Node:
    """Move a node's root key to a safe place and give the node as it is then."""
    (node.folder / "keys" / "root.pem").rename(to)
    return node._replace(keys=msgspec.structs.replace(node.keys, root=None))
