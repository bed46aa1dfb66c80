"""Fills a node with what a desk shows on a busy day: agreements, related items, quarantine, an alarm, a silent peer."""

from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.stores import alarming, directory, subscribing
from comity.values import Instant
from tests.support.nodes import OFFICER, Freedonia, Object, a_relationship, an_id, an_object

REPORT, INDICATOR = an_id("report", 1), an_id("indicator", 2)
MALWARE, SECRET = an_id("malware", 3), an_id("tool", 9)
AGREEMENT = """
id = "example-agreement"
title.en = "Example Agreement on Cyber Incidents"
parties = ["freedonia-csirt", "ruritania-csirt"]
in_force_from = 2031-01-01

[[clause]]
article = "4(1)"
kind = "share"
from = ["freedonia-csirt"]
types = ["indicator", "malware", "report", "relationship", "identity"]
tlp_at_most = "green"
text.en = "Each party provides indicators and reports marked up to TLP:GREEN."

[[clause]]
article = "5(2)"
kind = "withhold"
types = ["tool"]
text.en = "Tools are not provided."

[[clause]]
article = "7(2)"
kind = "share"
from = ["freedonia-csirt"]
types = ["vulnerability"]
tlp_at_most = "green"
ends = 2031-03-09
text.en = "Until the review, vulnerabilities are provided as well."
"""


def busy(hub: Freedonia, *more: Object) -> None:
    """Fill a node of Freedonia's CSIRT that knows Ruritania's and Northwind Energy."""
    added = add_agreement(hub.node, OFFICER, AddAgreementRequest(text=AGREEMENT.encode()))
    for party, evidence in (("freedonia-csirt", None), ("ruritania-csirt", "note verbale")):
        request = AdhereAgreementRequest(agreement=added.id, party=party, evidence=evidence)
        adhere_agreement(hub.node, OFFICER, request)
    hub.reader("ruritania-csirt")
    hub.put(
        an_object(
            "report",
            1,
            name="Ransomware in grid control",
            description="Operators lost remote control of nine substations.\n\nControl returned by hand.",
            object_refs=[INDICATOR, MALWARE, an_id("location", 77)],
        ),
        an_object("indicator", 2, name="Locker's control server"),
        an_object("malware", 3, name="Locker “Grauwal”", is_family=True),
        an_object("tool", 9, name="Cleaner"),
        an_object("vulnerability", 4, name="CVE-2031-0001"),
        a_relationship(5, INDICATOR, MALWARE, relationship_type="indicates"),
        a_relationship(6, MALWARE, SECRET, relationship_type="uses"),
        *more,
    )
    hub.put(b'{"type":"indicator","id":"indicator--x","id":"indicator--y"}', {"type": "report", "name": "no id"})
    hub.settle()
    with hub.node.store.write() as tx:
        ruritania, northwind = (directory.party_named(tx, name) for name in ("ruritania-csirt", "northwind-energy"))
        assert ruritania is not None and northwind is not None
        facts = "statement 12 after 14"
        alarming.raise_alarm(tx, ruritania.no, "rollback", facts, hub.clock.now, b"two envelopes")
        there = subscribing.subscribe(
            tx, northwind.no, "https://hub.northwind.example/taxii2/root/collections/1/", None, hub.clock.now
        )
        due = Instant(hub.clock.now + 600_000)
        subscribing.note_success(tx, there.no, Instant(hub.clock.now - 45_000_000), due)
        subscribing.note_failure(tx, there.no, "its server did not answer within 30 s", hub.clock.now, due)
