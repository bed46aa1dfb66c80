"""Tests what stands around every page."""

import pytest

from comity.desk.accounts import ROLES
from comity.texts import speaking
from comity.values import instant
from comity.web.frame import ROOMS, listed, role_name, room_name, weekday
from tests.support.desk import Office


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_in_words(names: list[str], said: str) -> None:
    assert listed(names) == said


def test_days_roles_and_rooms_have_names_in_every_language() -> None:
    assert weekday(instant("2031-04-24T23:59:59Z")) == "Thursday"
    with speaking("en_XA"):
        said = [role_name(role) for role in ROLES] + [room_name(room.key) for room in ROOMS]
    assert all(name.startswith("⟦") for name in said)
    assert len(set(said)) == len(ROLES) + len(ROOMS) - 1, "the first page of a guest is called as that of all others"


def test_the_frame_says_whose_node_who_visits_and_when(office: Office) -> None:
    page = office.signed_in("duty-officer", "approver").get("/").text
    assert "<b>Freedonia CSIRT</b><span>node freedonia-csirt</span>" in page
    assert "Mara Ellend, duty officer and approver" in page
    assert "2031-03-01 12:00 UTC</time></b><span>Saturday</span>" in page
    assert 'aria-current="page"' in page


def test_a_stranger_sees_no_rooms(office: Office) -> None:
    assert 'class="rooms"' not in office.visitor().get("/sign-in").text
