"""Decides which items a MISP event becomes: what misp-stix made of it, under our markings, with its source form.

Every object belongs to the parts that it tells of, and binds as strictly as all of them together. One object of each
part carries the part's bytes as MISP wrote them, and the report of what STIX does not say of it; a part that misp-stix
made nothing of gets an object of its own. The same event gives the same bytes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from comity.records.misp import Loss, MispEvent, Part, inner_parts, is_set, moment_of, tag_names, uuid_of
from comity.records.misp_losses import losses_of
from comity.records.misp_markings import markings_of
from comity.records.schemes import SchemeIndex
from comity.values import Instant, Json, JsonObject, iso, stix_us

SOURCE: Final = "x_comity_misp_source"  # the part's bytes as text
TYPES: Final = "x_comity_misp_types"  # the MISP types in it, with a comma before and after each
ABOUT: Final = "x_comity_misp"
MOST_SAID: Final = 50
# Which of a part's objects carries its source form: the first that there is.
_CARRIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "event": ("report", "grouping"),
    "report": ("note",),
    "attribute": ("indicator", "x-misp-attribute", "vulnerability", "campaign", "observed-data"),
    "object": ("indicator", "x-misp-object", "observed-data"),
    "reference": ("relationship",),
}
_NO_CARRIER: Final = frozenset(("relationship", "sighting", "opinion", "marking-definition"))
_OF_ONE_KIND: Final = {
    "attribute": "x-misp-attribute",
    "object": "x-misp-object",
    "report": "note",
    "event": "grouping",
}


class About(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an item says of the event that it was made of, and a carrier of its part: where in which list, what is lost.

    `of`: the object that makes a reference.
    """

    event: str
    part: str = ""
    place: int = 0
    of: str = ""
    losses: tuple[Loss, ...] = ()


class Item(NamedTuple):
    """An object to keep, and where in the file the part stands that it tells of."""

    obj: JsonObject
    path: str


class Items(NamedTuple):
    """What an event becomes: its markings' definitions, its objects, and all that is lost."""

    definitions: tuple[JsonObject, ...]
    items: tuple[Item, ...]
    losses: tuple[Loss, ...]


def event_text(event: MispEvent) -> bytes:
    """Write the event for misp-stix: sound parts only, each with a time; what is deleted is no less told of."""
    at = str(event.at_s)
    lists: dict[str, list[Json]] = {"Attribute": [], "Object": [], "EventReport": []}
    names = {"attribute": "Attribute", "object": "Object", "report": "EventReport"}
    made: dict[str, list[Json]] = {}
    for part in event.parts:
        if part.kind == "reference":
            made.setdefault(part.of, []).append(part.fields)
    for part in event.parts:
        if part.kind != "reference":
            references: JsonObject = {"ObjectReference": made[part.uuid]} if part.uuid in made else {}
            lists[names[part.kind]].append(_timed(part.fields | references, at))
    own = {key: value for key, value in event.event.fields.items() if key != "Galaxy"}
    galaxies: list[Json] = [_with_ids(galaxy) for galaxy in inner_parts(event.event.fields, "Galaxy")]
    filled: JsonObject = {"info": "(none)"} | own | {"timestamp": at, "Galaxy": galaxies}
    return msgspec.json.encode(filled | {key: value for key, value in lists.items() if value})


def items_of(event: MispEvent, converted: Sequence[JsonObject], said: Iterable[str], schemes: SchemeIndex) -> Items:
    """Make the items of an event out of what the converter gave."""
    objects = [obj for obj in converted if obj.get("type") != "marking-definition" and isinstance(obj.get("id"), str)]
    parts = (event.event, *event.parts)
    owners = _owners(event, objects)
    own: dict[int, list[JsonObject]] = {place: [] for place in range(len(parts))}
    for obj in objects:
        for place in owners[str(obj["id"])]:
            own[place].append(obj)
    definitions: dict[str, JsonObject] = {}
    markings = [_marked(event, part, schemes, definitions) for part in parts]
    carriers: dict[int, JsonObject] = {}
    for place, part in enumerate(parts):
        if part.kind == "reference":
            continue
        carriers[place] = carrier = _carrier(part, own[place], event)
        if str(carrier["id"]) not in owners:
            owners[str(carrier["id"])] = {place}
            own[place].append(carrier)
            objects.append(carrier)
    by_uuid = {parts[place].uuid: carrier for place, carrier in carriers.items()}
    taken: set[str] = set()
    for place, part in enumerate(parts):
        if part.kind == "reference":
            carriers[place] = link = _link(part, by_uuid, objects, taken, event)
            taken.add(str(link["id"]))
            ends = {at for at, one in enumerate(parts) if one.uuid in (part.of, _led_to(part))}
            if str(link["id"]) not in owners:
                objects.append(link)
            owners[str(link["id"])] = owners.get(str(link["id"]), set()) | ends
            own[place].append(link)
    losses: list[Loss] = [*event.left_out, *_converter_said(event, said)]
    about: dict[str, tuple[Part, About]] = {}
    for place, part in enumerate(parts):
        lost = losses_of(part, own[place])
        first = tuple(losses) if place == 0 else ()
        told = About(event.event.uuid, part.kind, part.place, part.of, (*first, *lost))
        about[str(carriers[place]["id"])] = (part, told)
        losses += lost
    items = [
        Item(_finished(obj, event, owners[str(obj["id"])], parts, markings, about.get(str(obj["id"]))), path)
        for obj in objects
        for path in [parts[min(owners[str(obj["id"])])].path]
    ]
    return Items(tuple(definitions.values()), tuple(items), tuple(losses))


class _Carrier(msgspec.Struct, frozen=True):
    about: About | None = msgspec.field(name=ABOUT, default=None)
    source: str | None = msgspec.field(name=SOURCE, default=None)


_READER: Final = msgspec.json.Decoder(_Carrier)


def carried_by(body: bytes) -> tuple[About, str] | None:
    """Give what an item says of the part that it carries, and the part's text; none if it carries none."""
    if SOURCE.encode() not in body:
        return None
    try:
        carrier = _READER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return (carrier.about, carrier.source) if carrier.about is not None and carrier.source is not None else None


def event_of(body: bytes) -> str | None:
    """Give the MISP event that an item was made of; none if it was made of none."""
    if ABOUT.encode() not in body:
        return None
    try:
        about = _READER.decode(body).about
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None if about is None else about.event


def losses_told(body: bytes) -> tuple[Loss, ...]:
    """Give the report of what an item does not say of the MISP part that it was made of."""
    carried = carried_by(body)
    return () if carried is None else carried[0].losses


def _converter_said(event: MispEvent, said: Iterable[str]) -> list[Loss]:
    lines = [line for line in said if line][:MOST_SAID]
    return [Loss(uuid=event.event.uuid, what="event", field="conversion", before=line) for line in lines]


def _timed(fields: JsonObject, at: str) -> JsonObject:
    timed = {key: value for key, value in fields.items() if key != "deleted"}
    if not moment_of(fields):
        timed["timestamp"] = at
    if "Attribute" in fields:
        timed["Attribute"] = [_timed(one, str(timed["timestamp"])) for one in inner_parts(fields, "Attribute")]
    return timed


def _with_ids(galaxy: JsonObject) -> JsonObject:
    clusters: list[Json] = [one for one in inner_parts(galaxy, "GalaxyCluster") if uuid_of(one) is not None]
    return galaxy | {"GalaxyCluster": clusters}


def _owners(event: MispEvent, objects: Sequence[JsonObject]) -> dict[str, set[int]]:
    """Say of each object which parts it tells of, as places in (event, parts …)."""
    by_uuid = _named_by(event)
    owners: dict[str, set[int]] = {}
    for obj in objects:
        stix_id = str(obj["id"])
        owners[stix_id] = set(by_uuid.get(stix_id.partition("--")[2].lower(), ()))
    # What has no uuid of the event tells of those that lead to it, a relationship of its ends.
    for _ in range(4):
        waiting = [obj for obj in objects if not owners[str(obj["id"])]]
        if not waiting:
            break
        for obj in waiting:
            if obj.get("type") == "relationship":
                for end in ("source_ref", "target_ref"):
                    owners[str(obj["id"])] |= owners.get(str(obj.get(end)), set())
        for obj in objects:
            if owners[str(obj["id"])] - {0}:
                for ref in _refs(obj):
                    if ref in owners and not owners[ref] - {0} and ref.partition("--")[2] not in by_uuid:
                        owners[ref] |= owners[str(obj["id"])]
    return {stix_id: found or {0} for stix_id, found in owners.items()}


def _named_by(event: MispEvent) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {event.event.uuid: {0}}
    author = event.event.fields.get("Orgc")
    if isinstance(author, dict) and (named := uuid_of(author)) is not None:
        found[named] = {0}
    clusters: dict[str, set[int]] = {}
    for place, part in enumerate((event.event, *event.parts)):
        for fields in (part.fields, *inner_parts(part.fields, "Attribute")):
            for uuid in _uuids_in(fields):
                found.setdefault(uuid, set()).add(place)
            for galaxy in inner_parts(fields, "Galaxy"):
                for cluster in inner_parts(galaxy, "GalaxyCluster"):
                    clusters.setdefault(uuid_of(cluster) or "", set()).add(place)
    for uuid, places in clusters.items():
        # What the event itself names is the event's to tell.
        found.setdefault(uuid, {0} if 0 in places else places)
    return found


def _uuids_in(fields: JsonObject) -> Iterator[str]:
    uuid = uuid_of(fields)
    if uuid is not None:
        yield uuid
    for key in ("Sighting", "Note", "Opinion"):
        yield from (found for one in inner_parts(fields, key) if (found := uuid_of(one)) is not None)


def _refs(obj: JsonObject) -> Iterator[str]:
    for key, value in obj.items():
        if key == "created_by_ref" or not key.endswith(("_ref", "_refs")):
            continue
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _marked(event: MispEvent, part: Part, schemes: SchemeIndex, definitions: dict[str, JsonObject]) -> tuple[str, ...]:
    within = [event.event.fields]
    if part.kind == "event":
        # A proposal on an attribute repeats what it is about.
        proposed = {uuid_of(one) for one in inner_parts(part.fields, "ShadowAttribute")}
        within += [one.fields for one in event.parts if one.uuid in proposed]
    else:
        within += [part.fields, *inner_parts(part.fields, "Attribute")]
    for one in tuple(within):
        within += inner_parts(one, "ShadowAttribute")
    tags = [name for fields in within for name in tag_names(fields)]
    made = markings_of(tags, [fields.get("distribution") for fields in within], schemes)
    for definition in made:
        definitions[str(definition["id"])] = definition
    return tuple(str(definition["id"]) for definition in made)


def _carrier(part: Part, own: Sequence[JsonObject], event: MispEvent) -> JsonObject:
    named = [obj for obj in own if str(obj["id"]).partition("--")[2].lower() == part.uuid and "modified" in obj]
    fit = {str(obj["type"]): obj for obj in reversed(named) if obj["type"] not in _NO_CARRIER}
    for kind in _CARRIERS[part.kind]:
        if kind in fit:
            return fit[kind]
    return next(iter(fit.values()), None) or _own_carrier(part, event)


def _led_to(part: Part) -> str:
    led = part.fields.get("referenced_uuid")
    return led.lower() if isinstance(led, str) else ""


def _link(
    part: Part, carriers: Mapping[str, JsonObject], objects: Sequence[JsonObject], taken: set[str], event: MispEvent
) -> JsonObject:
    """Give the relationship that carries a reference: one that misp-stix made of it, else our own."""
    source, target, said = part.of, _led_to(part), part.fields.get("relationship_type")
    for obj in objects:
        if obj.get("type") == "relationship" and obj.get("relationship_type") == said and obj["id"] not in taken:
            ends = (str(obj.get("source_ref")).partition("--")[2], str(obj.get("target_ref")).partition("--")[2])
            if ends == (source, target):
                return obj
    at, ending = _iso(moment_of(part.fields, event.at_s)), carriers.get(target)
    return {
        "type": "relationship",
        "spec_version": "2.1",
        "id": f"relationship--{part.uuid}",
        "created": at,
        "modified": at,
        "relationship_type": said if isinstance(said, str) and said else "related-to",
        "source_ref": str(carriers[source]["id"]),
        "target_ref": f"x-misp-object--{target}" if ending is None else str(ending["id"]),
    }


def _own_carrier(part: Part, event: MispEvent) -> JsonObject:
    """Make an object for a part that misp-stix made nothing of."""
    kind, at = _OF_ONE_KIND[part.kind], _iso(moment_of(part.fields, event.at_s))
    made: JsonObject = {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{part.uuid}",
        "created": at,
        "modified": at,
    }
    if part.kind == "attribute":
        named = {
            "x_misp_type": "type",
            "x_misp_category": "category",
            "x_misp_value": "value",
            "x_misp_comment": "comment",
        }
        made |= {key: part.fields[name] for key, name in named.items() if part.fields.get(name) is not None}
    elif part.kind == "object":
        made |= {"x_misp_name": part.fields.get("name"), "x_misp_meta_category": part.fields.get("meta-category")}
    elif part.kind == "report":
        made |= {"abstract": part.fields.get("name"), "content": part.fields.get("content") or ""}
        made["object_refs"] = [f"grouping--{event.event.uuid}"]
    else:
        made |= {
            "name": part.fields.get("info") or "(none)",
            "context": "suspicious-activity",
            "object_refs": [made["id"]],
        }
    return {key: value for key, value in made.items() if value is not None}


def _finished(
    obj: JsonObject,
    event: MispEvent,
    places: set[int],
    parts: Sequence[Part],
    markings: Sequence[tuple[str, ...]],
    carried: tuple[Part, About] | None,
) -> JsonObject:
    done = {key: value for key, value in obj.items() if key != "object_marking_refs"}
    refs = sorted({ref for place in places for ref in markings[place]})
    if refs:
        done["object_marking_refs"] = list(refs)
    modified = done.get("modified")
    if isinstance(modified, str):
        done["modified"] = _later(modified, event.at_s)
        if all(is_set(parts[place].fields.get("deleted")) for place in places):
            done["revoked"] = True
    if carried is not None:
        part, about = carried
        done[SOURCE] = part.raw.decode()
        types = [part.fields, *inner_parts(part.fields, "Attribute")]
        done[TYPES] = "".join(f",{one}" for one in sorted({str(fields.get("type", "")) for fields in types})) + ","
        done[ABOUT] = msgspec.to_builtins(about)
    else:
        done[ABOUT] = {"event": event.event.uuid}
    return done


def _later(modified: str, at_s: int) -> str:
    """Give the later of an object's own change and its event's: what changes the event may change how it binds."""
    try:
        return modified if stix_us(modified) >= at_s * 1_000_000 else _iso(at_s)
    except ValueError:
        return _iso(at_s)


def _iso(seconds: int) -> str:
    return iso(Instant(seconds * 1000))
