"""Tests what is asked for on an item's page, by whom, and that others find no such address."""

import pytest

from comity.desk.actor import PersonRole
from comity.records.kinds import Erasure, ReleaseGrant
from tests.support.desk import Office
from tests.support.nodes import an_id, an_object
from tests.support.two import last_act

INDICATOR = an_id("indicator", 1)
ERASE = {"reason": "A bystander's address.", "ordered_by": "Data protection officer"}


def test_alone_at_a_node_one_person_does_it_at_once(office: Office) -> None:
    office.hub.put(an_object("indicator", 1), tlp="amber")
    visitor = office.signed_in("duty-officer", "releaser")
    visitor.get(f"/items/{INDICATOR}")
    assert visitor.fill("/grant", to="ruritania-csirt", reason="The same case.").status_code == 303
    grant = last_act(office.hub)
    assert isinstance(grant, ReleaseGrant) and grant.to == ("ruritania-csirt",) and not grant.approvals
    visitor.get(f"/items/{INDICATOR}")
    assert visitor.fill("/erase", **ERASE).status_code == 303
    assert isinstance(last_act(office.hub), Erasure)
    assert visitor.get(f"/items/{INDICATOR}").status_code == 404


def test_a_grant_is_offered_of_own_items_alone(office: Office) -> None:
    office.hub.put(an_object("indicator", 1))
    office.hub.put(an_object("indicator", 2), source="northwind-energy")
    visitor = office.signed_in("releaser")
    assert "Let a party have it" in visitor.get(f"/items/{INDICATOR}").text
    page = visitor.get(f"/items/{an_id('indicator', 2)}").text
    assert "Let a party have it" not in page and "Erase it" not in page
    other = f"/items/{an_id('indicator', 2)}/grant"
    token = {"csrf": visitor.csrf if "csrf" in page else "", "to": "ruritania-csirt", "reason": "x"}
    visitor.get("/account")
    assert visitor.post(other, token | {"csrf": visitor.csrf}).status_code == 403


@pytest.mark.parametrize("role", ["analyst", "administrator", "auditor", "approver"])
@pytest.mark.parametrize("name", ["erase", "grant"])
def test_to_others_there_is_no_such_address(office: Office, role: PersonRole, name: str) -> None:
    office.hub.put(an_object("indicator", 1))
    visitor = office.signed_in(role)
    visitor.get("/account")
    fields = {"csrf": visitor.csrf, "to": "ruritania-csirt", **ERASE}
    assert visitor.post(f"/items/{INDICATOR}/{name}", fields).status_code == 404
    assert visitor.post(f"/items/{INDICATOR}/{name}", fields | {"csrf": "x"}).status_code == 403
    assert office.visitor().post(f"/items/{INDICATOR}/{name}", fields).status_code == 401


def test_a_field_that_is_empty_is_refused(office: Office) -> None:
    office.hub.put(an_object("indicator", 1))
    visitor = office.signed_in("duty-officer")
    visitor.get(f"/items/{INDICATOR}")
    assert visitor.fill("/erase", reason=" ", ordered_by="x").status_code == 400
