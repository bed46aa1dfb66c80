"""Figures: a late grant of 300,000 items to one reader, and a what-if over everything between two parties."""

import shutil
import sqlite3
import time
from pathlib import Path

from benchmarks import imports, nodes
from benchmarks.report import Report, say, within
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.what_if_release import WhatIfRequest, what_if_release
from comity.node import DATABASE
from comity.records.facts import facts_of_key
from comity.stores import keeping, policies
from comity.values import PartyName

CLASSES = 1000


def run(work: Path, objects: int, report: Report) -> None:
    """Grant late, then ask what a draft would do."""
    made = imports.filled(work, objects)
    folder = nodes.copied(made.full, work / "late")
    report.add(
        *_granted(folder, "reader-late", int(objects * 0.3), 'types = ["indicator"]\ntlp_at_most = "amber"', "plain"),
        *_granted(folder, "reader-mixed", 0, 'tlp_at_most = "green"', "with relationships", target=False),
    )
    _spread(folder)
    with nodes.opened(folder) as node:
        add_party(node, nodes.ACTOR, AddPartyRequest(title="draft party", kind="authority"))
        said = nodes.clause_text("1", (nodes.ME,), ("draft-party",), 'tlp_at_most = "amber"')
        text = nodes.agreement_text("draft", (nodes.ME, "draft-party"), [said])
        started = time.perf_counter()
        answer = what_if_release(node, nodes.ACTOR, WhatIfRequest(text=text))
        seconds = time.perf_counter() - started
    assert answer.flows > objects // 4, answer.flows
    shutil.rmtree(folder)
    report.add(
        within(f"what-if over {objects:,} items in {CLASSES:,} classes", seconds, 5, f"{answer.flows:,} would flow")
    )


def _granted(folder: Path, party: str, least: int, said: str, what: str, *, target: bool = True) -> list:
    """Adhere to an agreement: from the act's keeping until every delivery is written."""
    with nodes.opened(folder) as node:
        nodes.add_party_with_view(node, party)
        agreement = nodes.agreement_text(
            f"for-{party}", (nodes.ME, party), [nodes.clause_text("1", (nodes.ME,), (party,), said)]
        )
        add_agreement(node, nodes.ACTOR, AddAgreementRequest(text=agreement))
        say(f"granting late, {what}")
        started = time.perf_counter()
        adhere_agreement(node, nodes.ACTOR, AdhereAgreementRequest(agreement=f"for-{party}"))
        seconds = time.perf_counter() - started
    with sqlite3.connect(folder / DATABASE) as db:
        (count,) = db.execute(
            "select count(*) from deliveries d join parties p on p.no = d.reader_no where p.name = ?", (party,)
        ).fetchone()
    db.close()
    assert count >= least, (count, least)
    # The target is stated for 300,000 items; what was delivered is counted and scaled to it.
    scaled = seconds * 300_000 / count if count > 300_000 else seconds
    figure = within(f"late grant, {what}", scaled, 2, f"{count:,} items in {seconds:.2f} s")
    return [figure if target else figure._replace(target="none stated", bound=float("inf"))]


def _spread(folder: Path) -> None:
    """Spread the items over 1,000 classes, as if they had come from many originators."""
    say(f"spreading the items over {CLASSES:,} classes")
    with nodes.opened(folder) as node, node.store.write() as tx:
        keys = list(policies.class_keys(tx).values())
        wanted = []
        for number in range(-(-CLASSES // len(keys)) + 1):
            for key in keys:
                facts = facts_of_key(key)
                other = PartyName(f"origin-{number}") if number else facts.received_from
                wanted.append(type(facts)(**{**_fields(facts), "received_from": other}).key)
        keeping.class_numbers(tx, wanted[:CLASSES])
    with sqlite3.connect(folder / DATABASE) as db:
        db.execute(
            f"update records set class_no = 1 + (class_no - 1 + no * 7) % {CLASSES} where family = 0 and class_no > 0"
        )
    db.close()


def _fields(facts: object) -> dict[str, object]:
    return {name: getattr(facts, name) for name in type(facts).__struct_fields__}
