"""Computes by a small rule of its own what each party may have: from the agreements' texts and the objects alone.

It shares no code with the product and knows only what the demonstration uses: share, forward and withhold clauses,
TLP 2.0, four kinds of personal data, ends of relationships, and creators that go along with what names them.
"""

import base64
import tomllib
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from knowledge import TLP, Stix

LEVELS = list(TLP)  # from clear to red
LEVEL_OF = {stix_id: level for level, stix_id in TLP.items()}
OF_PERSONS = ("email-addr", "email-message", "user-account")
NOBODY_CAN_SAY = ("artifact", "mac-addr", "process")
MOST_STATED = 1_000
ALONG = ("identity", "marking-definition")

Clause = dict[str, Any]
Holding = dict[str, tuple[str, Stix, str]]  # by id: whose it is, what it is, and who gave it


class Answer(NamedTuple):
    """Whether a party may have an object, and by which clauses."""

    released: bool
    clauses: tuple[str, ...]
    forbidden: bool = False


def read_clauses(folder: Path) -> list[Clause]:
    """Give the clauses of all agreements in a folder, each with its id and its agreement's parties."""
    clauses: list[Clause] = []
    for file in sorted(folder.glob("*.toml")):
        text = tomllib.loads(file.read_text(encoding="utf-8"))
        written = text["clause"]
        if "tlp_at_most" in text:  # a sharing group: each member shares its own with every other
            written = [{"article": "membership", "kind": "share", "tlp_at_most": text["tlp_at_most"]}, *written]
        clauses += [{**one, "id": f"{text['id']}/{one['article']}", "parties": text["parties"]} for one in written]
    return clauses


def read_parties(folder: Path) -> dict[str, list[str]]:
    """Give the parties of each agreement in a folder, by its id."""
    texts = [tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.toml"))]
    return {text["id"]: text["parties"] for text in texts}


def fewest_statements(objects: int) -> int:
    """Say how many statements there must be for so many objects: none lists more than 1,000."""
    return -(-objects // MOST_STATED)


def served_checkpoint(url: str) -> tuple[str, int, str]:
    """Give (origin, size, root in hex) of the checkpoint that a node serves to anybody. C2SP tlog-checkpoint."""
    with urllib.request.urlopen(f"{url}/log/checkpoint", timeout=10) as answer:  # noqa: S310  # loopback, our own node
        origin, size, root = answer.read().decode().split("\n")[:3]
    return origin, int(size), base64.b64decode(root).hex()


def weigh(me: str, reader: str, held: tuple[str, Stix, str], clauses: Iterable[Clause]) -> Answer:
    """Say whether `me` may release to `reader` what it holds."""
    origin, obj, giver = held
    if _level(obj) == "red":
        return Answer(False, ("handling/tlp-red",), forbidden=True)
    speaking = [one for one in clauses if _speaks(one, me, reader, origin, obj, giver)]
    for kinds in (("withhold",), ("share", "forward")):
        found = tuple(sorted(str(one["id"]) for one in speaking if one["kind"] in kinds))
        if found:
            return Answer("share" in kinds, found, forbidden="withhold" in kinds)
    return Answer(False, ())


def _speaks(clause: Clause, me: str, reader: str, origin: str, obj: Stix, giver: str) -> bool:
    parties, kind = clause["parties"], clause["kind"]
    by = clause.get("by" if kind == "forward" else "from") or parties
    if me not in by or reader not in (clause.get("to") or parties) or reader == me:
        return False
    if "types" in clause and obj["type"] not in clause["types"]:
        return False
    if clause.get("personal_data") is True and not _may_be_personal(obj):
        return False
    if kind == "share":
        return origin == me and _reaches(clause, obj)
    if kind == "forward":
        return (
            origin not in (me, reader)
            and giver != reader
            and origin in (clause.get("from") or parties)
            and _reaches(clause, obj)
        )
    return True


def _reaches(clause: Clause, obj: Stix) -> bool:
    return LEVELS.index(_level(obj)) <= LEVELS.index(str(clause["tlp_at_most"]))


def _level(obj: Stix) -> str:
    levels = [LEVEL_OF[str(one)] for one in obj.get("object_marking_refs", ())]
    return max(levels, key=LEVELS.index, default="clear")


def _may_be_personal(obj: Stix) -> bool:
    if obj["type"] == "identity":
        return obj.get("identity_class") != "organization"
    named = any(word in str(obj.get("pattern", "")) for word in OF_PERSONS)
    return named or obj["type"] in OF_PERSONS or obj["type"] in NOBODY_CAN_SAY


def received(me: str, reader: str, holding: Holding, clauses: list[Clause]) -> set[str]:
    """Give the ids that a reader of `me` receives: what it may have, whole, with what must go along."""
    answers = {key: weigh(me, reader, held, clauses) for key, held in holding.items()}
    may = {key for key, answer in answers.items() if answer.released}
    seen = {key for key in may if _ends(holding[key][1]) <= may}
    named = {str(obj.get("created_by_ref")) for _, obj in _of(holding, seen)}
    named |= {str(one) for _, obj in _of(holding, seen) for one in obj.get("object_marking_refs", ())}
    along = {key for key in named & set(holding) if holding[key][1]["type"] in ALONG and not answers[key].forbidden}
    return seen | along


def _ends(obj: Stix) -> set[str]:
    return {str(obj[end]) for end in ("source_ref", "target_ref") if end in obj}


def _of(holding: Holding, keys: Iterable[str]) -> list[tuple[str, Stix]]:
    return [holding[key][:2] for key in keys]


def counted(
    me: str, reader: str, holding: Holding, clauses: list[Clause]
) -> Mapping[tuple[bool, tuple[str, ...]], int]:
    """Count the objects by answer: released or not, and by which clauses."""
    answers = (weigh(me, reader, held, clauses) for held in holding.values())
    return Counter((answer.released, answer.clauses) for answer in answers)
