"""Tests the lights of a release: not asked, asked, cleared by a second person, not needed, and not waited for."""

from pathlib import Path

import pytest

from comity.desk.actor import Actor
from comity.desk.clearances import Light
from comity.desk.decide_act import BreakGlassRequest, RefuseActRequest, refuse_act
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.registry import VERBS
from comity.desk.release_rendition import ReleaseRenditionRequest, release_rendition
from tests.support.desk import Office, an_office
from tests.support.nodes import OFFICER, a_marking, an_id, an_object
from tests.support.two import Officer, asked

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
    assert "mara" not in repr(shown(office)) and "tomas" not in repr(shown(office)), "roles, never names"


def test_refused_or_in_need(two: tuple[Office, Officer, Officer]) -> None:
    office, mara, tomas = two
    number = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    refuse_act(office.hub.node, tomas.actor("approver"), RefuseActRequest(number=number, reason="Not yet."))
    assert lights(office) == NOT_ASKED, "what was refused leaves nothing to read"
    number = asked(office.hub, mara.actor("releaser"), "release grant", WISH)
    wish = BreakGlassRequest(number=number, reason="It cannot wait.")
    VERBS["act break-glass"].run(office.hub.node, mara.actor("releaser"), wish)
    assert lights(office) == [("releaser", "cleared", ""), ("approver", "without", "break-glass")]


def test_alone_or_up_to_ones_level_no_second_is_needed_and_of_others_items_there_is_no_light(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        office.hub.put(an_object("indicator", 1))
        office.hub.put(an_object("indicator", 2), source=NORTH)
        VERBS["release grant"].run(office.hub.node, Actor(name="o", role="operator", via="cli"), WISH)
        assert lights(office) == [("releaser", "cleared", ""), ("approver", "not-needed", "")]
        assert shown(office, RURI, an_id("indicator", 2)) == ()
