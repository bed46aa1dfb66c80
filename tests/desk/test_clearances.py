"""Tests the lights of a release: not asked, asked, cleared, refused, lapsed, not needed, and not waited for."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select

from comity.desk.actor import Actor
from comity.desk.clearances import Light
from comity.desk.decide_act import BreakGlassRequest, RefuseActRequest, WithdrawActRequest, refuse_act
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.registry import VERBS
from comity.desk.release_rendition import ReleaseRenditionRequest, release_rendition
from comity.desk.two_persons import APPROVED_WITHIN_MS
from comity.stores.approval_tables import pending_about
from comity.values import Instant
from tests.support.desk import Office, an_office
from tests.support.nodes import OFFICER, a_marking, an_id, an_object
from tests.support.two import Officer, asked, last_act

ITEM, RURI, NORTH = an_id("indicator", 1), "ruritania-csirt", "northwind-energy"
WISH = GrantReleaseRequest(ids=(ITEM,), to=(RURI,), reason="The same case.")


def lights(office: Office, to: str = RURI, item: str = ITEM) -> list[tuple[str, str, str]]:
    return [(one.role, one.state, one.method) for one in shown(office, to, item)]


def shown(office: Office, to: str = RURI, item: str = ITEM) -> tuple[Light, ...]:
    return release_rendition(office.hub.node, OFFICER, ReleaseRenditionRequest(id=item, to=to)).clearance


NOT_ASKED = [("releaser", "not-asked", ""), ("approver", "not-asked", "")]
ASKED = [("releaser", "asked", ""), ("approver", "asked", "")]


@pytest.fixture
def two(tmp_path: Path) -> object:
    """An office with a releaser and an approver, and an item under control above what one person may grant."""
    with an_office(tmp_path) as office:
        control = a_marking(40, definition_type="statement", definition={"statement": "ORCON"})
        office.hub.put(control, an_object("indicator", 1, object_marking_refs=[control["id"]]), tlp="amber")
        office.hub.put(an_object("indicator", 2), source=NORTH)
        yield office, Officer(office, "mara.ellend", "releaser"), Officer(office, "tomas.weyl", "approver", number=2)


def test_a_light_goes_from_not_asked_over_asked_to_cleared(two: tuple[Office, Officer, Officer]) -> None:
    office, mara, tomas = two
    assert lights(office) == NOT_ASKED
    number = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    assert lights(office) == ASKED and shown(office)[1].act == number and shown(office)[1].until
    assert lights(office, NORTH) == NOT_ASKED, "it was asked for another"
    tomas.approve(number)
    assert lights(office) == [("releaser", "cleared", ""), ("approver", "cleared", "passkey")]
    assert lights(office, NORTH) == NOT_ASKED
    assert [one.who for one in shown(office)] == ["mara.ellend", "tomas.weyl"], "at their own node they are named"
    assert "mara" not in repr(last_act(office.hub)) and "tomas" not in repr(last_act(office.hub)), "roles, never names"


def test_refused_or_in_need(two: tuple[Office, Officer, Officer]) -> None:
    office, mara, tomas = two
    number = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    refuse_act(office.hub.node, tomas.actor("approver"), RefuseActRequest(number=number, reason="Not yet."))
    first, second = shown(office)
    assert (first.state, first.who, second.state, second.who) == ("asked", "mara.ellend", "refused", "tomas.weyl")
    assert (second.act, second.why) == (number, "Not yet.") and second.at
    assert lights(office, NORTH) == NOT_ASKED, "it was refused for another"
    office.hub.clock.now = Instant(office.hub.clock.now + 1_000)
    number = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    wish = BreakGlassRequest(number=number, reason="It cannot wait.")
    VERBS["act break-glass"].run(office.hub.node, mara.actor("releaser"), wish)
    assert lights(office) == [("releaser", "cleared", ""), ("approver", "without", "break-glass")]


def test_the_reason_of_a_refusal_is_for_whom_it_concerns(two: tuple[Office, Officer, Officer]) -> None:
    office, mara, tomas = two
    ines = Officer(office, "ines.corvane", "analyst", number=3)
    number = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    refuse_act(office.hub.node, tomas.actor("approver"), RefuseActRequest(number=number, reason="Not yet."))
    wish = ReleaseRenditionRequest(id=ITEM, to=RURI)
    for actor, why in (
        (mara.actor("releaser"), "Not yet."),
        (tomas.actor("approver"), "Not yet."),
        (ines.actor("analyst"), ""),
    ):
        light = release_rendition(office.hub.node, actor, wish).clearance[1]
        assert (light.state, light.who, light.why) == ("refused", "tomas.weyl", why)


def test_what_nobody_answered_lapses_what_was_withdrawn_is_nothing_and_what_was_granted_stays_cleared(
    two: tuple[Office, Officer, Officer],
) -> None:
    office, mara, tomas = two
    number = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    VERBS["act withdraw"].run(office.hub.node, mara.actor("releaser"), WithdrawActRequest(number=number))
    assert lights(office) == NOT_ASKED
    asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    office.hub.clock.now = Instant(office.hub.clock.now + APPROVED_WITHIN_MS)
    assert lights(office) == [("releaser", "asked", ""), ("approver", "lapsed", "")]
    tomas.approve(asked(office.hub, mara.actor("releaser"), "release grant", WISH))
    again = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    refuse_act(office.hub.node, tomas.actor("approver"), RefuseActRequest(number=again, reason="Once is enough."))
    assert lights(office) == [("releaser", "cleared", ""), ("approver", "cleared", "passkey")]


def test_what_an_act_is_about_is_not_in_the_database_in_clear(two: tuple[Office, Officer, Officer]) -> None:
    office, mara, tomas = two
    number = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    refuse_act(office.hub.node, tomas.actor("approver"), RefuseActRequest(number=number, reason="Not yet."))
    with office.hub.node.store.read() as tx:
        about = [bytes(row.about) for row in tx.execute(select(pending_about))]
    assert len(about) == 2 and not {hashlib.sha256(word.encode()).digest() for word in (ITEM, RURI)} & set(about)


def test_alone_or_up_to_ones_level_no_second_is_needed_and_of_others_items_there_is_no_light(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        office.hub.put(an_object("indicator", 1))
        office.hub.put(an_object("indicator", 2), source=NORTH)
        VERBS["release grant"].run(office.hub.node, Actor(name="o", role="operator", via="cli"), WISH)
        assert lights(office) == [("releaser", "cleared", ""), ("approver", "not-needed", "")]
        assert shown(office, RURI, an_id("indicator", 2)) == ()
