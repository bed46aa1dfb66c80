"""Builds a node of Freedonia's CSIRT for tests of the desk: fixed clock, counted entropy, small objects to take in."""

import hashlib
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
from comity.node import new_node
from comity.settings import settings_of
from comity.values import Instant, Json, instant

OFFICER = Actor(name="officer", role="administrator", via="cli")
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


class HeldClock:
    """A clock that stands until it is set."""

    def __init__(self, text: str) -> None:
        self.now = instant(text)

    def __call__(self) -> Instant:
        return self.now

    def set(self, text: str) -> None:
        """Put the clock to another time."""
        self.now = instant(text)


class CountedEntropy:
    """Bytes that look random and are the same in every run."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(self._count.to_bytes(8, "big")).digest(size)


@contextmanager
def freedonia(folder: Path, *, at: str = "2031-03-01T12:00:00Z", **settings: Json) -> Iterator[Node]:
    """Give a node that knows Ruritania's CSIRT and Northwind, and no agreement."""
    wanted = settings_of(party="freedonia-csirt", title="Freedonia CSIRT", kind="authority", **settings)
    with new_node(folder / "node", wanted, clock=HeldClock(at), entropy=CountedEntropy()) as node:
        init_node(node, OFFICER, InitRequest())
        add_party(node, OFFICER, AddPartyRequest(title="Ruritania CSIRT", kind="authority"))
        add_party(node, OFFICER, AddPartyRequest(title="Northwind Energy", kind="company", default_tlp="amber"))
        yield node


def under(node: Node, text: str = ARRANGEMENT) -> None:
    """Add an agreement and let the node's own party adhere."""
    added = add_agreement(node, OFFICER, AddAgreementRequest(text=text.encode()))
    adhere_agreement(node, OFFICER, AdhereAgreementRequest(agreement=added.id))


def an_object(kind: str, number: int, **more: Json) -> dict[str, Json]:
    """A STIX 2.1 object whose id ends in its number."""
    obj: dict[str, Json] = {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--00000000-0000-4000-8000-{number:012d}",
        "created": "2031-02-01T00:00:00.000Z",
        "modified": "2031-02-01T00:00:00.000Z",
    }
    if kind == "indicator":
        obj |= {
            "pattern": f"[domain-name:value = 'bad{number}.example']",
            "pattern_type": "stix",
            "valid_from": "2031-02-01T00:00:00Z",
        }
    if kind in ("malware", "identity", "threat-actor"):
        obj |= {"name": f"{kind} {number}"}
    if kind == "malware":
        obj |= {"is_family": False}
    return obj | more


def take_in(
    node: Node, folder: Path, *objects: dict[str, Json], tlp: str = "green", source: str | None = None
) -> ImportAnswer:
    """Import these objects as one bundle."""
    file = folder / "taken.json"
    file.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": list(objects)}))
    return import_items(node, OFFICER, ImportItemsRequest(paths=(str(file),), default_tlp=tlp, source=source))
