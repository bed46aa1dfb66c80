"""Tests the table of acts that need a second person, and when it binds."""

import msgspec
import pytest

from comity.desk.add_outlet import AddOutletRequest
from comity.desk.add_party import AddPartyRequest
from comity.desk.erase_item import EraseItemRequest
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.list_parties import ListPartiesRequest
from comity.desk.mark_item import MarkItemRequest
from comity.desk.registry import VERBS
from comity.desk.roles import NEVER_TOGETHER
from comity.desk.two_persons import RULES, approving_role, may_approve, officer_count, rule_for
from comity.stores import accounts
from tests.support.desk import Office
from tests.support.nodes import OFFICER, an_id, an_object


def binds(office: Office, verb: str, request: msgspec.Struct) -> bool:
    with office.hub.node.store.read() as tx:
        return rule_for(office.hub.node, tx, verb, request) is not None


def test_the_table_names_verbs_that_write_and_approvers_who_run_nothing() -> None:
    for verb, rule in RULES.items():
        assert VERBS[verb].writes and rule.approvers
        for pair in NEVER_TOGETHER:
            assert len(rule.approvers & pair) <= 1
        assert not rule.approvers & {"administrator", "operator", "auditor"}


def test_it_binds_once_a_second_officer_has_a_way_in(office: Office) -> None:
    request = AddPartyRequest(title="Concord Secretariat", kind="organisation")
    office.account("mara.ellend", "analyst")
    assert not binds(office, "party add", request)
    office.account("ada.lin", "auditor")
    office.account("otto.ran", "operator")
    assert not binds(office, "party add", request)
    office.account("tomas.weyl", "approver")
    assert binds(office, "party add", request)
    with office.hub.node.store.read() as tx:
        assert officer_count(tx) == 2
    office.close("tomas.weyl")
    assert not binds(office, "party add", request)
    assert VERBS["party add"].run(office.hub.node, OFFICER, request)


@pytest.fixture
def two(office: Office) -> Office:
    office.account("mara.ellend", "analyst")
    office.account("tomas.weyl", "approver")
    office.hub.put(an_object("indicator", 1), tlp="green")
    office.hub.put(an_object("indicator", 2), tlp="amber")
    return office


def test_what_lowers_needs_two_what_raises_does_not(two: Office) -> None:
    for said, needs in (("no", True), ("as-ruled", True), ("yes", False)):
        request = MarkItemRequest(id=an_id("indicator", 1), personal=said, reason="x")  # type: ignore[arg-type]
        assert binds(two, "item mark", request) is needs


def test_a_grant_needs_two_above_the_stated_level(two: Office) -> None:
    for ids, needs in (((1,), False), ((2,), True), ((1, 2), True), ((9,), False)):
        request = GrantReleaseRequest(ids=tuple(an_id("indicator", n) for n in ids), to=("ruritania-csirt",))
        assert binds(two, "release grant", request) is needs


def test_erasing_publishing_and_adding_need_two(two: Office) -> None:
    assert binds(two, "item erase", EraseItemRequest(id=an_id("indicator", 1), reason="x", ordered_by="y"))
    assert binds(two, "outlet add", AddOutletRequest(party="ruritania-csirt", url="https://hub.example/"))
    assert not binds(two, "party list", ListPartiesRequest())


def test_who_may_approve_follows_from_the_account(two: Office) -> None:
    with two.hub.node.store.read() as tx:
        rows = {row.name: row for row in accounts.account_rows(tx)}
    assert may_approve(rows["tomas.weyl"], "item erase") == "approver"
    assert may_approve(rows["mara.ellend"], "item erase") is None
    assert may_approve(None, "item erase") is None
    assert may_approve(rows["tomas.weyl"]._replace(disabled_ms=1), "item erase") is None
    assert approving_role(("analyst", "approver"), "party list") is None


def test_a_guest_is_no_officer_and_approves_nothing(office: Office) -> None:
    office.account("mara.ellend", "duty-officer")
    for name in ("nora.wind", "otto.wind"):
        office.account(name, "guest")
    with office.hub.node.store.read() as tx:
        assert officer_count(tx) == 1
        row = accounts.account_named(tx, "nora.wind")
        assert all(may_approve(row, verb) is None for verb in RULES)
