"""Fills a node with what the log covers: items of two sources, versions, acts, something erased; signed."""

from pathlib import Path

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.node_type import Node
from comity.desk.verify_log import Difference, LogVerified, VerifyLogRequest, verify_log
from tests.support.desks import take_in, under
from tests.support.nodes import OFFICER, a_relationship, an_id, an_object

ERASED = an_id("indicator", 9)


def fill(node: Node, folder: Path) -> None:
    """Take in, agree, erase, and sign the log."""
    under(node)
    take_in(
        node,
        folder,
        *(an_object("indicator", number) for number in range(1, 10)),
        an_object("malware", 1, aliases=["Marmalade"]),
        a_relationship(1, an_id("indicator", 1), an_id("malware", 1)),
        {key: value for key, value in an_object("tool", 1).items() if key != "spec_version"},
    )
    take_in(node, folder, an_object("indicator", 2), an_object("malware", 3), source="northwind-energy")
    erase_item(node, OFFICER, EraseItemRequest(id=ERASED, reason="court order", ordered_by="court"))
    make_checkpoint(node)


def verified(node: Node) -> LogVerified:
    """Compare the node with its log."""
    return verify_log(node, OFFICER, VerifyLogRequest())


def differences(node: Node) -> list[Difference]:
    """What differs."""
    return list(verified(node).differences)
