"""Tests changes of accounts: each ends the sessions, nobody changes their own, an administrator always remains."""

from typing import Any

import pytest

from comity.desk.actor import Actor
from comity.desk.begin_account import look_at_code
from comity.desk.change_account import AccountChanged, ChangeAccountRequest, change_account
from comity.errors import Conflict, NotFound, NotPermitted, Unauthenticated, UsageError
from tests.support.desk import Office
from tests.support.nodes import OFFICER


def change(office: Office, actor: Actor = OFFICER, **said: Any) -> AccountChanged:
    return change_account(office.hub.node, actor, ChangeAccountRequest(**said))


@pytest.mark.parametrize(
    "said", [{"change": "roles", "roles": ("analyst",)}, {"change": "disable"}, {"change": "invite"}]
)
def test_a_change_ends_the_sessions_at_once(office: Office, said: dict[str, Any]) -> None:
    visitor = office.signed_in("duty-officer")
    assert change(office, name="mara.ellend", **said).sessions_ended == 1
    assert visitor.get("/").status_code == 303


def test_new_roles_count_from_the_next_sign_in(office: Office) -> None:
    account = office.account("mara.ellend", "duty-officer")
    assert change(office, name="mara.ellend", change="roles", roles=("auditor",)).account.roles == ("auditor",)
    visitor = office.visitor()
    visitor.sign_in(account)
    assert "Mara Ellend, auditor" in visitor.get("/").text


def test_a_closed_account_opens_again_as_it_was(office: Office) -> None:
    account = office.account("mara.ellend")
    change(office, name="mara.ellend", change="disable")
    assert office.visitor().sign_in(account).status_code == 422
    assert change(office, name="mara.ellend", change="enable").account.state == "active"
    assert office.visitor().sign_in(account).status_code == 303


def test_an_invitation_takes_the_old_ways_in_away(office: Office) -> None:
    account = office.account("mara.ellend")
    invitation = change(office, name="mara.ellend", change="invite").invitation
    assert invitation is not None and invitation.account.state == "invited"
    assert office.visitor().sign_in(account).status_code == 422
    assert look_at_code(office.hub.node, invitation.code).name == "mara.ellend"
    change(office, name="mara.ellend", change="disable")
    with pytest.raises(Unauthenticated):
        look_at_code(office.hub.node, invitation.code)
    with pytest.raises(Conflict, match="disabled"):
        change(office, name="mara.ellend", change="invite")


def test_nobody_changes_their_own_account(office: Office) -> None:
    office.account("mara.ellend", "administrator")
    mara = Actor(name="mara.ellend", role="administrator", via="web")
    with pytest.raises(NotPermitted):
        change(office, mara, name="mara.ellend", change="roles", roles=("approver",))


def test_only_an_administrator_changes_accounts(office: Office) -> None:
    office.account("tomas.weyl")
    for role in ("approver", "auditor", "operator", "duty-officer"):
        actor = Actor(name="mara.ellend", role=role, via="web")  # type: ignore[arg-type]
        with pytest.raises(NotPermitted):
            change(office, actor, name="tomas.weyl", change="disable")


def test_the_last_administrator_stays(office: Office) -> None:
    office.account("mara.ellend", "administrator")
    for said in ({"change": "disable"}, {"change": "roles", "roles": ("analyst",)}):
        with pytest.raises(Conflict, match="last administrator"):
            change(office, name="mara.ellend", **said)
    office.account("tomas.weyl", "administrator", "operator")
    assert change(office, name="mara.ellend", change="disable").account.state == "disabled"
    with pytest.raises(Conflict, match="last administrator"):
        change(office, name="tomas.weyl", change="disable")


def test_what_is_not_there_or_cannot_be_is_said(office: Office) -> None:
    with pytest.raises(NotFound):
        change(office, name="nobody", change="disable")
    office.account("mara.ellend")
    with pytest.raises(UsageError):
        change(office, name="mara.ellend", change="roles")


def test_a_guest_stays_one_of_its_party_and_nobody_becomes_one(office: Office) -> None:
    office.account("nora.wind", "guest")
    office.account("mara.ellend", "analyst")
    for name, roles in (("nora.wind", ("analyst",)), ("mara.ellend", ("guest",)), ("nora.wind", ("guest", "analyst"))):
        with pytest.raises(Conflict):
            change(office, name=name, change="roles", roles=roles)
    assert change(office, name="nora.wind", change="roles", roles=("guest",)).account.party == "northwind-energy"
    for what in ("disable", "enable", "invite"):
        assert change(office, name="nora.wind", change=what).account.party == "northwind-energy"
