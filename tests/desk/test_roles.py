"""Tests which verbs a role opens, at the web's door and at others, and which roles go together."""

import pytest

from comity.desk.accounts import ROLES
from comity.desk.actor import Actor, PersonRole
from comity.desk.node_status import StatusRequest
from comity.desk.registry import VERBS
from comity.desk.roles import OPENED, hindrance, may, role_for
from comity.errors import NotPermitted
from tests.support.nodes import Freedonia


def by_web(role: PersonRole) -> Actor:
    return Actor(name="mara.ellend", role=role, via="web")


def test_the_table_names_verbs_that_there_are_and_roles_that_there_are() -> None:
    assert set(OPENED) <= set(VERBS)
    assert all(roles <= set(ROLES) for roles in OPENED.values())


def test_content_is_opened_to_those_who_work_with_it_alone() -> None:
    closed = {"auditor", "operator", "administrator", "directory-officer", "guest"}
    for verb in ("item show", "item search", "release explain"):
        assert OPENED[verb] == set(ROLES) - closed


def test_what_the_table_does_not_name_is_open_to_nobody_in_the_browser(hub: Freedonia) -> None:
    for name, verb in VERBS.items():
        for role in ROLES:
            if role in OPENED.get(name, ()):
                continue
            assert not may(by_web(role), name)
            with pytest.raises(NotPermitted):
                verb.run(hub.node, by_web(role), StatusRequest())


def test_at_other_doors_whoever_runs_the_node_may() -> None:
    for role in ("administrator", "operator"):
        assert may(Actor(name="x", role=role, via="cli"), "item erase")  # type: ignore[arg-type]
    assert not may(Actor(name="x", role="reader", via="taxii"), "item show")
    assert may(Actor(name="x", role="submitter", via="taxii"), "item import", frozenset(("submitter",)))


def test_a_guest_gets_what_stands_at_its_role_and_it_gives_nothing_to_others() -> None:
    own = {verb for verb, roles in OPENED.items() if "guest" in roles}
    assert own == {verb for verb in VERBS if verb.startswith("guest ")} | {"token add", "token list", "token revoke"}
    assert all(OPENED[verb] == {"guest"} for verb in own if verb.startswith("guest "))
    for role in set(ROLES) - {"guest"}:
        assert hindrance(("guest", role))


def test_a_person_acts_in_the_first_role_that_opens_the_verb() -> None:
    assert role_for(("duty-officer", "approver"), "item show") == "duty-officer"
    assert role_for(("directory-officer", "analyst"), "item show") == "analyst"
    assert role_for(("administrator",), "item show") is None
    assert role_for((), "node status") is None


@pytest.mark.parametrize(
    ("roles", "apart"),
    [
        (("approver", "administrator"), True),
        (("approver", "operator"), True),
        (("auditor", "analyst"), True),
        (("auditor",), False),
        (("duty-officer", "approver", "releaser"), False),
        (("operator", "administrator"), False),
    ],
)
def test_who_watches_over_others_is_not_one_of_them(roles: tuple[PersonRole, ...], apart: bool) -> None:
    assert bool(hindrance(roles)) is apart
