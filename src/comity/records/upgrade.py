"""Decides how a STIX 2.0 object reads in STIX 2.1, and says what was assumed, moved or lost on the way.

The rendition is a function of the object alone: ids, timestamps and texts stay as they are, what 2.1 no longer knows
is kept under an `x_` name, and granular markings follow what they mark. Source: STIX 2.0 part 2 and STIX 2.1 §§3-7.

Each remark is a stable code and a path, `labels-became-types $.labels`.
"""

import re
from collections.abc import Callable

from comity.records.upgrade_observables import Renames, upgrade_observables
from comity.values import Json, JsonObject

VERSION = 1  # of this recipe; a change of any outcome raises it

# STIX 2.1 §10: the open vocabularies behind what 2.0 wrote into `labels`.
_TYPE_VOCABULARIES: dict[str, tuple[str, frozenset[str]]] = {
    kind: (name, frozenset(words.split()))
    for kind, name, words in (
        (
            "indicator",
            "indicator_types",
            "anomalous-activity anonymization benign compromised malicious-activity attribution unknown",
        ),
        (
            "malware",
            "malware_types",
            """adware backdoor bot bootkit ddos downloader dropper exploit-kit keylogger ransomware
            remote-access-trojan resource-exploitation rogue-security-software rootkit screen-capture spyware trojan
            unknown virus webshell wiper worm""",
        ),
        (
            "report",
            "report_types",
            """attack-pattern campaign identity indicator intrusion-set malware observed-data threat-actor
            threat-report tool vulnerability""",
        ),
        (
            "threat-actor",
            "threat_actor_types",
            """activist competitor crime-syndicate criminal hacker insider-accidental insider-disgruntled nation-state
            sensationalist spy terrorist unknown""",
        ),
        (
            "tool",
            "tool_types",
            """denial-of-service exploitation information-gathering network-capture credential-exploitation
            remote-access vulnerability-scanning unknown""",
        ),
    )
}


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_texts(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _is_truth(value: Json) -> bool:
    return isinstance(value, bool)


def _is_confidence(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


def _is_never(_value: Json) -> bool:
    return False


# Names that 2.1 gave a meaning and that a 2.0 producer may have used for something of its own.
_NEW_NAMES: dict[str, Callable[[Json], bool]] = {
    "confidence": _is_confidence,
    "lang": _is_text,
    "extensions": _is_object,
}
_NEW_NAMES_OF: dict[str, dict[str, Callable[[Json], bool]]] = {
    "attack-pattern": {"aliases": _is_texts},
    "identity": {"roles": _is_texts},
    "indicator": {"indicator_types": _is_texts, "pattern_type": _is_text, "pattern_version": _is_text},
    "malware": {
        "malware_types": _is_texts,
        "is_family": _is_truth,
        "aliases": _is_texts,
        "first_seen": _is_text,
        "last_seen": _is_text,
        "operating_system_refs": _is_texts,
        "architecture_execution_envs": _is_texts,
        "implementation_languages": _is_texts,
        "capabilities": _is_texts,
        "sample_refs": _is_texts,
    },
    "marking-definition": {"name": _is_text},
    "observed-data": {"object_refs": _is_never},  # STIX 2.1 §4.14: not beside `objects`
    "relationship": {"start_time": _is_text, "stop_time": _is_text},
    "report": {"report_types": _is_texts},
    "sighting": {"description": _is_text},
    "threat-actor": {"threat_actor_types": _is_texts, "first_seen": _is_text, "last_seen": _is_text},
    "tool": {"tool_types": _is_texts, "aliases": _is_texts},
}
_TYPES_20 = frozenset(
    """attack-pattern campaign course-of-action identity indicator intrusion-set malware observed-data report
    threat-actor tool vulnerability relationship sighting marking-definition""".split()
)


def upgrade_20(obj: JsonObject) -> tuple[JsonObject, tuple[str, ...]]:
    """Give the STIX 2.1 rendition of a 2.0 object, and the remarks; the object itself is not changed.

    An object that is 2.1 already comes back equal, without remarks.
    """
    if obj.get("spec_version") == "2.1":
        return dict(obj), ()
    kind = obj.get("type")
    kind = kind if isinstance(kind, str) else ""
    made: JsonObject = {}
    for key, value in obj.items():
        if key != "spec_version":
            made[key] = value
        if key == "type":
            made["spec_version"] = "2.1"
    made["spec_version"] = "2.1"
    remarks: list[str] = []
    renames: Renames = []
    _free_names(made, kind, remarks, renames)
    if kind in _TYPE_VOCABULARIES:
        _labels_to_types(made, *_TYPE_VOCABULARIES[kind], remarks, renames)
    step = _STEPS.get(kind)
    if step is not None:
        step(made, remarks, renames)
    if kind not in _TYPES_20:
        remarks.append("type-not-in-2.0 $.type")
    if renames:
        _move_selectors(made, renames)
    return made, tuple(remarks)


def _free_names(made: JsonObject, kind: str, remarks: list[str], renames: Renames) -> None:
    """Move values aside that would mean something else, or nothing valid, under a name that 2.1 took."""
    for name, fits in (_NEW_NAMES | _NEW_NAMES_OF.get(kind, {})).items():
        if name in made and not fits(made[name]):
            free = f"x_{name}"
            while free in made:
                free = f"x_{free}"
            made[free] = made.pop(name)
            renames.append((name, (free,)))
            remarks.append(f"name-taken-by-2.1 $.{name}")


def _labels_to_types(made: JsonObject, name: str, words: frozenset[str], remarks: list[str], renames: Renames) -> None:
    labels = made.get("labels")
    if not isinstance(labels, list):
        return
    types: list[Json] = []
    kept: list[Json] = []
    moves: Renames = []
    for position, label in enumerate(labels):
        into, into_name = (types, name) if isinstance(label, str) and label in words else (kept, "labels")
        moves.append((f"labels.[{position}]", (f"{into_name}.[{len(into)}]",)))
        into.append(label)
    if not types or name in made:
        return  # nothing to move, or the producer wrote the new form itself
    made[name] = types
    if kept:
        made["labels"] = kept
    else:
        del made["labels"]
    renames.extend(moves)
    renames.append(("labels", (name, "labels") if kept else (name,)))
    remarks.append("labels-became-types $.labels")


def _indicator(made: JsonObject, remarks: list[str], _renames: Renames) -> None:
    if "pattern_type" not in made:
        made["pattern_type"] = "stix"
    pattern = made.get("pattern")
    if made["pattern_type"] != "stix" or "pattern_version" in made or not isinstance(pattern, str):
        return
    # STIX 2.0 part 5 §4.1.1 gave the times of START and STOP as text, 2.1 §9.3 as timestamps.
    rewritten = _PATTERN_TOKEN.sub(_as_timestamp, pattern)
    made["pattern"] = rewritten
    made["pattern_version"] = "2.0" if rewritten == pattern else "2.1"
    remarks.append("pattern-of-2.0 $.pattern" if rewritten == pattern else "pattern-times-rewritten $.pattern")


# Whole literals are passed over, so that a word within one is never taken for a keyword.
_PATTERN_TOKEN = re.compile(r"\b(START|STOP)(\s++)(?=')|'[^'\\]*+(?:\\.[^'\\]*+)*+'", re.DOTALL)


def _as_timestamp(token: re.Match[str]) -> str:
    return f"{token[1]}{token[2]}t" if token[1] else token[0]


def _marking_definition(made: JsonObject, remarks: list[str], _renames: Renames) -> None:
    definition = made.get("definition")
    level = definition.get("tlp") if isinstance(definition, dict) else None
    if made.get("definition_type") == "tlp" and isinstance(level, str) and level and "name" not in made:
        made["name"] = f"TLP:{level.upper()}"  # STIX 2.1 §7.2.1.4: the standard ones carry it
        remarks.append("name-given $.name")


def _malware(made: JsonObject, remarks: list[str], _renames: Renames) -> None:
    if "is_family" not in made:
        made["is_family"] = True  # 2.0 describes by name and text, never by sample
        remarks.append("is-family-assumed $.is_family")


def _identity(made: JsonObject, remarks: list[str], renames: Renames) -> None:
    labels = made.get("labels")
    if isinstance(labels, list) and labels and "roles" not in made:
        made["roles"] = made.pop("labels")  # STIX 2.0 part 2 §2.4: an identity's labels are its roles
        renames.append(("labels", ("roles",)))
        remarks.append("labels-became-roles $.labels")


def _observed_data(made: JsonObject, remarks: list[str], renames: Renames) -> None:
    observables = made.get("objects")
    stix_id = made.get("id")
    if isinstance(observables, dict) and isinstance(stix_id, str):
        made["objects"] = upgrade_observables(stix_id, observables, remarks, renames)
        remarks.append("objects-kept-in-deprecated-form $.objects")


_STEPS: dict[str, Callable[[JsonObject, list[str], Renames], None]] = {
    "identity": _identity,
    "indicator": _indicator,
    "malware": _malware,
    "marking-definition": _marking_definition,
    "observed-data": _observed_data,
}


def _move_selectors(made: JsonObject, renames: Renames) -> None:
    """Let granular markings follow: a portion must not lose its marking by being renamed."""
    markings = made.get("granular_markings")
    if not isinstance(markings, list):
        return
    moved: list[Json] = []
    for marking in markings:
        selectors = marking.get("selectors") if isinstance(marking, dict) else None
        if not isinstance(marking, dict) or not isinstance(selectors, list):
            moved.append(marking)  # stays as bad as it was
            continue
        targets: list[Json] = []
        for selector in selectors:
            targets += [target for target in _moved(selector, renames) if target not in targets]
        moved.append({**marking, "selectors": targets})
    made["granular_markings"] = moved


def _moved(selector: Json, renames: Renames) -> list[Json]:
    if isinstance(selector, str):
        for old, new in sorted(renames, key=lambda rename: -len(rename[0])):
            if selector == old or selector.startswith(old + "."):
                return [target + selector[len(old) :] for target in new]
    return [selector]
