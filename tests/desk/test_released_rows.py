"""Tests that a guest's walk through a view gives what TAXII gives, in whatever steps, and says what may be known."""

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.desk import released_rows
from comity.desk.actor import Actor
from comity.desk.guests import guest_of
from comity.desk.released_rows import described, newest, versions
from tests.support.guests import BEACON, CANARY, HIDDEN, MAKER, NORTH, WIPER, end, shares
from tests.support.guests import guest_of as invited
from tests.support.nodes import Freedonia, an_id, an_object


def walk(hub: Freedonia, actor: Actor, limit: int, *types: str) -> list[dict[str, object]]:
    """Read page by page to the end."""
    found: list[dict[str, object]] = []
    before = None
    with hub.node.store.read() as tx:
        guest = guest_of(tx, actor)
        while True:
            page = newest(hub.node, tx, guest, limit=limit, now=hub.clock.now, before=before, types=types)
            found += [json.loads(body) for _, body in page.rows]
            before = page.before
            if before is None:
                return found


@pytest.mark.parametrize("limit", [1, 2, 7, 200])
def test_pages_of_any_length_give_the_view_from_its_newest_end(hub: Freedonia, limit: int) -> None:
    shares(hub)
    hub.put(*(an_object("malware", number) for number in range(100, 240)), an_object("x-case", 9))
    hub.put(an_object("malware", 101, name="second", modified="2031-02-20T00:00:00.000Z"))
    actor = invited(hub)
    hub.settle()
    assert walk(hub, actor, limit) == hub.objects(NORTH)[::-1]
    assert walk(hub, actor, limit, "x-case", "identity") == hub.objects(NORTH, types=("x-case", "identity"))[::-1]


def test_what_is_hidden_makes_no_page_shorter(hub: Freedonia) -> None:
    shares(hub)
    actor = invited(hub)
    for number in range(100, 110):
        hub.put(an_object("malware", number))
        hub.put(an_object("tool", number), tlp="amber")
    hub.settle()
    with hub.node.store.read() as tx:
        page = newest(hub.node, tx, guest_of(tx, actor), limit=10, now=hub.clock.now)
    assert [row.stix_id for row, _ in page.rows] == [an_id("malware", number) for number in range(109, 99, -1)]


def test_a_search_stops_after_so_many_and_says_where_to_go_on(hub: Freedonia, monkeypatch: pytest.MonkeyPatch) -> None:
    shares(hub)
    actor = invited(hub)
    monkeypatch.setattr(released_rows, "MOST_LOOKED_AT", 2)
    with hub.node.store.read() as tx:
        guest, now = guest_of(tx, actor), hub.clock.now
        first = newest(hub.node, tx, guest, limit=5, now=now, fits=lambda body: b"CSIRT" in body)
        assert first.rows == [] and first.before is not None
        second = newest(hub.node, tx, guest, limit=5, now=now, before=first.before, fits=lambda body: b"CSIRT" in body)
    assert ([row.stix_id for row, _ in second.rows], second.before) == ([MAKER], None)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 9), most=st.integers(1, 9))
def test_no_step_loses_or_repeats_anything(hub: Freedonia, limit: int, most: int) -> None:
    if not hub.credentials:
        shares(hub)
        hub.put(*(an_object("malware", number) for number in range(100, 120)))
        invited(hub), hub.reader(NORTH)
        hub.settle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(released_rows, "MOST_LOOKED_AT", most)
        patch.setattr(released_rows, "_FIRST_STEP", 3)
        patch.setattr(released_rows, "_LONGEST_STEP", 5)
        assert walk(hub, Actor(name="nora.wind", role="guest", via="web"), limit) == hub.objects(NORTH)[::-1]


def test_an_item_is_described_by_what_its_party_may_know(hub: Freedonia) -> None:
    shares(hub)
    actor = invited(hub)
    with hub.node.store.read() as tx:
        guest = guest_of(tx, actor)
        rows = newest(hub.node, tx, guest, limit=10, now=hub.clock.now).rows
        said = {one.id: one for one in described(hub.node, tx, guest, rows, hub.clock.now)}
        assert versions(hub.node, tx, guest, HIDDEN, hub.clock.now) == []
        assert len(versions(hub.node, tx, guest, BEACON, hub.clock.now)) == 1
    beacon, wiper = said[BEACON], said[WIPER]
    assert (beacon.label, beacon.tlp, beacon.creator) == ("Beacon", "green", "Freedonia CSIRT")
    assert (beacon.clauses, beacon.obligations) == (("free-north/art-1",), ("free-north/art-2",))
    assert (beacon.answer, beacon.is_new) == (None, False)
    assert wiper.creator == "" and CANARY not in repr(said), "of a maker that is not released no name is told"


def test_what_ends_is_gone_at_once(hub: Freedonia) -> None:
    shares(hub)
    actor = invited(hub)
    assert walk(hub, actor, 3)
    end(hub)
    assert walk(hub, actor, 3) == hub.objects(NORTH) == []


@pytest.mark.parametrize("room", [None, 3_000])
def test_of_very_many_versions_the_latest_are_given(
    hub: Freedonia, monkeypatch: pytest.MonkeyPatch, room: int | None
) -> None:
    shares(hub)
    actor, moments = invited(hub), [f"2031-02-01T00:00:{at:02d}.000Z" for at in range(9)]
    for moment in moments:
        hub.put(an_object("tool", 5, name="x" * 1_000, modified=moment))
    hub.settle()
    monkeypatch.setattr(released_rows, "MOST_VERSIONS", 4)
    node = hub.node
    if room is not None:
        node = node._replace(settings=msgspec.structs.replace(node.settings, page_bytes=room))
    with node.store.read() as tx:
        rows = versions(node, tx, guest_of(tx, actor), an_id("tool", 5), hub.clock.now)
    assert [row.version for row, _ in rows] == moments[::-1][: 4 if room is None else 2]
