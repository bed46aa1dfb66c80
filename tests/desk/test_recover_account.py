"""Tests that an account is recovered by two administrators after the delay, told to its owner, and by nothing less."""

import pytest

from comity.desk.actor import Actor
from comity.desk.change_account import ChangeAccountRequest, change_account
from comity.desk.recover_account import (
    ListRecoveriesRequest,
    RecoverAccountRequest,
    list_recoveries,
    recover_account,
    recovery_notices,
)
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.stores import accounts, noticing
from comity.stores.noticing import ChannelRow
from tests.support.desk import Office
from tests.support.nodes import OFFICER

ADA, OTTO, INES = (Actor(name=name, role="administrator", via="web") for name in ("ada.min", "otto.ran", "ines.korr"))


@pytest.fixture
def four(office: Office) -> Office:
    for actor in (ADA, OTTO, INES):
        office.account(actor.name, "administrator")
    office.account("mara.ellend", "analyst")
    return office


def step(office: Office, actor: Actor, word: str, name: str = "mara.ellend", reason: str = "") -> str:
    request = RecoverAccountRequest(name=name, step=word, reason=reason)  # type: ignore[arg-type]
    answer = recover_account(office.hub.node, actor, request)
    return answer.invitation.code if answer.invitation else answer.recovery.state


def turns(office: Office, name: str, *roles: str) -> list[str]:
    return [one.turn for one in recovery_notices(office.hub.node, name, roles)]  # type: ignore[arg-type]


def test_two_and_a_day_give_a_code_and_only_then_the_old_ways_go(four: Office) -> None:
    step(four, ADA, "ask", reason="Heard by telephone.")
    assert step(four, OTTO, "second") == "waiting"
    with four.hub.node.store.write() as tx:
        row = accounts.account_named(tx, "mara.ellend")
        assert row is not None and row.password is not None
        own, other = accounts.account_named(tx, "ada.min"), row
        for account in (own, other):
            assert account is not None
            channel = ChannelRow(
                0, account.no, "mail", "m@x.example", 0, None, None, "digest", 7, 0, 0, -1, None, 0, None
            )
            noticing.add_channel(tx, channel)
    four.hub.later(24 * 3600 - 1)
    with pytest.raises(Conflict, match="wait for that"):
        step(four, ADA, "complete")
    four.hub.later(1)
    assert len(step(four, ADA, "complete")) > 20
    with four.hub.node.store.read() as tx:
        row = accounts.account_named(tx, "mara.ellend")
        left = [one.account_no for one in noticing.channels(tx)]
    assert row is not None and row.password is None
    assert row.no not in left and len(left) == 1, "nobody else's channel goes"
    with pytest.raises(NotFound):
        step(four, OTTO, "complete")


def test_the_second_word_is_another_administrators(four: Office) -> None:
    step(four, ADA, "ask", reason="x")
    with pytest.raises(NotPermitted, match="themselves"):
        step(four, ADA, "second")
    with pytest.raises(Conflict, match="not spoken"):
        step(four, ADA, "complete")
    step(four, OTTO, "second")
    with pytest.raises(Conflict, match="seconded already"):
        step(four, INES, "second")
    four.hub.later(24 * 3600)
    with pytest.raises(NotPermitted, match="one of the two"):
        step(four, INES, "complete")


def test_nobody_recovers_their_own_or_one_above(four: Office) -> None:
    four.account("ruth.vale", "administrator", "operator", "duty-officer")
    for name in ("ada.min", "ruth.vale"):
        with pytest.raises(NotPermitted):
            step(four, ADA, "ask", name=name, reason="x")


def test_any_administrator_ends_it_and_it_is_asked_for_anew(four: Office) -> None:
    step(four, ADA, "ask", reason="x")
    with pytest.raises(Conflict, match="runs already"):
        step(four, INES, "ask", reason="y")
    assert step(four, INES, "cancel") is not None
    with pytest.raises(NotFound):
        step(four, OTTO, "second")
    assert step(four, ADA, "ask", reason="again") == "asked"


def test_it_needs_a_reason_an_account_and_an_open_one(four: Office) -> None:
    with pytest.raises(UsageError):
        step(four, ADA, "ask", reason="  ")
    with pytest.raises(NotFound):
        step(four, ADA, "ask", name="nobody", reason="x")
    change_account(four.hub.node, OFFICER, ChangeAccountRequest(name="mara.ellend", change="disable"))
    with pytest.raises(Conflict, match="disabled"):
        step(four, ADA, "ask", reason="x")


def test_each_is_told_what_is_theirs_to_do(four: Office) -> None:
    step(four, ADA, "ask", reason="x")
    assert turns(four, "mara.ellend", "analyst") == ["own"]
    assert turns(four, "tomas.weyl", "analyst") == []
    assert [turns(four, one.name, "administrator") for one in (ADA, OTTO, INES)] == [["told"], ["second"], ["second"]]
    step(four, OTTO, "second")
    assert turns(four, "ada.min", "administrator") == ["told"]
    four.hub.later(24 * 3600)
    assert [turns(four, one.name, "administrator") for one in (ADA, OTTO, INES)] == [
        ["complete"],
        ["complete"],
        ["told"],
    ]
    (one,) = list_recoveries(four.hub.node, ADA, ListRecoveriesRequest()).recoveries
    assert (one.account, one.seconded_by, one.is_ready) == ("mara.ellend", "otto.ran", True)
