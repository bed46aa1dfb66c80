"""Turns real threat knowledge and the exercise's invented findings into STIX 2.1 bundles, the same every time.

Real: the clusters of the MISP galaxies, as the package `pymispgalaxies` carries them. An object keeps its cluster's
UUID, names its source with an external reference, and says in a label that it plays in an exercise.
"""

import base64
import hashlib
import json
import tomllib
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pymispgalaxies.api import Clusters

Stix = dict[str, Any]

MADE = "2026-01-15T00:00:00.000Z"  # the exercise's declared date; nothing here reads a clock
NAMES = uuid.UUID("7f2b4c1e-54a0-5e39-9a55-6f4b1d0c2a17")  # for the ids of what is invented
OBSERVED = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1 §2.9: for the ids of observables
TLP = {  # the markings that OASIS has published for TLP 2.0
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
TYPES = {  # which galaxy speaks of what
    "threat-actor": "threat-actor",
    "mitre-intrusion-set": "intrusion-set",
    "tool": "tool",
    "mitre-tool": "tool",
    "mitre-malware": "malware",
    "ransomware": "malware",
    "rat": "malware",
    "backdoor": "malware",
    "banker": "malware",
}
USES = {"uses": 1, "deploys": 1, "used-by": -1, "is-deployed-by": -1}  # in which direction the galaxies say it
USERS, USED = ("threat-actor", "intrusion-set"), ("tool", "malware")


def real_knowledge() -> dict[str, list[Stix]]:
    """Give one list of objects for each galaxy, and `uses` with the relationships between them."""
    clusters = Clusters()
    made: dict[str, list[Stix]] = {}
    types: dict[str, str] = {}
    links: dict[tuple[str, str], None] = {}
    for galaxy, stix_type in TYPES.items():
        cluster = clusters[galaxy]
        publisher = _publisher(galaxy, cluster.source)
        made[galaxy] = [publisher]
        for value in cluster.values():
            entry = value.to_dict()
            if entry["uuid"] in types:
                continue
            types[entry["uuid"]] = stix_type
            made[galaxy].append(_object(galaxy, stix_type, entry, publisher["id"], cluster.version))
            for link in entry.get("related", ()):
                ends = (entry["uuid"], link["dest-uuid"])
                if way := USES.get(link["type"]):
                    links[ends if way > 0 else ends[::-1]] = None
    known = [(user, used) for user, used in links if types.get(user) in USERS and types.get(used) in USED]
    made["uses"] = [_uses(f"{types[user]}--{user}", f"{types[used]}--{used}") for user, used in known]
    return made


def _publisher(galaxy: str, source: str) -> Stix:
    return _named("identity", f"{source} ({galaxy} galaxy)", identity_class="organization", tlp="clear")


def _object(galaxy: str, stix_type: str, entry: dict[str, object], publisher: object, version: int) -> Stix:
    meta = entry.get("meta")
    facts = meta if isinstance(meta, dict) else {}
    links = [{"source_name": "reference", "url": url} for url in facts.get("refs", ()) if str(url).startswith("http")]
    origin = {"source_name": f"misp-galaxy:{galaxy}", "external_id": entry["uuid"], "description": f"version {version}"}
    made: Stix = {
        **_head(stix_type, f"{stix_type}--{entry['uuid']}", _level(stix_type, facts)),
        "created_by_ref": publisher,
        "name": str(entry["value"]),
        "labels": ["exercise"],
        "external_references": [origin, *links[:8]],
    }
    if entry.get("description"):
        made["description"] = str(entry["description"])
    if facts.get("synonyms"):
        made["aliases"] = sorted({str(name) for name in facts["synonyms"]})
    if stix_type == "malware":
        made["is_family"] = True
    return made


def _level(stix_type: str, facts: dict[str, object]) -> str:
    """Say how Freedonia's desk has marked it: what points at a state is for fewer eyes than what points at a tool."""
    if facts.get("cfr-suspected-state-sponsor"):
        return "amber+strict"
    if stix_type in USERS:
        return "amber" if facts.get("country") else "green"
    return "clear"


def findings(file: Path) -> list[Stix]:
    """Give the objects of one file of invented findings, beginning with the party that found them."""
    case = tomllib.loads(file.read_text(encoding="utf-8"))
    party = _named("identity", case["party"], identity_class=case["party_class"], tlp="clear")
    made, found = [party], {}
    for find in case["find"]:
        for value in find.get("names") or find["values"]:
            one = _found(find, value) | {"external_references": [{"source_name": case["source"]}]}
            if not _is_observable(find["type"]):
                one["created_by_ref"] = party["id"]
            found[value] = one["id"]
            made.append(one)
            if "indicates" in find:
                made.append(_link("indicates", str(one["id"]), str(found[find["indicates"]]), find["tlp"]))
    return made


def _is_observable(stix_type: str) -> bool:
    return stix_type in ("artifact", "email-addr", "file", "ipv4-addr")


def _found(find: dict[str, Any], value: str) -> Stix:
    stix_type, tlp = find["type"], find["tlp"]
    if _is_observable(stix_type):
        return _observable(stix_type, value, tlp)
    if stix_type == "report":
        refs = [_invented_id(*one) for one in find["on"]]
        return _named("report", value, tlp=tlp) | {"published": MADE, "object_refs": refs}
    if stix_type != "indicator":
        return _named(stix_type, value, tlp=tlp) | ({"is_family": True} if stix_type == "malware" else {})
    pattern = f"[{find['of']} = '{value}']"
    return _named("indicator", value, tlp=tlp) | {"pattern": pattern, "pattern_type": "stix", "valid_from": MADE}


def _observable(stix_type: str, value: str, tlp: str) -> Stix:
    said: dict[str, object] = {"value": value}
    if stix_type == "artifact":
        said = {"url": value, "hashes": _hashes(value)}
    if stix_type == "file":
        said = {"name": value, "hashes": _hashes(value)}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return {
        "type": stix_type,
        "spec_version": "2.1",
        "id": f"{stix_type}--{uuid.uuid5(OBSERVED, canonical)}",
        "object_marking_refs": [TLP[tlp]],
        **said,
    }


def _hashes(name: str) -> dict[str, str]:
    """Give a digest for what the exercise only names."""
    return {"SHA-256": hashlib.sha256(name.encode()).hexdigest()}


def _head(stix_type: str, stix_id: str, tlp: str) -> Stix:
    return {
        "type": stix_type,
        "spec_version": "2.1",
        "id": stix_id,
        "created": MADE,
        "modified": MADE,
        "object_marking_refs": [TLP[tlp]],
    }


def _named(stix_type: str, name: str, *, tlp: str, **more: object) -> Stix:
    return {**_head(stix_type, _invented_id(stix_type, name), tlp), "name": name, "labels": ["exercise"], **more}


def _invented_id(stix_type: str, name: str) -> str:
    return f"{stix_type}--{uuid.uuid5(NAMES, f'{stix_type} {name}')}"


def _uses(source: str, target: str) -> Stix:
    return _link("uses", source, target, "green")


def _link(kind: str, source: str, target: str, tlp: str) -> Stix:
    stix_id = f"relationship--{uuid.uuid5(NAMES, f'{kind} {source} {target}')}"
    ends = {"relationship_type": kind, "source_ref": source, "target_ref": target}
    return {**_head("relationship", stix_id, tlp), **ends, "labels": ["exercise"]}


def write_bundle(file: Path, objects: Iterable[Stix]) -> Path:
    """Write a bundle whose id follows from its content."""
    held = list(objects)
    text = json.dumps(held, ensure_ascii=False, sort_keys=True)
    digest = base64.b16encode(hashlib.sha256(text.encode()).digest()).decode()
    bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid5(NAMES, digest)}", "objects": held}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bundle, ensure_ascii=False, indent=1), encoding="utf-8")
    return file


def read_bundles(folder: Path) -> Iterator[Stix]:
    """Give the objects of the bundles in a folder."""
    for file in sorted(folder.glob("*.json")):
        yield from json.loads(file.read_text(encoding="utf-8"))["objects"]
