"""Plays the exercise, step by step, with the command and a stock client; remembers what went in and what came out."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from case import DATA, Case, answer, ask, look, report, write_tear_line
from federation import CONCORD, FREEDONIA, NORTHWIND, PARTIES, RURITANIA, Answer, CommandFailed, Node
from knowledge import Stix, findings, read_bundles, real_knowledge, write_bundle
from meeting import AGREEMENTS, Logins, Pair, agree, each, let_in, meet, sync
from partner import read_all

__all__ = ["AGREEMENTS", "Played", "given_objects", "play", "prepare"]

PLACED_WITHIN_S = 60
READERS = (RURITANIA, NORTHWIND, CONCORD)  # who reads what Freedonia gives
Say = Callable[[str], None]


class Played(NamedTuple):
    """What the exercise has shown. Parties are named by their short names, pairs as (who gives, who receives)."""

    nodes: dict[str, Node]
    inputs: dict[str, Path]  # the folder that each party took in as its own
    accepted: list[Answer]  # anchors
    imported: dict[Pair, list[Answer]]  # by (from whom, by whom): by file if from itself, else each reading
    case: Case
    received: dict[Pair, list[Stix]]  # by a stock client
    words: dict[str, list[Answer]]  # what officers said, as each party's node shows it
    credentials: dict[Pair, Path]
    previews: dict[Pair, Answer]
    streams: dict[Pair, Answer]  # statements made and acknowledged, alarms, acts in line
    logs: dict[str, Answer]


def prepare(nodes: list[Node], folder: Path, say: Say) -> tuple[list[Answer], Logins]:
    """Let the parties meet, before anything is served: gives the anchors accepted and the logins given."""
    say("each party accepts the others' anchors, by their fingerprints")
    accepted = meet(nodes, folder)
    say("each gives the others a login, and lays the texts that it is to lay")
    return accepted, let_in(nodes, folder)


def play(nodes: list[Node], met: tuple[list[Answer], Logins], folder: Path, data: Path | None, say: Say) -> Played:
    """Play the rest of the exercise on serving nodes."""
    (accepted, logins), by_name = met, {node.party.name: node for node in nodes}
    inputs = _write_inputs(folder, data)
    say("the texts cross as signed acts; each party adheres at its own node")
    agree(nodes, logins)
    say("each party takes in what it knows")
    more = {FREEDONIA.name: [data] if data else []}
    own = each(nodes, lambda node: _take_in_own(node, [inputs[node.party.name], *more.get(node.party.name, [])]))
    case = _open_case(by_name, inputs[NORTHWIND.name], say)
    _settle(by_name[FREEDONIA.name])
    say("the others' nodes read Freedonia CSIRT's: signed statements, verified, and receipts return")
    readers = [by_name[party.name] for party in READERS]
    synced = [told["peers"][0] for told in sync(readers, "--party", FREEDONIA.name)]
    say("a duty officer of Ruritania CSIRT accepts the tear-line version; the receipt returns")
    answer(by_name[FREEDONIA.name], by_name[RURITANIA.name], case.tear_line)
    say("stock TAXII clients read the same collections")
    pairs = [(FREEDONIA.name, node.party.name) for node in readers]
    reported = (NORTHWIND.name, FREEDONIA.name)
    received = {pair: read_all(logins[pair][0]) for pair in (reported, *pairs)}
    imported = {(node.party.name, node.party.name): [told] for node, told in zip(nodes, own, strict=True)}
    say("each party looks at what it may give to whom, and seals its log")
    looked = dict(zip(by_name, each(nodes, _look), strict=True))
    return Played(
        nodes=by_name,
        inputs=inputs,
        accepted=accepted,
        imported=imported
        | {reported: [case.reported, case.taken]}
        | {pair: [told] for pair, told in zip(pairs, synced, strict=True)},
        case=case,
        received=received,
        words={party: one.words for party, one in looked.items()},
        credentials={pair: file for pair, (_, file) in logins.items()},
        previews=_by_pair({party: one.previews for party, one in looked.items()}),
        streams=_by_pair({party: one.streams for party, one in looked.items()}),
        logs={party: one.log for party, one in looked.items()},
    )


def _open_case(nodes: dict[str, Node], reports: Path, say: Say) -> Case:
    """Play the case until Freedonia has all of it. `reports`: where Northwind keeps what it takes in."""
    freedonia, northwind = nodes[FREEDONIA.name], nodes[NORTHWIND.name]
    say("Northwind Energy reports an incident: Freedonia CSIRT's node reads it, signed")
    reported = report(freedonia)
    _settle(freedonia)
    say("Freedonia CSIRT looks at what of the case may go to Ruritania CSIRT, and asks Northwind Energy")
    looked = look(freedonia)
    asked = ask(freedonia, northwind, looked.near_miss["id"])
    say("Northwind Energy answers with a tear-line version, a part of its report that may go further")
    tear_line = write_tear_line(northwind, reports)
    return Case(reported, looked, asked, tear_line, report(freedonia))


def _write_inputs(folder: Path, data: Path | None) -> dict[str, Path]:
    """Write the bundles that each party will take in; `data` takes the place of the real knowledge."""
    inputs = {party.name: folder / "input" / party.name for party in PARTIES}
    for party in PARTIES:
        write_bundle(inputs[party.name] / "findings.json", findings(DATA / f"{party.name}.toml"))
    if data is None:
        for galaxy, objects in real_knowledge().items():
            write_bundle(inputs[FREEDONIA.name] / f"{galaxy}.json", objects)
    return inputs


def _take_in_own(node: Node, paths: list[Path]) -> Answer:
    return node.ask("item", "import", *paths, "--default-tlp", "amber")


def _settle(node: Node) -> None:
    """Wait until all that was kept is placed and stated."""
    give_up_at = time.monotonic() + PLACED_WITHIN_S
    while _is_busy(*node.ask_each([("node", "status"), ("peer", "list")])):
        if time.monotonic() > give_up_at:
            raise CommandFailed(f"{node.party.name}: what was submitted is not placed within {PLACED_WITHIN_S} s")
        time.sleep(0.1)


def _is_busy(status: Answer, peers: Answer) -> bool:
    return bool(status["queued"]) or any(one["lacking"] for one in peers["parties"])


class _Looked(NamedTuple):
    previews: list[Answer]
    streams: list[Answer]
    words: list[Answer]
    log: Answer


def _look(node: Node) -> _Looked:
    commands = [("release", "preview"), ("peer", "list"), ("receipt", "list"), ("log", "checkpoint"), ("log", "show")]
    preview, peers, receipts, _, log = node.ask_each(commands)
    previews = [{**one, "items": preview["items"]} for one in preview["parties"]]
    return _Looked(previews, peers["parties"], receipts["receipts"], log)


def _by_pair(told: dict[str, list[Answer]]) -> dict[Pair, Answer]:
    return {(giver, one["party"]): one for giver, found in told.items() for one in found}


def given_objects(played: Played, party: str) -> list[Stix]:
    """Read back what a party took in as its own."""
    return list(read_bundles(played.inputs[party]))
