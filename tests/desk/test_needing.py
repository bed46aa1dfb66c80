"""Tests who is told of what: by role, by what the first page shows, and of one's own account alone."""

from pathlib import Path

import msgspec
import pytest

from comity.desk.actor import PersonRole
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.needing import event_of, needs_of
from comity.desk.recover_account import RecoverAccountRequest, recover_account
from comity.stores import accounts
from comity.stores.accounts import AccountRow
from comity.stores.registers import AuditRow
from comity.values import instant
from tests.desk.test_ask_originator import ask, given_to_ruritania
from tests.desk.test_take_grant import TITLES
from tests.support.desk_story import busy
from tests.support.federation import federation
from tests.support.nodes import OFFICER, Freedonia
from tests.support.notices import a_post


def account(hub: Freedonia, name: str) -> AccountRow:
    with hub.node.store.read() as tx:
        row = accounts.account_named(tx, name)
    assert row is not None
    return row


def line(
    verb: str, actor: str = "mara.ellend", number: int = 1, at: str = "2031-03-01T12:00:00Z", **facts: object
) -> AuditRow:
    return AuditRow(number, instant(at), actor, "web", verb, msgspec.json.encode(facts).decode())


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("duty-officer", {"quarantine", "alarm"}),
        ("analyst", {"quarantine"}),
        ("directory-officer", {"alarm", "change"}),
        ("legal-adviser", {"change"}),
        ("auditor", set()),
    ],
)
def test_each_role_is_told_what_is_its_own(tmp_path: Path, role: PersonRole, kinds: set[str]) -> None:
    with a_post(tmp_path) as post:
        post.person(role)
        busy(post.hub)
        assert {thing.kind for thing in needs_of(post.hub.node, account(post.hub, "mara.ellend"))} == kinds


def test_a_recovery_is_told_to_its_owner_and_to_administrators(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        for name, role in (("mara.ellend", "analyst"), ("tomas.weyl", "administrator"), ("ines.kart", "analyst")):
            post.person(role, name=name)  # type: ignore[arg-type]  # two of the roles
        request = RecoverAccountRequest(name="mara.ellend", step="ask", reason="lost")
        recover_account(post.hub.node, OFFICER, request)
        told = {
            name: [thing.kind for thing in needs_of(post.hub.node, account(post.hub, name))]
            for name in ("mara.ellend", "tomas.weyl", "ines.kart")
        }
        assert told == {"mara.ellend": ["recovery"], "tomas.weyl": ["recovery"], "ines.kart": []}
        assert all("lost" not in thing.detail for thing in needs_of(post.hub.node, account(post.hub, "tomas.weyl")))


def test_what_another_party_asks_is_told_to_those_who_can_grant_it(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        ask(ruri, north.name)
        free.sync(ruri.name)
        told = {}
        for name, role in (("mara.ellend", "releaser"), ("tomas.weyl", "duty-officer")):
            add_account(free.node, OFFICER, AddAccountRequest(name=name, title=name, roles=(role,)))  # type: ignore[arg-type]
            with free.node.store.read() as tx:
                row = accounts.account_named(tx, name)
            assert row is not None
            told[name] = [thing for thing in needs_of(free.node, row) if thing.kind == "request"]
        (one,) = told["mara.ellend"]
        assert told["tomas.weyl"] == []
        assert ruri.name in one.detail and north.name in one.detail


def test_events_are_told_of_the_own_account_alone(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        post.person("analyst")
        mara = account(post.hub, "mara.ellend")
        assert event_of(mara, line("account passkey added", passkey="the office key"), 1) is not None
        assert event_of(mara, line("account passkey added", actor="ines.kart"), 1) is None
        assert event_of(mara, line("item import"), 1) is None
        assert event_of(mara, line("account change", actor="tomas.weyl", account="mara.ellend"), 1) is not None
        assert event_of(mara, line("account change", account="tomas.weyl"), 1) is None
        assert event_of(mara, line("account recover", account="mara.ellend", step="second"), 1) is None
        assert event_of(mara, line("account recover", account="mara.ellend", step="complete"), 1) is not None
        assert event_of(mara, line("channel add", account="mara.ellend", channel=1), 1) is None
        assert event_of(mara, line("channel add", account="mara.ellend", channel=2), 1) is not None
        broken = line("account sign-in")._replace(facts="{")
        assert event_of(mara, broken, 1) is not None


def test_one_address_gives_one_notice_of_a_sign_in_and_guesses_one_a_day(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        post.person("analyst")
        mara = account(post.hub, "mara.ellend")

        def keys(*lines: AuditRow) -> int:
            return len({event.key for one in lines if (event := event_of(mara, one, 1)) is not None})

        seen = [line("account sign-in", number=no, address="10.0.0.1", method="passkey") for no in range(5)]
        assert keys(*seen) == 1
        assert keys(*seen, line("account sign-in", address="10.0.0.2", method="passkey")) == 2
        tried = [line("account sign-in refused", number=no, address=f"10.0.0.{no}") for no in range(50)]
        assert keys(*tried) == 1
        assert keys(*tried, line("account sign-in refused", at="2031-03-02T12:00:00Z")) == 2
