"""Tests which parts of the first page are told as stale, to whom, and that a look keeps no session alive."""

from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.change_account import ChangeAccountRequest, change_account
from comity.desk.sessions import IDLE_MS, Person, begin_session, person_of
from comity.desk.watch_desk import fingerprints, stale
from comity.stores import accounts
from tests.support.nodes import OFFICER, Freedonia


def person(hub: Freedonia, name: str = "mara.ellend") -> tuple[Person, str]:
    request = AddAccountRequest(name=name, title="Mara Ellend", roles=("duty-officer",))
    add_account(hub.node, OFFICER, request)
    with hub.node.store.write() as tx:
        row = accounts.account_named(tx, name)
        assert row is not None
        secret = begin_session(hub.node, tx, row, "password", "127.0.0.1", hub.clock.now)
    return person_of(hub.node, secret), secret


def test_only_what_became_otherwise_is_stale(hub: Freedonia) -> None:
    mara, _ = person(hub)
    before = fingerprints(hub.node, mara)
    assert before is not None and fingerprints(hub.node, mara) == before
    hub.put(b'{"type":"tool"}')
    after = fingerprints(hub.node, mara)
    assert after is not None and stale(before, after) == ("intake",)
    assert stale(after, after) == ()


def test_a_look_ends_with_the_session_and_keeps_none_alive(hub: Freedonia) -> None:
    mara, secret = person(hub)
    for _ in range(5):
        hub.later(IDLE_MS // 5_000 - 1)
        assert fingerprints(hub.node, mara) is not None
        assert person_of(hub.node, secret, by_itself="1").no == mara.no
    hub.later(60)
    assert fingerprints(hub.node, mara) is None
    other, _ = person(hub, "tomas.weyl")
    assert fingerprints(hub.node, other) is not None
    change_account(hub.node, OFFICER, ChangeAccountRequest(name="tomas.weyl", change="disable"))
    assert fingerprints(hub.node, other) is None
