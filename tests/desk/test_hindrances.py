"""What besides its class holds an item back is told, for parties with a view and for those without."""

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


@pytest.fixture(params=["with a view", "without a view"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        if request.param == "with a view":
            made.reader(P)
        made.agree(agreement(clause("1", "share", tlp_at_most="green")))
        yield made


def _told(hub: Freedonia, stix_id: str) -> tuple[bool, list[str]]:
    told = hub.explain(stix_id, P)
    return told.released, [found.by for found in told.hindered]


def test_an_end_that_is_not_held(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1), a_relationship(1, INDICATOR, MALWARE))

    assert _told(hub, an_id("relationship", 1)) == (False, ["end-not-held"])


def test_an_end_that_is_not_visible_through_a_chain(hub: Freedonia) -> None:
    hub.put(
        an_object("indicator", 1),
        an_object("malware", 1, object_marking_refs=[TLP["red"]]),
        a_relationship(1, INDICATOR, MALWARE),
        a_sighting(1, an_id("relationship", 1)),
    )

    assert _told(hub, an_id("relationship", 1)) == (False, ["end-not-visible"])
    assert _told(hub, an_id("sighting", 1)) == (False, ["end-not-visible"])
    assert "handling/tlp-red" in hub.explain(an_id("relationship", 1), P).hindered[0].sentence


def test_ends_that_are_all_visible_hold_nothing_back(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1), an_object("malware", 1), a_relationship(1, INDICATOR, MALWARE))

    assert _told(hub, an_id("relationship", 1)) == (True, [])


def test_a_report_of_nothing_visible(hub: Freedonia) -> None:
    hub.put(an_object("report", 1, object_refs=[MALWARE]))
    assert _told(hub, an_id("report", 1)) == (False, ["references-not-visible"])

    hub.put(an_object("malware", 1))
    assert _told(hub, an_id("report", 1)) == (True, [])


def test_an_embargo_says_until_when(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1), embargo="2031-04-01T00:00:00Z")

    told = hub.explain(INDICATOR, P)
    assert [(found.by, found.what) for found in told.hindered] == [("embargo", "2031-04-01T00:00:00.000Z")]
