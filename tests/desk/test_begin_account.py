"""Tests what a one-time code opens, and that it does so once, in time, and for one account."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pyotp
import pytest

from comity.desk.accounts import INVITED_FOR_MS
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.begin_account import FOUNDING_FOR_MS, BeginRequest, begin_account, founding_code, look_at_code
from comity.desk.secrets import new_totp
from comity.errors import ComityError, Unauthenticated
from comity.stores import accounts, registers
from comity.values import Instant
from tests.support.nodes import OFFICER, Freedonia

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def a_request(hub: Freedonia, code: str, name: str = "mara.ellend") -> BeginRequest:
    return BeginRequest(
        code=code,
        name=name,
        title="Mara Ellend",
        password="plum river cabinet forty",
        totp_secret=SECRET,
        totp_code=pyotp.TOTP(SECRET).at(int(hub.clock.now) // 1000),
    )


def test_each_start_of_a_node_without_accounts_gives_a_new_code_and_ends_the_one_before(hub: Freedonia) -> None:
    first, second = founding_code(hub.node), founding_code(hub.node)
    assert first is not None and second is not None and first != second
    assert look_at_code(hub.node, second).name == ""
    with pytest.raises(Unauthenticated):
        look_at_code(hub.node, first)


def test_a_code_for_the_first_account_is_worth_nothing_once_there_is_one(hub: Freedonia) -> None:
    code = founding_code(hub.node)
    assert code is not None
    add_account(hub.node, OFFICER, AddAccountRequest(name="tomas", title="Tomas", roles=("analyst",)))
    with pytest.raises(Unauthenticated):
        begin_account(hub.node, a_request(hub, code), "127.0.0.1")
    assert founding_code(hub.node) is None


def test_the_first_account_is_an_administrator_and_no_more(hub: Freedonia) -> None:
    code = founding_code(hub.node)
    assert code is not None
    assert begin_account(hub.node, a_request(hub, code), "127.0.0.1") == "mara.ellend"
    with hub.node.store.read() as tx:
        (row,) = accounts.account_rows(tx)
    assert (row.roles, row.title) == ("administrator", "Mara Ellend")
    assert row.password is not None and "plum" not in row.password and row.totp is not None


def test_who_has_a_code_does_not_choose_the_name_or_roles_of_the_account(hub: Freedonia) -> None:
    added = add_account(hub.node, OFFICER, AddAccountRequest(name="tomas", title="Tomas", roles=("analyst",)))
    assert begin_account(hub.node, a_request(hub, added.code, "mara.ellend"), "127.0.0.1") == "tomas"
    with hub.node.store.read() as tx:
        (row,) = accounts.account_rows(tx)
    assert (row.name, row.title, row.roles) == ("tomas", "Tomas", "analyst")


def test_the_code_used_to_begin_does_not_sign_in_as_well(hub: Freedonia) -> None:
    added = add_account(hub.node, OFFICER, AddAccountRequest(name="tomas", title="Tomas", roles=("analyst",)))
    begin_account(hub.node, a_request(hub, added.code), "127.0.0.1")
    with hub.node.store.write() as tx:
        assert not accounts.use_totp(tx, 1, int(hub.clock.now) // 30_000)


@pytest.mark.parametrize("founding", [True, False])
def test_a_code_holds_for_its_time(hub: Freedonia, founding: bool) -> None:
    request = AddAccountRequest(name="tomas", title="Tomas", roles=("analyst",))
    code = founding_code(hub.node) if founding else add_account(hub.node, OFFICER, request).code
    assert code is not None
    began, holds = hub.clock.now, FOUNDING_FOR_MS if founding else INVITED_FOR_MS
    hub.clock.now = Instant(began + holds - 1)
    look_at_code(hub.node, code)
    hub.clock.now = Instant(began + holds)
    with pytest.raises(Unauthenticated):
        begin_account(hub.node, a_request(hub, code), "127.0.0.1")


def test_of_two_who_use_a_code_at_once_one_gets_the_account(hub: Freedonia) -> None:
    code = founding_code(hub.node)
    assert code is not None

    def begin(name: str) -> str:
        try:
            return begin_account(hub.node, a_request(hub, code, name), "127.0.0.1")
        except ComityError as error:
            return error.code

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(begin, ("mara", "tomas")))
    assert outcomes in (["mara", "unauthenticated"], ["tomas", "unauthenticated"])


def test_a_request_shows_no_secret(hub: Freedonia) -> None:
    shown = repr(a_request(hub, "CODE1", "mara"))
    assert "plum" not in shown and SECRET not in shown and "CODE1" not in shown
    assert new_totp(hub.entropy) != new_totp(hub.entropy)


def test_the_audit_tells_the_first_account_from_an_invited_administrator(hub: Freedonia) -> None:
    code = founding_code(hub.node)
    assert code is not None
    begin_account(hub.node, a_request(hub, code), "127.0.0.1")
    added = add_account(hub.node, OFFICER, AddAccountRequest(name="ada", title="Ada", roles=("administrator",)))
    begin_account(hub.node, a_request(hub, added.code), "127.0.0.1")
    with hub.node.store.read() as tx:
        _, lines = registers.audit_of(tx, "account begin", 2)
    told = {line.actor: msgspec.json.decode(line.facts)["first"] for line in lines}
    assert told == {"mara.ellend": True, "ada": False}
