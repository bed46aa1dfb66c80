"""Figure: deciding anew for 200 readers over 1,000 classes under 200 clauses, in a real store.

Each clause speaks to a random half of the readers, so that no two readers are concerned by the same clauses and none
can share another's answers.
"""

import random
import shutil
import time
from pathlib import Path

from benchmarks import nodes
from benchmarks.report import Report, say, within
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.end_agreement import EndAgreementRequest, end_agreement
from comity.desk.node_type import Node
from comity.desk.policy import refresh
from comity.records.facts import CATEGORY_OF_TYPE, TYPES, ClassFacts
from comity.stores import directory, keeping
from comity.stores.delivering import readers_of
from comity.values import PartyName, Tlp

READERS, CLASSES, CLAUSES = 200, 1000, 200
PLAIN_TYPES = TYPES[2:]


def run(work: Path, objects: int, report: Report) -> None:
    """Rebuild everything; change one clause for one reader; change one clause for all."""
    readers, classes, clauses = (20, 100, 20) if report.smoke else (READERS, CLASSES, CLAUSES)
    folder = work / "decisions"
    shutil.rmtree(folder, ignore_errors=True)
    nodes.found_node(folder)
    size = f"{readers} readers, {classes:,} classes, {clauses} clauses"
    with nodes.opened(folder) as node:
        say(f"preparing {size}")
        names = _parties(node, readers)
        _classes(node, classes)
        _agreements(node, names, clauses)
        full = _timed_rebuild(node)
        one = _toggled(node, "one-pair", (names[7],), 'types = ["tool"]\ntlp_at_most = "green"')
        everyone = _toggled(node, "one-for-all", tuple(names), 'tlp_at_most = "green"')
    shutil.rmtree(folder)
    report.add(
        within("decisions: full rebuild", full, 60, size),
        within("decisions: one clause between two parties changed", one, 2, "slower of entering and ending"),
        within("decisions: one clause to all changed", everyone, 15, "slower of entering and ending"),
    )


def _timed_rebuild(node: Node) -> float:
    started = time.perf_counter()
    with node.store.write() as tx:
        refresh(node.store, tx, node.clock(), whole=readers_of(tx))
    return time.perf_counter() - started


def _toggled(node: Node, name: str, takers: tuple[str, ...], said: str) -> float:
    """Adhere to an agreement of one clause and end it; gives the slower, each with all that follows from it."""
    text = nodes.agreement_text(name, (nodes.ME, *takers), [nodes.clause_text("1", (nodes.ME,), takers, said)])
    add_agreement(node, nodes.ACTOR, AddAgreementRequest(text=text))
    started = time.perf_counter()
    adhere_agreement(node, nodes.ACTOR, AdhereAgreementRequest(agreement=name))
    between = time.perf_counter()
    end_agreement(node, nodes.ACTOR, EndAgreementRequest(agreement=name))
    return max(between - started, time.perf_counter() - between)


def _parties(node: Node, count: int) -> list[str]:
    names = [f"party-{number:03d}" for number in range(count)]
    with node.store.write() as tx:
        for number, name in enumerate(names):
            row = directory.add_party(
                tx, name=name, title=name, kind="authority", acts_for=None, default_tlp=None, is_self=False,
                now=node.clock(),
            )  # fmt: skip
            directory.add_view(tx, row.no, f"view-{number}", f"inbox-{number}")
    return names


def _classes(node: Node, count: int) -> None:
    made = []
    for number in range(count):
        kind = PLAIN_TYPES[number % len(PLAIN_TYPES)]
        step = number // len(PLAIN_TYPES)
        made.append(
            ClassFacts(
                originator=PartyName(nodes.ME if step % 3 else f"party-{step:03d}"),
                received_from=PartyName(nodes.ME),
                type=kind,
                category=CATEGORY_OF_TYPE.get(kind, "other"),
                tlp=Tlp(step % 4),
                classification=0,
                personal=("no", "no", "no", "undetermined", "yes")[step // 4 % 5],
                originator_control=step == 19,
            ).key
        )
    with node.store.write() as tx:
        keeping.class_numbers(tx, made)


def _agreements(node: Node, names: list[str], clauses: int) -> None:
    pick = random.Random(5)
    texts = []
    for number in range(clauses):
        takers = tuple(sorted(pick.sample(names, len(names) // 2)))
        kinds = sorted(pick.sample(PLAIN_TYPES, 6))
        said = f"types = {kinds}\n".replace("'", '"')
        if number % 10 == 9:
            texts.append(nodes.clause_text(str(number), (), takers, said + 'tlp_at_least = "amber"', kind="withhold"))
        else:
            level = ("clear", "green", "amber", "amber+strict")[number % 4]
            texts.append(nodes.clause_text(str(number), (nodes.ME,), takers, said + f'tlp_at_most = "{level}"'))
    text = nodes.agreement_text("all-parties", (nodes.ME, *names), texts)
    add_agreement(node, nodes.ACTOR, AddAgreementRequest(text=text))
    adhere_agreement(node, nodes.ACTOR, AdhereAgreementRequest(agreement="all-parties"))
