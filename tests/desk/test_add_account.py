"""Tests that an account is added with nothing to sign in by, and that its code is kept as a hash alone."""

import pytest

from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.begin_account import look_at_code
from comity.desk.secrets import code_bytes
from comity.errors import Conflict, UsageError
from comity.stores import accounts, registers
from tests.support.nodes import OFFICER, Freedonia

REQUEST = AddAccountRequest(name="mara.ellend", title="Mara Ellend", roles=("duty-officer", "approver"))


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
