"""Lets a node remember whatever it counts, as one does where counting takes long."""

import pytest

from comity.desk.node_type import Node
from comity.stores import tallies


def remember_all(node: Node, patch: pytest.MonkeyPatch) -> None:
    """Let whatever the node counts be remembered for as long as it may."""
    patch.setattr(tallies, "_QUICK_S", 0.0)
    patch.setattr(tallies, "_SLOW_S", 0.0)
    patch.setattr(tallies, "_REST", 10**9)
    node.store.tallies = tallies.Tallies(elsewhere=False)
