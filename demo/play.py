"""Plays the exercise, step by step, with the command and a stock client; remembers what went in and what came out."""

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from federation import FREEDONIA, NORTHWIND, PARTIES, CommandFailed, Node, Party
from knowledge import Stix, findings, read_bundles, real_knowledge, write_bundle
from partner import Credentials, read_all, report

HERE = Path(__file__).parent
AGREEMENTS = HERE / "agreements"
PLACED_WITHIN_S = 60
Result = TypeVar("Result")
Say = Callable[[str], None]
Answer = dict[str, Any]


class Played(NamedTuple):
    """What the exercise has shown. Parties are named by their short names, pairs as (who gives, who receives)."""

    nodes: dict[str, Node]
    inputs: dict[str, Path]  # the folder that each party took in as its own
    imported: dict[tuple[str, str], Answer]  # by (from whom, by whom)
    reported: int  # objects that Freedonia's inbox took from Northwind
    received: dict[tuple[str, str], list[Stix]]
    credentials: dict[tuple[str, str], Path]
    previews: dict[tuple[str, str], Answer]


def play(nodes: list[Node], folder: Path, data: Path | None, say: Say) -> Played:
    """Play the whole exercise on serving nodes."""
    inputs = _write_inputs(folder, data)
    say("each party enters the others, and adheres to its agreements")
    each(nodes, lambda node: _agree(node, folder))
    say("each party takes in what it knows")
    more = {FREEDONIA.name: [data] if data else []}
    own = each(nodes, lambda node: _take_in_own(node, [inputs[node.party.name], *more.get(node.party.name, [])]))
    freedonia, ruritania, northwind = nodes
    given = {
        (FREEDONIA.name, one.party.name): _credentials(freedonia, one.party, folder) for one in (ruritania, northwind)
    }
    say("Northwind Energy reports its incident to Freedonia CSIRT, over TAXII")
    reported = _report(northwind, given[FREEDONIA.name, NORTHWIND.name][0], folder)
    _settle(freedonia)
    say("Ruritania CSIRT and Northwind Energy read Freedonia CSIRT, over TAXII, and take in what they received")
    received = {pair: read_all(one) for pair, (one, _) in given.items()}
    again = each((ruritania, northwind), lambda node: _take_in(node, received[FREEDONIA.name, node.party.name], folder))
    imported = {(node.party.name, node.party.name): answer for node, answer in zip(nodes, own, strict=True)}
    imported |= {
        (FREEDONIA.name, one.party.name): answer for one, answer in zip((ruritania, northwind), again, strict=True)
    }
    say("each party looks at what it may give to whom")
    return Played(
        nodes={node.party.name: node for node in nodes},
        inputs=inputs,
        imported=imported,
        reported=reported,
        received=received,
        credentials={pair: file for pair, (_, file) in given.items()},
        previews=_previews(nodes),
    )


def each(nodes: Iterable[Node], work: Callable[[Node], Result]) -> list[Result]:
    """Do the same at several nodes at once, as their people would; answers in the nodes' order."""
    with ThreadPoolExecutor(len(PARTIES)) as crew:
        return list(crew.map(work, nodes))


def _write_inputs(folder: Path, data: Path | None) -> dict[str, Path]:
    """Write the bundles that each party will take in; `data` takes the place of the real knowledge."""
    inputs = {party.name: folder / "input" / party.name for party in PARTIES}
    for party in PARTIES:
        write_bundle(inputs[party.name] / "findings.json", findings(HERE / "data" / f"{party.name}.toml"))
    if data is None:
        for galaxy, objects in real_knowledge().items():
            write_bundle(inputs[FREEDONIA.name] / f"{galaxy}.json", objects)
    return inputs


def _agree(node: Node, folder: Path) -> Answer:
    me = node.party.name
    for other in PARTIES:
        if other != node.party:
            node.ask("party", "add", other.title, *other.words)
    for file in sorted(AGREEMENTS.glob("*.toml")):
        if f'"{me}"' not in file.read_text(encoding="utf-8"):
            continue
        parties = node.ask("agreement", "add", file)["parties"]
        node.ask("agreement", "adhere", file.stem, "--yes")
        for other in parties:
            if other != me:
                evidence = f"Note of {other}, handed over for the exercise"
                node.ask("agreement", "adhere", file.stem, "--party", other, "--evidence", evidence, "--yes")
    return {}


def _take_in_own(node: Node, paths: list[Path]) -> Answer:
    return node.ask("item", "import", *paths, "--default-tlp", "amber")


def _credentials(node: Node, reader: Party, folder: Path) -> tuple[Credentials, Path]:
    answer = node.ask("reader", "add", "--party", reader.name)
    given = Credentials(*(str(answer[key]) for key in Credentials._fields))
    file = folder / "credentials" / f"{reader.name}-at-{node.party.name}.json"
    file.parent.mkdir(exist_ok=True, mode=0o700)
    given.save(file)
    return given, file


def _report(node: Node, inbox: Credentials, folder: Path) -> int:
    """Submit what Northwind's own clauses let Freedonia have: exactly what its export writes for that reader."""
    file = folder / "report.json"
    node.ask("reader", "add", "--party", FREEDONIA.name)
    node.ask("item", "export", file, "--to", FREEDONIA.name)
    return report(inbox, json.loads(file.read_text(encoding="utf-8"))["objects"])


def _settle(node: Node) -> None:
    give_up_at = time.monotonic() + PLACED_WITHIN_S
    while node.ask("node", "status")["queued"]:
        if time.monotonic() > give_up_at:
            raise CommandFailed(f"{node.party.name}: what was submitted is not placed within {PLACED_WITHIN_S} s")
        time.sleep(0.1)


def _take_in(node: Node, objects: list[Stix], folder: Path) -> Answer:
    file = write_bundle(folder / "received" / node.party.name / f"from-{FREEDONIA.name}.json", objects)
    return node.ask("item", "import", file, "--from", FREEDONIA.name)


def _previews(nodes: list[Node]) -> dict[tuple[str, str], Answer]:
    answers = each(nodes, lambda node: node.ask("release", "preview"))
    found: dict[tuple[str, str], Answer] = {}
    for node, answer in zip(nodes, answers, strict=True):
        parties = answer["parties"]
        for one in parties:
            found[node.party.name, one["party"]] = {**one, "items": answer["items"]}
    return found


def given_objects(played: Played, party: str) -> list[Stix]:
    """Read back what a party took in as its own."""
    return list(read_bundles(played.inputs[party]))
