"""What an item needs that stands on more than its class."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.nodes import (
    TLP,
    Freedonia,
    a_relationship,
    a_sighting,
    agreement,
    an_id,
    an_object,
    clause,
    freedonia,
)

P = "ruritania-csirt"
INDICATOR, MALWARE = an_id("indicator", 1), an_id("malware", 1)
GREEN = agreement(clause("1", "share", tlp_at_most="green"), name="green")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        yield made


def test_a_relationship_waits_for_its_second_end_and_appears_when_that_does(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(a_relationship(1, INDICATOR, MALWARE), an_object("indicator", 1))
    assert hub.ids(P) == [INDICATOR]
    cursor = hub.clock.now
    hub.later()

    hub.put(an_object("malware", 1))

    assert hub.since(P, cursor) == [MALWARE, an_id("relationship", 1)]


def test_a_relationship_to_a_hidden_end_stays_hidden(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(
        an_object("indicator", 1),
        an_object("malware", 1, object_marking_refs=[TLP["red"]]),
        a_relationship(1, INDICATOR, MALWARE),
    )

    assert hub.ids(P) == [INDICATOR]


def test_a_sighting_of_a_relationship_comes_with_it(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(a_sighting(1, an_id("relationship", 1)), a_relationship(1, INDICATOR, MALWARE), an_object("indicator", 1))
    hub.later()

    hub.put(an_object("malware", 1))

    assert hub.ids(P) == [INDICATOR, MALWARE, an_id("relationship", 1), an_id("sighting", 1)]


def test_an_end_that_only_comes_along_is_an_end(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", types=["indicator", "relationship"], tlp_at_most="green")))
    author = an_id("identity", 1)

    hub.put(an_object("identity", 1), a_relationship(1, INDICATOR, author))
    assert hub.ids(P) == []
    hub.put(an_object("indicator", 1, created_by_ref=author))

    assert set(hub.ids(P)) == {INDICATOR, author, an_id("relationship", 1)}


def test_a_report_of_nothing_visible_is_withheld_and_named_nowhere(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(
        an_object("malware", 1, object_marking_refs=[TLP["amber"]]),
        an_object("report", 1, object_refs=[MALWARE]),
        an_object("note", 1, object_refs=[an_id("report", 1), INDICATOR]),
        an_object("indicator", 1),
        a_relationship(1, an_id("report", 1), INDICATOR),
    )

    assert set(hub.ids(P)) == {INDICATOR, an_id("note", 1)}
    (note,) = hub.objects(P, types=["note"])
    assert note["object_refs"] == [INDICATOR]
