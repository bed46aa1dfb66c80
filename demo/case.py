"""Plays the case of the exercise: a report arrives, its release is looked at, its reporter is asked for a tear-line.

Every step crosses as what a party has signed: items in sets, questions and answers as officers' receipts.
"""

from pathlib import Path
from typing import NamedTuple

from federation import FREEDONIA, NORTHWIND, RURITANIA, Answer, Node
from knowledge import Stix, findings, write_bundle
from meeting import sync

DATA = Path(__file__).parent / "data"
FREEDONIAS_DESK = "Duty officer, Freedonia CSIRT"
RURITANIAS_DESK = "Duty officer, Ruritania CSIRT"
QUESTION = "May Ruritania CSIRT have this? Only your consent is lacking. If not, send a part that may go further."
THANKS = "Ruritania CSIRT has it and has acted on it."
ACTED = "Both addresses are blocked at our border (exercise)."


class Looked(NamedTuple):
    """What Freedonia's node says of giving things to Ruritania, before it asks."""

    indicators: list[Answer]  # one for each indicator of the case
    image: Answer  # Northwind's memory image
    near_miss: Answer  # Northwind's incident


class Case(NamedTuple):
    """What was read, said and done, step by step."""

    reported: Answer  # Freedonia's reading of Northwind's report
    looked: Looked
    asked: Answer
    tear_line: str  # the id of the part of the report that may go further
    taken: Answer  # Freedonia's reading of it


def of_type(objects: list[Stix], stix_type: str) -> list[str]:
    """Give the ids of the objects of a type."""
    return [str(one["id"]) for one in objects if one["type"] == stix_type]


def report(freedonia: Node) -> Answer:
    """Let Freedonia read what Northwind reports."""
    (answer,) = sync([freedonia], "--party", NORTHWIND.name)
    return dict(answer["peers"][0])


def look(freedonia: Node) -> Looked:
    """Ask Freedonia's node what of the case may go to Ruritania."""
    own, reported = (findings(DATA / f"{party.name}.toml") for party in (FREEDONIA, NORTHWIND))
    ids = [*of_type(reported, "file"), *of_type(reported, "incident"), *of_type(own, "indicator")]
    image, near_miss, *indicators = freedonia.ask_each(
        [("release", "explain", one, "--to", RURITANIA.name) for one in ids]
    )
    return Looked(indicators, image, near_miss)


def ask(freedonia: Node, northwind: Node, near_miss: str) -> Answer:
    """Let Freedonia's officer ask, and Northwind see the question; gives the question as Northwind's node shows it."""
    words = ("receipt", "seen", near_miss, "--from", NORTHWIND.name, "--by", FREEDONIAS_DESK, "--reason", QUESTION)
    freedonia.ask_each([words, ("peer", "sync", "--party", NORTHWIND.name)])
    return dict(northwind.ask("receipt", "list")["receipts"][0])


def write_tear_line(northwind: Node, folder: Path) -> str:
    """Let Northwind write a part of its report that may go further, into the folder of its own; gives the part's id."""
    objects = findings(DATA / f"{NORTHWIND.name}-tear-line.toml")
    northwind.ask("item", "import", write_bundle(folder / "tear-line.json", objects), "--default-tlp", "amber")
    return of_type(objects, "report")[0]


def answer(freedonia: Node, ruritania: Node, tear_line: str) -> None:
    """Let Ruritania's officer accept the tear-line, and Freedonia's tell Northwind so."""
    accept = ("receipt", "accept", tear_line, "--from")
    words = (*accept, FREEDONIA.name, "--by", RURITANIAS_DESK, "--reason", ACTED)
    ruritania.ask_each([words, ("peer", "sync", "--party", FREEDONIA.name)])
    words = (*accept, NORTHWIND.name, "--by", FREEDONIAS_DESK, "--reason", THANKS)
    freedonia.ask_each([words, ("peer", "sync")])
