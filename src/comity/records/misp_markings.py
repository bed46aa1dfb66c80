"""Decides which STIX markings a part of a MISP event gets: from its tags and those of its event, and from distribution.

What binds the event binds its parts: a part says more, never less. They are definitions like any other, read by the
same tables (`catalogue/schemes.toml`, `iep.toml`): TLP as the OASIS form writes it, PAP carried, IEP field by field,
distribution as decided (decision record 0050). A word that no table knows refuses.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID, uuid5

import msgspec

from comity.records.markings import TLP2_EXTENSION
from comity.records.schemes import SchemeIndex, plain
from comity.values import Json, JsonObject, Tlp

DISTRIBUTION: Final = "misp-distribution"
INHERIT: Final = 5
TO_ALL: Final = 3
_PAP: Final = "pap"
_MARKINGS: Final = UUID("b741e64d-7193-4ac9-8512-0946b0c85bcb")
_DEFINED_AT: Final = "2026-01-01T00:00:00.000Z"
_TLP2_AT: Final = "2022-10-01T00:00:00.000Z"
_TLP2: Final[Mapping[Tlp, str]] = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_TAG: Final = re.compile(r'\s*+([^:="\s]++)\s*+:\s*+([^="]++)(?:=\s*+"?([^"]*+)"?)?\s*+')
_IEP: Final = frozenset(("iep", "iep2-policy"))
_IEP_NAMES: Final = {"traffic_light_protocol": "tlp", "provider_attribution": "attribution", "version": "iep_version"}
_AS_WRITTEN: Final = frozenset("id name description external_reference reference start_date end_date".split())
LONGEST_WORD: Final = 200


def markings_of(tags: Iterable[str], distributions: Iterable[Json], schemes: SchemeIndex) -> tuple[JsonObject, ...]:
    """Give the marking definitions of a part, the same for the same words.

    Args:
        tags: names of its own tags and of all that it stands in.
        distributions: MISP's level of itself and of all that it stands in; None where none is said.
    """
    found: dict[str, JsonObject] = {}
    levels: list[Tlp] = []
    policy: JsonObject = {}
    for tag in tags:
        parsed = _TAG.fullmatch(tag)
        if parsed is None:
            continue
        name, predicate, value = parsed[1].lower(), parsed[2].strip(), parsed[3]
        if name == "tlp":
            levels += _level(predicate, found)
        elif name == _PAP:
            _add(found, _PAP, f"PAP:{predicate if value is None else value}")
        elif name in _IEP:
            _add_term(policy, predicate, value)
        elif name == "iep2-reference":
            # The policy stands elsewhere and cannot be read from here.
            policy["reference"] = value
        else:
            _of_scheme(found, name, predicate, value, schemes)
    if policy:
        _keep(found, "iep", {"iep_version": "2.0", **policy})
    for level in distributions:
        _distribute(found, level)
    if levels:
        standard = _standard(max(levels))
        found[str(standard["id"])] = standard
    return tuple(found[key] for key in sorted(found))


def _level(word: str, found: dict[str, JsonObject]) -> list[Tlp]:
    try:
        return [Tlp.of(word)]
    except ValueError:
        # The Chatham House rule is in the table of schemes; what else is no level cannot be read, and refuses.
        is_rule = word.lower() == "ex:chr"
        _add(found, "misp-tlp-ex" if is_rule else "tlp", "ex:chr" if is_rule else word)
        return []


def _of_scheme(
    found: dict[str, JsonObject], name: str, predicate: str, value: str | None, schemes: SchemeIndex
) -> None:
    for announced, text in ((f"{name}:{predicate}", value), (name, value or predicate)):
        if text is not None and plain(announced) in schemes.by_type:
            _add(found, announced, text)
            return


def _add_term(policy: JsonObject, predicate: str, value: str | None) -> None:
    field = predicate.lower().replace("-", "_")
    field = _IEP_NAMES.get(field, field)
    text = value or ""
    text = text if field in _AS_WRITTEN else text.lower().replace(" ", "-")
    # Said twice and otherwise, it cannot be kept both ways: a text no table has refuses.
    policy[field] = text if policy.get(field, text) == text else "contradicted"


def _distribute(found: dict[str, JsonObject], level: Json) -> None:
    if level is None or isinstance(level, bool) or level == "":
        return
    word = str(level).strip() if isinstance(level, str | int | float) else "unread"
    if word not in (str(TO_ALL), str(INHERIT)):
        _add(found, DISTRIBUTION, f"{DISTRIBUTION}:{word}")


def _add(found: dict[str, JsonObject], kind: str, text: str) -> None:
    _keep(found, kind, text[:LONGEST_WORD])


def _keep(found: dict[str, JsonObject], kind: str, said: Json) -> None:
    definition: JsonObject = {kind: said}
    stix_id = f"marking-definition--{uuid5(_MARKINGS, msgspec.json.encode(definition, order='sorted').decode())}"
    found[stix_id] = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": stix_id,
        "created": _DEFINED_AT,
        "definition_type": kind,
        "definition": definition,
    }


def _standard(level: Tlp) -> JsonObject:
    stix_id = _TLP2[level]

    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": stix_id,
        "created": _TLP2_AT,
        "name": f"TLP:{level.word.upper()}",
        "extensions": {TLP2_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level.word}},
    }
