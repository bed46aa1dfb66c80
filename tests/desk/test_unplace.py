"""A change of single records takes from each reader what it may no longer have, and touches nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk import mark_item as marking
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.grant_release import GrantReleaseRequest, grant_release
from comity.desk.mark_item import MarkItemRequest, mark_item
from comity.desk.submit_items import submit_items
from comity.desk.views import ReadQuery
from comity.desk.withdraw_submission import withdraw_submission
from tests.support.nodes import (
    OFFICER,
    TLP,
    Freedonia,
    Object,
    a_relationship,
    agreement,
    an_id,
    an_object,
    clause,
    freedonia,
)

P, OTHER = "ruritania-csirt", "northwind-energy"
INDICATOR, MALWARE = an_id("indicator", 1), an_id("malware", 1)
GREEN = agreement(clause("1", "share", tlp_at_most="green"), name="green")
NEWER = "2031-02-09T00:00:00.000Z"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        made.agree(GREEN)
        yield made


def _erase(hub: Freedonia, stix_id: str, source: str | None = None) -> None:
    erase_item(hub.node, OFFICER, EraseItemRequest(id=stix_id, reason="order", ordered_by="court", source=source))


def _upload(hub: Freedonia, *objects: Object) -> None:
    reader = hub.reader(OTHER)
    submit_items(hub.node, reader, reader.inbox_id, json.dumps({"objects": objects}).encode())
    hub.settle()


def _linked(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1), an_object("malware", 1), a_relationship(1, INDICATOR, MALWARE))


def test_a_grant_to_another_moves_nothing(hub: Freedonia) -> None:
    _linked(hub)
    before = hub.dates(P)
    hub.later()

    grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(INDICATOR,), to=(OTHER,)))

    assert hub.dates(P) == before


def test_the_erasure_of_a_version_never_seen_moves_nothing(hub: Freedonia) -> None:
    _linked(hub)
    _upload(hub, an_object("malware", 1, modified=NEWER))
    before = hub.dates(P)
    hub.later()

    _erase(hub, MALWARE, OTHER)

    assert hub.dates(P) == before


def test_what_another_takes_back_moves_nothing(hub: Freedonia) -> None:
    _linked(hub)
    _upload(hub, an_object("indicator", 1, modified=NEWER))
    before = hub.dates(P)
    hub.later()

    other = hub.reader(OTHER)
    withdraw_submission(hub.node, other, other.inbox_id, INDICATOR, ReadQuery(limit=1, versions=("all",)))

    assert hub.dates(P) == before


def test_an_officers_word_takes_an_item_and_its_relationships_at_once(
    hub: Freedonia, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.agree(agreement(clause("1", "withhold", personal_data=True), name="private"))
    _linked(hub)
    monkeypatch.setattr(marking, "settle", lambda node: None)

    mark_item(hub.node, OFFICER, MarkItemRequest(id=MALWARE, personal="yes", reason="names a person"))

    assert hub.ids(P) == [INDICATOR]


def test_an_officers_word_taken_back_brings_them_again_at_the_present(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "withhold", personal_data=True), name="private"))
    _linked(hub)
    mark_item(hub.node, OFFICER, MarkItemRequest(id=MALWARE, personal="yes", reason="names a person"))
    cursor = hub.clock.now + 1000
    hub.later()

    mark_item(hub.node, OFFICER, MarkItemRequest(id=MALWARE, personal="as-ruled", reason="it does not"))

    assert hub.since(P, cursor) == [MALWARE, an_id("relationship", 1)]


def test_an_unmarked_item_keeps_its_level_when_classed_again(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1), tlp="green")

    view = mark_item(hub.node, OFFICER, MarkItemRequest(id=INDICATOR, personal="no", reason="checked"))

    assert view.tlp == "green"
    assert hub.ids(P) == [INDICATOR]


def test_the_version_before_is_delivered_anew_when_the_latest_is_gone(hub: Freedonia) -> None:
    three = ("freedonia-csirt", P, OTHER)
    forward = clause("2", "forward", from_=[OTHER], by=["freedonia-csirt"], to=[P], tlp_at_most="green")
    hub.agree(agreement(forward, name="chain", parties=three), adhere=three)
    hub.put(an_object("indicator", 1, name="first"))
    hub.put(an_object("indicator", 1, name="second", modified=NEWER), source=OTHER, tlp="green")
    assert [obj["name"] for obj in hub.objects(P)] == ["second"]
    cursor = hub.clock.now + 1000
    hub.later()

    _erase(hub, INDICATOR, OTHER)

    assert hub.since(P, cursor) == [INDICATOR]
    assert [obj["name"] for obj in hub.objects(P)] == ["first"]


def test_the_version_before_is_delivered_anew_when_an_agreement_closes_the_latest(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber"), name="amber"))
    hub.put(an_object("indicator", 1))
    hub.put(an_object("indicator", 1, modified=NEWER, object_marking_refs=[TLP["amber"]]))
    cursor = hub.clock.now + 1000
    hub.later()

    hub.end("amber")

    assert hub.since(P, cursor) == [INDICATOR]


def test_a_creator_goes_when_the_last_item_that_names_it_is_erased(hub: Freedonia) -> None:
    hub.end("green")
    hub.agree(agreement(clause("1", "share", types=["indicator"], tlp_at_most="green"), name="narrow"))
    author = an_id("identity", 1)
    hub.put(
        an_object("identity", 1),
        an_object("indicator", 1, created_by_ref=author),
        an_object("indicator", 2, created_by_ref=author),
        an_object("indicator", 3),
    )
    _erase(hub, INDICATOR)
    assert author in hub.ids(P)

    _erase(hub, an_id("indicator", 2))

    assert hub.ids(P) == [an_id("indicator", 3)]
