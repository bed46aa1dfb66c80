"""Decides what of a part of MISP the STIX made of it does not say: field by field, by looking for its words in it.

It trusts no converter: a text is said if it stands in some value, a time if its second does, a flag if what it turns
into is there. The instance's own numbers (`id`, `event_id` …) are nobody else's and are not looked for.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from comity.records.misp import Loss, Part, inner_parts, is_set, seconds_of, uuid_of
from comity.values import Instant, Json, JsonObject, iso

MOST_LOSSES: Final = 100  # of one part
LONGEST_VALUE: Final = 160
_SHORT: Final = 4  # characters; a shorter text stands in some other one by chance
_NUMBERS: Final = frozenset(
    """id event_id object_id org_id orgc_id user_id sharing_group_id attribute_id galaxy_cluster_id galaxy_id tag_id
    old_id attribute_count local numerical_value""".split()
)
# What becomes markings, ids, times, or an indicator rather than a word.
_SAID_OTHERWISE: Final = frozenset("uuid distribution deleted to_ids published Tag Galaxy Attribute".split())
_LISTS: Final = ("ShadowAttribute", "Sighting", "Note", "Opinion", "ObjectReference")
_TIMES: Final = frozenset(("timestamp", "publish_timestamp", "sighting_timestamp", "first_seen", "last_seen"))


def losses_of(part: Part, objects: Sequence[JsonObject]) -> tuple[Loss, ...]:
    """Give what a part says and these objects do not, at most `MOST_LOSSES`; the last then tells how many more."""
    said = _Said(objects)
    found = [Loss(uuid=part.uuid, what=part.kind, field=key, before="", kept=False) for key in part.dropped]
    found += _of_fields(part.uuid, _what(part), part.fields, said)
    for one in inner_parts(part.fields, "Attribute"):
        found += _of_fields(uuid_of(one) or part.uuid, f"{_what(part)}/{_word(one, 'object_relation')}", one, said)
    if len(found) <= MOST_LOSSES:
        return tuple(found)
    more = Loss(uuid=part.uuid, what=part.kind, field="…", before=f"{len(found) - MOST_LOSSES + 1} more")
    return (*found[: MOST_LOSSES - 1], more)


class _Said:
    """Every text in some objects, ready to be looked through. Not changed once it is made."""

    def __init__(self, objects: Iterable[JsonObject]) -> None:
        leaves: list[str] = []
        for obj in objects:
            _leaves(obj, leaves)
        self.exact = frozenset(leaf.casefold() for leaf in leaves)
        self.all = "\0".join(leaves).casefold()

    def says(self, text: str) -> bool:
        plain = text.casefold()
        if plain in self.exact or f'="{plain}"' in self.all:
            return True
        return len(plain) >= _SHORT and (
            plain in self.all or plain.replace("\\", "\\\\").replace("'", "\\'") in self.all
        )


def _leaves(value: Json, leaves: list[str]) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _leaves(inner, leaves)
    elif isinstance(value, list):
        for inner in value:
            _leaves(inner, leaves)
    elif value is not None and not isinstance(value, bool):
        leaves.append(str(value))


def _of_fields(uuid: str, what: str, fields: JsonObject, said: _Said) -> Iterator[Loss]:
    for key, value in fields.items():
        if key in _NUMBERS or key in _SAID_OTHERWISE or key in _LISTS or _says_nothing(value):
            continue
        if not _is_said(key, value, said):
            yield Loss(uuid=uuid, what=what, field=key, before=_shown(value))
    if is_set(fields.get("to_ids")) and "pattern_type" not in fields and not _has_pattern(said):
        yield Loss(uuid=uuid, what=what, field="to_ids", before="true")
    for tag in inner_parts(fields, "Tag"):
        name = _word(tag, "name")
        if not said.says(name) and ":" in name and name.partition(":")[0].lower() not in ("tlp", "pap", "iep"):
            yield Loss(uuid=uuid, what=what, field="Tag", before=_shown(name))
    for galaxy in inner_parts(fields, "Galaxy"):
        for cluster in inner_parts(galaxy, "GalaxyCluster"):
            if not said.says(_word(cluster, "uuid") or _word(cluster, "value")):
                yield Loss(uuid=uuid, what=what, field="Galaxy", before=_shown(_word(cluster, "tag_name")))
    for key in _LISTS:
        for one in inner_parts(fields, key):
            named = uuid_of(one)
            led = _word(one, "referenced_uuid") if key == "ObjectReference" else named
            if not led or not said.says(led):
                yield Loss(uuid=named or uuid, what=key, field=key, before=_shown(_telling(one)))


def _is_said(key: str, value: Json, said: _Said) -> bool:
    if key in _TIMES:
        seconds = seconds_of(value)
        if seconds is not None:
            return said.says(iso(Instant(seconds * 1000))[:19])
        return said.says(str(value)[:19])
    if isinstance(value, str):
        return said.says(value) or (key == "value" and all(said.says(piece) for piece in value.split("|") if piece))
    if isinstance(value, dict):
        return all(_says_nothing(v) or _is_said(k, v, said) for k, v in value.items() if k not in _NUMBERS)
    if isinstance(value, list):
        return all(_is_said(key, one, said) for one in value)
    return said.says(str(value))


def _has_pattern(said: _Said) -> bool:
    return "stix" in said.exact


def _says_nothing(value: Json) -> bool:
    return value in (None, "", "0", 0, False, [], {})


def _telling(fields: JsonObject) -> str:
    for key in ("value", "note", "opinion", "comment", "relationship_type", "type"):
        if fields.get(key):
            return str(fields[key])
    return ""


def _what(part: Part) -> str:
    return _word(part.fields, "type") or _word(part.fields, "name") or part.kind


def _word(fields: JsonObject, key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
