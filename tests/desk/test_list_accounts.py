"""Tests that accounts are listed by name with their state, and no secret."""

import msgspec

from comity.desk.list_accounts import ListAccountsRequest, list_accounts
from tests.support.desk import Office
from tests.support.nodes import OFFICER


def test_accounts_are_listed_with_their_state_and_no_secret(office: Office) -> None:
    office.account("tomas.weyl", "releaser")
    office.account("mara.ellend", "duty-officer", "approver")
    office.close("tomas.weyl")
    listed = list_accounts(office.hub.node, OFFICER, ListAccountsRequest())
    assert [(one.name, one.state, one.roles) for one in listed.accounts] == [
        ("mara.ellend", "active", ("duty-officer", "approver")),
        ("tomas.weyl", "disabled", ("releaser",)),
    ]
    assert b"argon2" not in msgspec.json.encode(listed)
