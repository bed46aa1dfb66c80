"""Tests that an account is added with nothing to sign in by, and that its code is kept as a hash alone."""

import pytest

from comity.desk.actor import Actor, PersonRole
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.begin_account import look_at_code
from comity.desk.registry import VERBS
from comity.desk.secrets import code_bytes
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.stores import accounts, directory, reading, registers
from tests.support.desk import Office
from tests.support.nodes import OFFICER, Freedonia

REQUEST = AddAccountRequest(name="mara.ellend", title="Mara Ellend", roles=("duty-officer", "approver"))
GUEST = AddAccountRequest(name="nora.wind", title="Nora Wind", roles=("guest",), party="northwind-energy")


def test_a_new_account_waits_for_its_person(hub: Freedonia) -> None:
    added = add_account(hub.node, OFFICER, REQUEST)
    assert (added.account.state, added.account.password, added.account.passkeys) == ("invited", False, 0)
    assert added.url == "http://localhost:8700/begin"
    assert look_at_code(hub.node, added.code).name == "mara.ellend"
    with hub.node.store.read() as tx:
        row = accounts.account_named(tx, "mara.ellend")
        assert row is not None and (row.password, row.totp) == (None, None)
        facts = [line.facts for line in registers.audit_rows(tx) if line.verb == "account add"]
        assert accounts.code_for(tx, code_bytes(added.code), hub.clock.now) == (row.no,)
    assert facts == ['{"account":"mara.ellend","roles":"duty-officer approver"}']


def test_a_name_is_taken_once(hub: Freedonia) -> None:
    add_account(hub.node, OFFICER, REQUEST)
    with pytest.raises(Conflict):
        add_account(hub.node, OFFICER, REQUEST)


def test_a_name_that_cannot_be_is_refused(hub: Freedonia) -> None:
    with pytest.raises(UsageError):
        add_account(hub.node, OFFICER, AddAccountRequest(name="Mara", title="Mara", roles=("analyst",)))


def test_a_guest_is_bound_to_a_party_whose_view_is_opened_by_it(hub: Freedonia) -> None:
    added = add_account(hub.node, OFFICER, GUEST)
    assert (added.account.party, added.account.roles) == ("northwind-energy", ("guest",))
    with hub.node.store.read() as tx:
        party = directory.party_named(tx, "northwind-energy")
        assert party is not None and reading.view_ids(tx, party.no) is not None
        facts = [line.facts for line in registers.audit_rows(tx) if line.verb == "account add"]
    assert facts == ['{"account":"nora.wind","roles":"guest","party":"northwind-energy"}']


@pytest.mark.parametrize(
    ("roles", "party", "error"),
    [
        (("guest",), None, UsageError),
        (("analyst",), "northwind-energy", UsageError),
        (("guest", "analyst"), "northwind-energy", Conflict),
        (("guest",), "freedonia-csirt", UsageError),
        (("guest",), "nobody", NotFound),
        (("guest",), "northwind\0energy", NotFound),
        (("guest",), "", NotFound),
    ],
)
def test_a_guest_is_of_one_other_party_and_has_no_role_beside(
    hub: Freedonia, roles: tuple[PersonRole, ...], party: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        add_account(hub.node, OFFICER, AddAccountRequest(name="nora.wind", title="Nora", roles=roles, party=party))
    with hub.node.store.read() as tx:
        assert accounts.account_named(tx, "nora.wind") is None


def test_administrators_invite_guests_and_guests_nobody(office: Office) -> None:
    office.account("ada.brandt", "administrator")
    add_account(office.hub.node, Actor(name="ada.brandt", role="administrator", via="web"), GUEST)
    guest = Actor(name="nora.wind", role="guest", via="web")
    request = AddAccountRequest(name="x", title="X", roles=("guest",), party="northwind-energy")
    with pytest.raises(NotPermitted):
        add_account(office.hub.node, guest, request)
    with pytest.raises(NotPermitted):
        VERBS["account add"].run(office.hub.node, guest, request)
