"""Says which ids a party may read, from the agreement's text and the objects alone: a second opinion on the product.

Written apart from it and without it: nothing of `comity` is imported. Slow and plain. It knows one source, clauses of
the kinds share and withhold, TLP in its three dialects, and no instants; what else the data hold, it counts as secret.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

LEVELS = ["clear", "green", "amber", "amber+strict", "red"]
RED = 4
STANDARD = {
    "613f2e26-407d-48c7-9eca-b8e91df99dc9": 0, "34098fce-860f-48ae-8e50-ebd3cc5e41da": 1,
    "f88d31f6-486f-44da-b317-01333bde0b82": 2, "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": 4,
    "94868c89-83c2-464b-929b-a1a8aa3c8487": 0, "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": 1,
    "55d920b0-5e8b-4f79-9ee9-91f868d9b421": 2, "939a9414-2ddd-4d32-a0cd-375ea402b003": 3,
    "e828b379-4e03-4974-9ac4-e53a884c97c1": 4,
}  # fmt: skip
TYPES_21 = set(
    """relationship sighting marking-definition extension-definition language-content identity attack-pattern campaign
    course-of-action grouping incident indicator infrastructure intrusion-set location malware malware-analysis note
    observed-data opinion report threat-actor tool vulnerability artifact autonomous-system directory domain-name
    email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex network-traffic process software url user-account
    windows-registry-key x509-certificate""".split()
)
COMPANIONS = {"identity", "marking-definition", "extension-definition"}
ENDS = {
    "relationship": ["source_ref", "target_ref"],
    "sighting": ["sighting_of_ref", "observed_data_refs", "where_sighted_refs"],
}
NEEDED = {"report", "grouping", "note", "opinion", "observed-data"}
RULES = Path(__file__).parents[2] / "src/comity/catalogue/personal_data.toml"

Stix = dict[str, Any]


def objects_in(path: Path) -> list[Stix]:
    """Every object of a file: of a bundle, a list, a server's dump, or the file itself."""
    found = json.loads(path.read_bytes())
    if isinstance(found, list):
        return found
    return found["objects"] if "objects" in found else _deep(found) or [found]


def _deep(value: Any) -> list[Stix]:
    """Every object of a server's dump: what stands in lists named `objects`, however deep."""
    if isinstance(value, list):
        return [obj for inner in value for obj in _deep(inner)]
    if not isinstance(value, dict):
        return []
    here = value.get("objects", [])
    return [*here, *(obj for key, inner in value.items() if key != "objects" for obj in _deep(inner))]


def files_under(folder: Path) -> list[Path]:
    """The files that hold STIX by their names."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in (".json", ".stix", ".stix2", ".jsonl"))


def may_read(agreement: str, objects: Iterable[Stix], default: str) -> set[str]:
    """The ids that the agreement's other party reads of what its first party holds."""
    clauses = tomllib.loads(agreement)["clause"]
    held = [obj for obj in objects if isinstance(obj, dict)]
    levels = _levels(held)
    said = {id(obj): _answer(obj, clauses, levels, LEVELS.index(default)) for obj in held}
    visible: dict[int, Stix] = {}
    while True:
        ids = {obj["id"] for obj in visible.values()}
        named = {name for obj in visible.values() for name in _companions(obj)}
        more = [
            obj
            for obj in held
            if id(obj) not in visible
            and (
                (said[id(obj)] == "yes" and _stands(obj, ids))
                or (said[id(obj)] == "silent" and obj["type"] in COMPANIONS and obj["id"] in named)
            )
        ]
        if not more:
            return ids
        visible.update((id(obj), obj) for obj in more)


def _stands(obj: Stix, visible: set[str]) -> bool:
    if obj["type"] in ENDS:
        ends = [end for key in ENDS[obj["type"]] for end in _list(obj.get(key))]
        return bool(ends) and visible.issuperset(ends)
    refs = _list(obj.get("object_refs"))
    return obj["type"] not in NEEDED or "objects" in obj or not refs or not visible.isdisjoint(refs)


def _companions(obj: Stix) -> set[str]:
    named = {obj.get("created_by_ref"), *_list(obj.get("object_marking_refs")), *obj.get("extensions", {})}
    return named | {mark.get("marking_ref") for mark in obj.get("granular_markings", [])}


def _answer(obj: Stix, clauses: list[Stix], levels: dict[str, int | None], default: int) -> str:
    tlp = _tlp(obj, levels, default)
    kind = obj["type"] if obj["type"] in TYPES_21 else "other"
    own_standard = obj["id"].partition("--")[2] in STANDARD
    personal = "no" if own_standard else _personal(obj)
    if tlp == RED:
        return "no"
    for clause in clauses:
        hit = not clause.get("types") or kind in clause["types"]
        hit = hit and (not clause.get("personal_data") or personal != "no")
        hit = hit and tlp >= LEVELS.index(clause.get("tlp_at_least", "clear"))
        if clause["kind"] == "withhold" and hit:
            return "no"
    for clause in clauses:
        hit = clause["kind"] == "share" and (not clause.get("types") or kind in clause["types"])
        hit = hit and tlp <= LEVELS.index(clause.get("tlp_at_most", "clear"))
        if hit and (clause.get("personal_data") is not False or personal == "no"):
            return "yes"
    return "silent"


def _tlp(obj: Stix, levels: dict[str, int | None], default: int) -> int:
    if obj["id"].partition("--")[2] in STANDARD:
        return 0
    refs = _list(obj.get("object_marking_refs"))
    if any(ref not in levels for ref in refs):
        return RED  # nobody knows what it means
    said = [level for level in map(levels.get, refs) if level is not None]
    return max(said, default=default)


def _levels(held: list[Stix]) -> dict[str, int | None]:
    """What each marking definition says: a level, or nothing of TLP; one that cannot be read counts as unknown."""
    levels: dict[str, int | None] = {f"marking-definition--{uuid}": level for uuid, level in STANDARD.items()}
    for obj in held:
        if obj["type"] != "marking-definition" or obj["id"] in levels:
            continue
        kind, definition = obj.get("definition_type"), obj.get("definition", {})
        if kind == "tlp" and str(definition.get("tlp")).replace("white", "clear") in LEVELS:
            levels[obj["id"]] = LEVELS.index(definition["tlp"].replace("white", "clear"))
        elif kind == "statement" and not str(definition.get("statement")).startswith("Classification:"):
            levels[obj["id"]] = None
    return levels


@cache
def _rules() -> list[Stix]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]


def _personal(obj: Stix) -> str:
    answers = {rule["answer"] for rule in _rules() if _speaks(rule, obj)}
    return next((answer for answer in ("yes", "undetermined", "no") if answer in answers), "undetermined")


def _speaks(rule: Stix, obj: Stix) -> bool:
    return (
        (not rule.get("types") or obj["type"] in rule["types"])
        and all(name in obj for name in rule.get("has", []))
        and not any(name in obj for name in rule.get("lacks", []))
        and all(obj.get(name) in values for name, values in rule.get("within", {}).items())
        and all(any(t in _text(obj.get(name)) for t in texts) for name, texts in rule.get("contains", {}).items())
        and all(re.search(pattern, _text(obj.get(name))) for name, pattern in rule.get("matches", {}).items())
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [text for text in listed if isinstance(text, str) and "--" in text]  # what is no id refers to nothing
