"""Decides whether a node can serve now, and gives the figures that its operator watches."""

from comity.desk.node_type import Node
from comity.errors import NodeError
from comity.stores import directory, health


def check_readiness(node: Node) -> None:
    """Find out whether the store answers and knows whose node this is.

    Raises:
        StoreError: the store does not answer.
        NodeError: the store does not know the node's own party.
    """
    with node.store.read() as tx:
        if directory.own_party(tx) is None:
            raise NodeError("the store does not know this node's own party")


def store_figures(node: Node) -> dict[str, int]:
    """Count what the node holds, by name; nothing that tells of content."""
    with node.store.read() as tx:
        return {f"store_{name}": value for name, value in health.counts(tx)._asdict().items()}
