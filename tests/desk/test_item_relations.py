"""Tests that what an item names and what names it is found once, with the other end, held or not."""

import pytest

from comity.desk.item_relations import ItemRelationsRequest, item_relations
from comity.errors import NotFound
from tests.support.desk_story import INDICATOR, MALWARE, REPORT, SECRET, busy
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object


def found(hub: Freedonia, item: str) -> set[tuple[str, bool, str, bool]]:
    relations = item_relations(hub.node, OFFICER, ItemRelationsRequest(id=item)).relations
    return {(one.word, one.outward, one.id, one.held) for one in relations}


def test_relationships_lead_to_their_other_end_and_references_to_theirs(hub: Freedonia) -> None:
    busy(hub)
    assert found(hub, MALWARE) == {
        ("indicates", False, INDICATOR, True),
        ("uses", True, SECRET, True),
        ("names", False, REPORT, True),
    }
    assert found(hub, REPORT) == {
        ("names", True, INDICATOR, True),
        ("names", True, MALWARE, True),
        ("names", True, an_id("location", 77), False),
    }


def test_a_relation_says_what_stands_at_its_other_end(hub: Freedonia) -> None:
    busy(hub)
    relations = item_relations(hub.node, OFFICER, ItemRelationsRequest(id=INDICATOR)).relations
    malware = next(one for one in relations if one.word == "indicates")
    assert (malware.label, malware.type, malware.tlp, malware.source) == (
        "Locker “Grauwal”",
        "malware",
        "green",
        "freedonia-csirt",
    )
    assert malware.by == an_id("relationship", 5)


def test_an_item_that_many_name_shows_the_first_and_says_so(hub: Freedonia) -> None:
    busy(hub, *[an_object("note", 1000 + n, object_refs=[INDICATOR]) for n in range(210)])
    answer = item_relations(hub.node, OFFICER, ItemRelationsRequest(id=INDICATOR))
    assert len(answer.relations) == 200 and answer.more and answer.after is not None
    rest = item_relations(hub.node, OFFICER, ItemRelationsRequest(id=INDICATOR, after=answer.after))
    assert not rest.more and rest.after is None
    ids = [one.id for page in (answer, rest) for one in page.relations]
    assert len(ids) == len(set(ids)) == 212  # the notes, the malware and the report


def test_an_item_that_is_not_there_is_not_found(hub: Freedonia) -> None:
    with pytest.raises(NotFound):
        item_relations(hub.node, OFFICER, ItemRelationsRequest(id="report--nothing"))
