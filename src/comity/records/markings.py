"""Decides how strictly a marking, and a set of markings, binds: the most restrictive reading of everything it says.

TLP is read in the dialects seen in the wild: OASIS TLP 2.0 extension, TLP 1 `definition.tlp`, OpenCTI's `statement`
with `x_opencti_definition*`. A standard id always means its standard level, whatever content a sender gives it. What
cannot be read is unknown, and unknown is most restrictive. A plain statement (a copyright notice) restricts nothing.
"""

from collections.abc import Iterable, Mapping

import msgspec

from comity.errors import RecordRejected
from comity.records.iep import IEP_EXTENSION, IepTerms, read_iep
from comity.records.schemes import Meaning, SchemeIndex
from comity.values import Instant, Json, JsonObject, Tlp

TLP2_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


class Marking(msgspec.Struct, frozen=True, kw_only=True):
    """What one marking definition asks. `classification` runs from 0 (unclassified) to 4 (top secret)."""

    stix_id: str
    tlp: Tlp | None = None
    classification: int = 0
    originator_control: bool = False
    expires: Instant | None = None
    starts: Instant | None = None
    unknown: bool = False
    flags: tuple[str, ...] = ()


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of markings asks together.

    `restricted`: something in it could not be read or kept, so nothing is released. `unresolved` names the ids whose
    definition has not come; when it comes, the object is classed again. Outside `starts`..`expires` no leave is given.
    """

    tlp: Tlp
    classification: int = 0
    originator_control: bool = False
    restricted: bool = False
    starts: Instant | None = None
    expires: Instant | None = None
    unresolved: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class MarkingRules(msgspec.Struct, frozen=True):
    """The catalogue's part in reading markings. `silent_extensions` are known to restrict nothing."""

    schemes: SchemeIndex
    iep: IepTerms
    silent_extensions: frozenset[str]


def _standard(pairs: Iterable[tuple[str, Tlp]]) -> dict[str, Marking]:
    ids = ((f"marking-definition--{uuid}", level) for uuid, level in pairs)
    return {stix_id: Marking(stix_id=stix_id, tlp=level) for stix_id, level in ids}


# STIX 2.1 §7.2.1.4 (TLP 1) and the OASIS common objects for TLP 2.0.
STANDARD_MARKINGS: Mapping[str, Marking] = _standard(
    (
        ("613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp.CLEAR),
        ("34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp.GREEN),
        ("f88d31f6-486f-44da-b317-01333bde0b82", Tlp.AMBER),
        ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp.RED),
        ("94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp.CLEAR),
        ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp.GREEN),
        ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp.AMBER),
        ("939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp.AMBER_STRICT),
        ("e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp.RED),
    )
)

_SILENT = Meaning()
_UNREAD = Marking(stix_id="", unknown=True)


def read_marking(obj: JsonObject, rules: MarkingRules) -> Marking:
    """Read a marking definition to what it asks; contradictions inside it are read at their strictest.

    Raises:
        RecordRejected: it has no id.
    """
    stix_id = obj.get("id")
    if not isinstance(stix_id, str):
        raise RecordRejected("no-id", "$.id")
    if stix_id in STANDARD_MARKINGS:
        return STANDARD_MARKINGS[stix_id]
    read = (*_definition(obj, rules), *_opencti(obj, rules), *_extensions(obj, rules))
    return _join(stix_id, read or (_UNREAD,))


def handling(marking_ids: Iterable[str], known: Mapping[str, Marking], default: Tlp) -> Handling:
    """Join the markings of one object or portion.

    Args:
        known: definitions that came from the same source as the object, by id.
        default: the level of this source's unmarked objects; used when no marking says a TLP level.
    """
    found: list[Marking] = []
    unresolved: set[str] = set()
    for stix_id in dict.fromkeys(marking_ids):
        marking = STANDARD_MARKINGS.get(stix_id) or known.get(stix_id)
        if marking is None:
            unresolved.add(stix_id)
        else:
            found.append(marking)
    one = found[0] if len(found) == 1 else _join("", found)
    restricted = one.unknown or bool(unresolved)
    level = default if one.tlp is None else one.tlp
    return Handling(
        tlp=Tlp.RED if restricted else level,
        classification=one.classification,
        originator_control=one.originator_control,
        restricted=restricted,
        starts=one.starts,
        expires=one.expires,
        unresolved=tuple(sorted(unresolved)),
        flags=one.flags,
    )


def _join(stix_id: str, markings: Iterable[Marking]) -> Marking:
    every = tuple(markings)
    return Marking(
        stix_id=stix_id,
        tlp=max((m.tlp for m in every if m.tlp is not None), default=None),
        classification=max((m.classification for m in every), default=0),
        originator_control=any(m.originator_control for m in every),
        starts=max((m.starts for m in every if m.starts is not None), default=None),
        expires=min((m.expires for m in every if m.expires is not None), default=None),
        unknown=any(m.unknown for m in every),
        flags=tuple(sorted({flag for m in every for flag in m.flags})),
    )


def _definition(obj: JsonObject, rules: MarkingRules) -> tuple[Marking, ...]:
    kind, definition = obj.get("definition_type"), obj.get("definition")
    if kind is None and definition is None:
        return ()
    if not isinstance(kind, str):
        return (_UNREAD,)
    name = kind.strip().lower()
    if name.startswith("tlp:"):  # seen beside the TLP 2.0 extension
        return (_level(name),)
    if not isinstance(definition, dict):
        return (_UNREAD,)
    if name == "statement":
        return (_statement(definition.get("statement"), obj, rules),)
    if name == "tlp":
        return (_level(definition.get("tlp", definition.get(kind))),)
    if name == "iep" or "iep_version" in definition:
        inner = definition.get("iep", definition)
        return (_policy(inner, rules),)
    return (_announced(kind, definition.get(kind, definition.get(name)), rules),)


def _opencti(obj: JsonObject, rules: MarkingRules) -> tuple[Marking, ...]:
    kind, text = obj.get("x_opencti_definition_type"), obj.get("x_opencti_definition")
    if kind is None and text is None:
        return ()
    if not isinstance(kind, str):
        return (_UNREAD,)
    match kind.strip().lower():
        case "tlp":
            return (_level(text),)
        case "statement":
            return (_statement(text, {}, rules),)
    return (_announced(kind, text, rules),)


def _extensions(obj: JsonObject, rules: MarkingRules) -> tuple[Marking, ...]:
    extensions = obj.get("extensions", {})
    if not isinstance(extensions, dict):
        return (_UNREAD,)
    loud = extensions.keys() - rules.silent_extensions
    return tuple(_extension(key, extensions[key], rules) for key in sorted(loud))


def _extension(key: str, value: Json, rules: MarkingRules) -> Marking:
    if not isinstance(value, dict):
        return _UNREAD
    if key == TLP2_EXTENSION:
        return _level(value.get("tlp_2_0"))
    if key == IEP_EXTENSION or "iep_version" in value:
        return _policy(value, rules)
    return _UNREAD


def _level(word: Json) -> Marking:
    try:
        return Marking(stix_id="", tlp=Tlp.of(word if isinstance(word, str) else ""))
    except ValueError:
        return _UNREAD


def _policy(policy: Json, rules: MarkingRules) -> Marking:
    if not isinstance(policy, dict):
        return _UNREAD
    read = read_iep(policy, rules.iep)
    return Marking(
        stix_id="",
        tlp=read.tlp,
        originator_control=read.originator_control,
        starts=read.starts,
        expires=read.expires,
        unknown=read.unknown,
        flags=read.flags,
    )


def _statement(text: Json, obj: JsonObject, rules: MarkingRules) -> Marking:
    if not isinstance(text, str):
        return _UNREAD
    if text.strip().lower().startswith("tlp:"):
        # Only OpenCTI writes TLP as a statement and says so beside it; from anyone else it is a guess, and refuses.
        return _UNREAD if obj.get("x_opencti_definition_type") is None else _of_meaning(_SILENT)
    return _of_meaning(rules.schemes.of_statement(text) or _SILENT)


def _announced(kind: str, text: Json, rules: MarkingRules) -> Marking:
    meaning = rules.schemes.of_type(kind, text) if isinstance(text, str) else None
    return _UNREAD if meaning is None else _of_meaning(meaning)


def _of_meaning(meaning: Meaning) -> Marking:
    return Marking(
        stix_id="",
        tlp=meaning.tlp,
        classification=meaning.classification,
        originator_control=meaning.originator_control,
        unknown=meaning.refuses,
        flags=meaning.flags,
    )
