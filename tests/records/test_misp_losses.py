"""Tests that what STIX does not say of a part is named, and what it says is not."""

import json
from typing import Any

from comity.records.misp import Part
from comity.records.misp_losses import MOST_LOSSES, losses_of
from tests.support.misp import ADDRESS, an_attribute, an_object

SAID: dict[str, Any] = {
    "type": "indicator", "id": f"indicator--{ADDRESS}", "pattern": "[ipv4-addr:value = '198.51.100.7']",
    "pattern_type": "stix", "modified": "2023-11-14T22:13:21.000Z",
    "labels": ['misp:type="ip-dst"', 'misp:category="Network activity"'],
    "description": "seen at Northwind Energy",
}  # fmt: skip


def part_of(kind: Any, fields: dict[str, Any]) -> Part:
    return Part(kind, str(fields["uuid"]), json.dumps(fields).encode(), fields, "$", 0)


def lost(fields: dict[str, Any], *objects: dict[str, Any], kind: str = "attribute") -> list[tuple[str, str, str]]:
    return [(one.what, one.field, one.before) for one in losses_of(part_of(kind, fields), objects)]


def test_what_is_said_is_no_loss() -> None:
    assert lost(an_attribute(), SAID) == []


def test_a_comment_a_time_and_a_value_that_nobody_says_are_named() -> None:
    without = {key: value for key, value in SAID.items() if key != "description"}
    assert lost(an_attribute(), without) == [("ip-dst", "comment", "seen at Northwind Energy")]
    assert lost(an_attribute(timestamp="1800000000"), SAID) == [("ip-dst", "timestamp", "1800000000")]
    assert ("ip-dst", "value", "203.0.113.9") in lost(an_attribute(value="203.0.113.9"), SAID)


def test_an_indicator_that_is_none_any_more_is_named() -> None:
    observed = {key: value for key, value in SAID.items() if key != "pattern_type"}
    assert lost(an_attribute(), observed) == [("ip-dst", "to_ids", "true")]


def test_proposals_sightings_tags_and_galaxies_are_looked_for_one_by_one() -> None:
    uuid = "44444444-4444-4444-8444-44444444444"
    fields = an_attribute(
        ShadowAttribute=[{"uuid": f"{uuid}1", "value": "198.51.100.8"}],
        Sighting=[{"uuid": f"{uuid}2", "type": "2"}],
        Tag=[{"name": "tlp:red"}, {"name": 'ruritania:colour="blue"'}],
        Galaxy=[{"GalaxyCluster": [{"uuid": f"{uuid}3", "tag_name": "misp-galaxy:x"}]}],
    )
    assert lost(fields, SAID) == [
        ("ip-dst", "Tag", 'ruritania:colour="blue"'),
        ("ip-dst", "Galaxy", "misp-galaxy:x"),
        ("ShadowAttribute", "ShadowAttribute", "198.51.100.8"),
        ("Sighting", "Sighting", "2"),
    ]


def test_attributes_of_an_object_are_looked_at_too() -> None:
    assert ("file/filename", "value", "invoice.exe") in lost(an_object(), SAID, kind="object")


def test_a_long_report_ends_with_how_much_more_there_is() -> None:
    fields = an_attribute() | {f"x_{number}": f"value number {number}" for number in range(300)}
    told = losses_of(part_of("attribute", fields), [SAID])
    assert len(told) == MOST_LOSSES and told[-1].before == "201 more"


def test_what_the_instance_alone_knows_is_named_as_gone() -> None:
    told = losses_of(part_of("attribute", an_attribute())._replace(dropped=("Feed",)), [SAID])
    assert [(one.field, one.kept) for one in told] == [("Feed", False)]
