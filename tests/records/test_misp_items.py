"""Tests that items of an event bind as strictly as the parts they tell of, and carry those parts' bytes."""

import json
from typing import Any

import msgspec

from comity.catalogue.read import load_catalogue
from comity.records.misp import MispEvent, read_event
from comity.records.misp_items import ABOUT, SOURCE, Items, carried_by, event_text, items_of, losses_told
from tests.support.misp import ADDRESS, EVENT, FILE, ORGC, REPORT, an_attribute, an_event, an_object

SCHEMES = load_catalogue().markings.schemes
AT = "2023-11-14T22:13:21.000Z"
TLP_GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
TLP_RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
URL = "url--00000000-0000-5000-8000-000000000001"


def read(event: dict[str, Any]) -> MispEvent:
    return read_event([(key, json.dumps(value).encode()) for key, value in event.items()], "$.Event")


def sdo(kind: str, uuid: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"{kind}--{uuid}", "created": AT, "modified": AT} | fields


def made(event: dict[str, Any], *objects: dict[str, Any], said: tuple[str, ...] = ()) -> Items:
    return items_of(read(event), objects, said, SCHEMES)


def by_id(items: Items) -> dict[str, dict[str, Any]]:
    return {str(item.obj["id"]): item.obj for item in items.items}


def test_each_part_rides_on_one_object_with_its_bytes() -> None:
    objects = by_id(
        made(
            an_event(),
            sdo("grouping", EVENT),
            sdo("observed-data", ADDRESS),
            sdo("indicator", ADDRESS),
            sdo("note", REPORT),
            sdo("x-misp-object", FILE),
        )
    )
    assert SOURCE not in objects[f"observed-data--{ADDRESS}"]
    about, source = carried_by(msgspec.json.encode(objects[f"indicator--{ADDRESS}"])) or (None, "")
    assert json.loads(source) == an_attribute()
    assert about is not None and (about.part, about.event, about.place) == ("attribute", EVENT, 0)
    assert {obj[ABOUT]["part"] for obj in objects.values() if SOURCE in obj} == {
        "event",
        "attribute",
        "object",
        "report",
    }


def test_a_part_that_the_converter_leaves_out_gets_an_object_of_its_own() -> None:
    items = made(an_event(), said=("Error with it all",))
    kinds = sorted(str(item.obj["type"]) for item in items.items)
    assert kinds == ["grouping", "note", "x-misp-attribute", "x-misp-attribute", "x-misp-object"]
    assert ("conversion", "Error with it all") in {(loss.field, loss.before) for loss in items.losses}


def test_a_restricted_part_restricts_whatever_tells_of_it_and_nothing_else() -> None:
    event = an_event(Attribute=[an_attribute(Tag=[{"name": "tlp:red"}])])
    objects = by_id(
        made(
            event,
            sdo("grouping", EVENT, object_refs=[f"indicator--{ADDRESS}", f"x-misp-object--{FILE}"]),
            sdo("indicator", ADDRESS),
            sdo("observed-data", ADDRESS, object_refs=[URL]),
            {"type": "url", "id": URL, "value": "https://canary.example/"},
            sdo(
                "relationship",
                "00000000-0000-5000-8000-000000000002",
                source_ref=f"indicator--{ADDRESS}",
                target_ref=URL,
            ),
            sdo("x-misp-object", FILE),
        )
    )
    red = {stix_id for stix_id, obj in objects.items() if obj["object_marking_refs"] == [TLP_RED]}
    assert {stix_id.partition("--")[0] for stix_id in red} == {"indicator", "observed-data", "url", "relationship"}
    assert objects[f"grouping--{EVENT}"]["object_marking_refs"] == [TLP_GREEN]


def test_an_attribute_within_an_object_binds_the_object() -> None:
    inner = an_object()["Attribute"]
    inner[1]["distribution"] = "0"
    items = made(an_event(Object=[an_object(Attribute=inner)]), sdo("x-misp-object", FILE))
    names = {str(one["id"]): one.get("definition") for one in items.definitions}
    refs = by_id(items)[f"x-misp-object--{FILE}"]["object_marking_refs"]
    assert {"misp-distribution": "misp-distribution:0"} in [names[ref] for ref in refs]


def test_a_proposal_on_a_restricted_attribute_restricts_the_event_that_repeats_it() -> None:
    proposal = {"uuid": ADDRESS, "type": "ip-dst", "value": "198.51.100.8"}
    event = an_event(Attribute=[an_attribute(Tag=[{"name": "tlp:red"}])], ShadowAttribute=[proposal])
    assert by_id(made(event, sdo("grouping", EVENT)))[f"grouping--{EVENT}"]["object_marking_refs"] == [TLP_RED]


def test_the_author_stays_the_event_s_even_if_an_attribute_s_sighting_names_it() -> None:
    event = an_event(Attribute=[an_attribute(Tag=[{"name": "tlp:red"}])])
    author = sdo("identity", ORGC)
    sighting = sdo("sighting", ADDRESS, where_sighted_refs=[author["id"]])
    assert by_id(made(event, author, sighting))[str(author["id"])]["object_marking_refs"] == [TLP_GREEN]


def test_what_is_deleted_is_revoked_and_what_its_event_changed_is_newer() -> None:
    deleted = an_event(Attribute=[an_attribute(deleted=True)])
    objects = by_id(made(deleted, sdo("indicator", ADDRESS), sdo("x-misp-object", FILE)))
    assert objects[f"indicator--{ADDRESS}"]["revoked"] is True
    assert "revoked" not in objects[f"x-misp-object--{FILE}"]
    assert objects[f"indicator--{ADDRESS}"]["modified"] == "2023-11-14T22:13:25.000Z"
    assert objects[f"indicator--{ADDRESS}"]["created"] == AT


def test_the_same_event_gives_the_same_bytes() -> None:
    once, again = (made(an_event(), sdo("indicator", ADDRESS)) for _ in range(2))
    assert [msgspec.json.encode(item.obj) for item in once.items] == [
        msgspec.json.encode(item.obj) for item in again.items
    ]


def test_the_converter_is_given_times_and_only_galaxies_that_have_a_name() -> None:
    galaxy = {"GalaxyCluster": [{"uuid": ""}, {"uuid": FILE, "value": "x"}]}
    bare = {key: value for key, value in an_attribute(deleted="1").items() if key != "timestamp"}
    text = json.loads(event_text(read(an_event(Attribute=[bare], Galaxy=[galaxy]))))
    assert text["Attribute"][0]["timestamp"] == "1700000005" and "deleted" not in text["Attribute"][0]
    assert text["Galaxy"][0]["GalaxyCluster"] == [{"uuid": FILE, "value": "x"}]


def test_an_item_that_carries_nothing_or_lies_tells_of_no_losses() -> None:
    assert losses_told(b'{"type":"indicator"}') == ()
    assert losses_told(b'{"x_comity_misp_source":7,"x_comity_misp":"x"}') == ()
    assert losses_told(b'{"x_comity_misp_source":') == ()
