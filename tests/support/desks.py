"""Builds a node of Freedonia's CSIRT for tests of the desk: fixed clock, counted entropy, small objects to take in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.desk.actor import Actor
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.desk.init_node import InitRequest, init_node
from comity.desk.node_type import Node
from comity.node import new_node, open_node
from comity.settings import settings_of
from comity.values import Json
from tests.support.folders import Kept, kept, lay_out
from tests.support.nodes import OFFICER, START, CountedEntropy, SetClock, an_object

__all__ = ["ARRANGEMENT", "OFFICER", "READER", "an_object", "freedonia", "take_in", "under"]

READER = Actor(name="ruritania-csirt", role="reader", via="taxii")

ARRANGEMENT = """
id = "free-ruri-2031"
title.en = "Freedonia-Ruritania arrangement"
parties = ["freedonia-csirt", "ruritania-csirt"]
in_force_from = 2031-01-01

[[clause]]
article = "4(1)"
kind = "share"
from = ["freedonia-csirt"]
types = ["indicator", "malware", "relationship"]
tlp_at_most = "green"
text.en = "Freedonia provides indicators marked up to TLP:GREEN."
"""


@contextmanager
def freedonia(folder: Path, *, at: str = START, **settings: Json) -> Iterator[Node]:
    """Give a node that knows Ruritania's CSIRT and Northwind, and no agreement. Made once, laid out from then on."""
    wanted = settings_of(party="freedonia-csirt", title="Freedonia CSIRT", kind="authority", **settings)
    key, clock, entropy = repr((at, wanted)), SetClock(at), CountedEntropy()
    if key in _FOUNDED:
        lay_out(_FOUNDED[key], folder / "node")
    else:
        with new_node(folder / "node", wanted, clock=clock, entropy=entropy) as node:
            init_node(node, OFFICER, InitRequest())
            add_party(node, OFFICER, AddPartyRequest(title="Ruritania CSIRT", kind="authority"))
            add_party(node, OFFICER, AddPartyRequest(title="Northwind Energy", kind="company", default_tlp="amber"))
        _FOUNDED[key] = kept(folder / "node")
    entropy.restart("founded")
    node = open_node(folder / "node", clock=clock, entropy=entropy)
    try:
        yield node
    finally:
        node.store.close()


_FOUNDED: dict[str, Kept] = {}


def under(node: Node, text: str = ARRANGEMENT) -> None:
    """Add an agreement and let the node's own party adhere."""
    added = add_agreement(node, OFFICER, AddAgreementRequest(text=text.encode()))
    adhere_agreement(node, OFFICER, AdhereAgreementRequest(agreement=added.id))


def take_in(
    node: Node, folder: Path, *objects: dict[str, Json], tlp: str = "green", source: str | None = None
) -> ImportAnswer:
    """Import these objects as one bundle."""
    file = folder / "taken.json"
    file.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": list(objects)}))
    return import_items(node, OFFICER, ImportItemsRequest(paths=(str(file),), default_tlp=tlp, source=source))
