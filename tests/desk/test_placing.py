"""What becomes visible to a reader together with what, and when."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.nodes import (
    Freedonia,
    a_relationship,
    a_sighting,
    agreement,
    an_id,
    an_object,
    clause,
    freedonia,
)

P, OTHER = "ruritania-csirt", "northwind-energy"
INDICATOR, MALWARE = an_id("indicator", 1), an_id("malware", 1)
GREEN = agreement(clause("1", "share", tlp_at_most="green"), name="green")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        yield made


def test_a_late_agreement_brings_a_sighting_kept_before_its_relationship(hub: Freedonia) -> None:
    hub.put(a_sighting(1, an_id("relationship", 1)), an_object("indicator", 1))
    hub.put(an_object("malware", 1), a_relationship(1, INDICATOR, MALWARE))

    hub.agree(GREEN)

    assert set(hub.ids(P)) == {INDICATOR, MALWARE, an_id("relationship", 1), an_id("sighting", 1)}


def test_a_withheld_report_comes_when_something_in_it_does(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("report", 1, object_refs=[MALWARE, an_id("tool", 9)]))
    assert hub.ids(P) == []

    hub.put(an_object("malware", 1))

    assert hub.ids(P) == [MALWARE, an_id("report", 1)]
    assert hub.objects(P, types=["report"])[0]["object_refs"] == [MALWARE]


def test_a_report_is_delivered_again_when_it_can_name_more(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1), an_object("report", 1, object_refs=[INDICATOR, MALWARE]))
    assert hub.objects(P, types=["report"])[0]["object_refs"] == [INDICATOR]
    cursor = hub.clock.now + 1000
    hub.later()

    hub.put(an_object("malware", 1))

    assert hub.since(P, cursor) == [MALWARE, an_id("report", 1)]
    assert hub.objects(P, types=["report"])[0]["object_refs"] == [INDICATOR, MALWARE]


def test_a_new_version_of_what_a_report_names_does_not_deliver_the_report_again(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1), an_object("report", 1, object_refs=[INDICATOR]))
    before = hub.dates(P)
    hub.later()

    hub.put(an_object("indicator", 1, modified="2031-02-09T00:00:00.000Z"))

    assert hub.dates(P)[an_id("report", 1)] == before[an_id("report", 1)]


def test_an_agreement_that_opens_what_a_report_names_delivers_it_again(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", types=["report", "tool"], tlp_at_most="green"), name="reports"))
    hub.put(an_object("malware", 1), an_object("tool", 1))
    hub.put(an_object("report", 1, object_refs=[MALWARE, an_id("tool", 1)]))
    cursor = hub.clock.now + 1000
    hub.later()

    hub.agree(GREEN)

    assert an_id("report", 1) in hub.since(P, cursor)


@pytest.mark.parametrize("key", ["x_seen_by_ref", "x_seen_by_refs"])
def test_a_custom_reference_to_something_hidden_is_left_out(hub: Freedonia, key: str) -> None:
    hub.agree(GREEN)
    named = [an_id("identity", 9)] if key.endswith("s") else an_id("identity", 9)
    hub.put(an_object("indicator", 1, **{key: named}))

    (got,) = hub.objects(P)
    assert key not in got


def test_a_late_grant_comes_in_the_order_of_keeping_whatever_others_were_granted(tmp_path: Path) -> None:
    from comity.desk.grant_release import GrantReleaseRequest, grant_release
    from tests.support.nodes import OFFICER

    orders = []
    for granted in (None, 1, 2, 3):
        with freedonia(tmp_path / str(granted)) as hub:
            hub.reader(P)
            hub.put(*(an_object("indicator", number) for number in (3, 1, 2)))
            if granted:
                request = GrantReleaseRequest(ids=(an_id("indicator", granted),), to=(OTHER,))
                grant_release(hub.node, OFFICER, request)
            hub.agree(GREEN)
            orders.append(hub.ids(P))

    assert orders == [[an_id("indicator", number) for number in (3, 1, 2)]] * 4
