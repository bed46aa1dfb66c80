"""Tests how an act that waits ends without approval: refused, withdrawn, or done by one person and reviewed."""

from typing import Any

import pytest

from comity.desk.actor import Actor
from comity.desk.add_party import AddPartyRequest
from comity.desk.decide_act import BreakGlassRequest, RefuseActRequest, ReviewActRequest, WithdrawActRequest
from comity.desk.list_acts import ListActsRequest
from comity.desk.registry import VERBS
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.stores import approving, directory, registers
from tests.support.desk import Office
from tests.support.nodes import OFFICER
from tests.support.two import asked, last_act

CONCORD = AddPartyRequest(title="Concord Secretariat", kind="organisation", reason="They keep the directory.")
TOMAS = Actor(name="tomas.weyl", role="approver", via="web")


@pytest.fixture
def number(office: Office) -> int:
    office.account("mara.ellend", "analyst")
    office.account("tomas.weyl", "approver")
    return asked(office.hub, OFFICER, "party add", CONCORD)


def do(office: Office, actor: Actor, verb: str, request: Any) -> Any:
    return VERBS[verb].run(office.hub.node, actor, request)


def entered(office: Office) -> bool:
    with office.hub.node.store.read() as tx:
        return directory.party_named(tx, "concord-secretariat") is not None


def test_a_refusal_names_its_reason_and_nothing_is_done(office: Office, number: int) -> None:
    view = do(office, TOMAS, "act refuse", RefuseActRequest(number=number, reason="Not yet."))
    assert (view.state, view.words, view.decided_by) == ("refused", "Not yet.", "tomas.weyl")
    for verb, request in (
        ("act refuse", RefuseActRequest(number=number, reason="Again.")),
        ("act withdraw", WithdrawActRequest(number=number)),
        ("act break-glass", BreakGlassRequest(number=number, reason="Again.")),
    ):
        with pytest.raises(Conflict, match="decided already"):
            do(office, TOMAS if verb == "act refuse" else OFFICER, verb, request)
    assert not entered(office)


def test_only_who_asked_withdraws(office: Office, number: int) -> None:
    with pytest.raises(NotFound):
        do(office, TOMAS, "act withdraw", WithdrawActRequest(number=number))
    other = Actor(name="officer", role="administrator", via="web")  # of the same name, by another door
    with pytest.raises(NotFound):
        do(office, other, "act withdraw", WithdrawActRequest(number=number))
    assert do(office, OFFICER, "act withdraw", WithdrawActRequest(number=number)).state == "withdrawn"


def test_nobody_refuses_their_own_and_no_word_is_empty(office: Office, number: int) -> None:
    own = asked(office.hub, Actor(name="tomas.weyl", role="administrator", via="cli"), "party add", CONCORD)
    with pytest.raises(NotPermitted):
        do(office, TOMAS, "act refuse", RefuseActRequest(number=own, reason="x"))
    for verb, request in (
        ("act refuse", RefuseActRequest(number=number, reason=" ")),
        ("act break-glass", BreakGlassRequest(number=number, reason="\n")),
        ("act review", ReviewActRequest(number=number, finding="")),
    ):
        with pytest.raises(UsageError):
            do(office, TOMAS if verb != "act break-glass" else OFFICER, verb, request)


def test_in_need_one_person_does_it_and_the_act_says_so(office: Office, number: int) -> None:
    with pytest.raises(NotFound):
        do(office, TOMAS, "act break-glass", BreakGlassRequest(number=number, reason="not mine"))
    view = do(office, OFFICER, "act break-glass", BreakGlassRequest(number=number, reason="The line is down."))
    assert (view.state, view.method, view.review_until) == ("done", "break-glass", "2031-03-04T12:00:00.000Z")
    assert entered(office)
    (approval,) = last_act(office.hub).approvals
    assert (approval.by, approval.role, approval.assertion) == ("break-glass", "administrator", None)
    with office.hub.node.store.read() as tx:
        verbs = [row.verb for row in registers.audit_rows(tx)]
    assert verbs[-2:] == ["party add", "act break-glass"]
    with pytest.raises(Conflict):
        do(office, OFFICER, "act break-glass", BreakGlassRequest(number=number, reason="The line is down."))


def test_it_is_told_until_somebody_else_closes_the_review(office: Office, number: int) -> None:
    with pytest.raises(Conflict, match="no review"):
        do(office, TOMAS, "act review", ReviewActRequest(number=number, finding="x"))
    do(office, OFFICER, "act break-glass", BreakGlassRequest(number=number, reason="The line is down."))
    (seen,) = do(office, Actor(name="mara.ellend", role="analyst", via="web"), "act list", ListActsRequest()).acts
    assert (seen.words, seen.mine_to_review) == ("The line is down.", False)
    with pytest.raises(NotFound):
        do(office, OFFICER, "act review", ReviewActRequest(number=number, finding="mine"))
    view = do(office, TOMAS, "act review", ReviewActRequest(number=number, finding="It was down."))
    assert (view.finding, view.reviewed_by, view.review_until) == ("It was down.", "tomas.weyl", None)
    with pytest.raises(Conflict):
        do(office, TOMAS, "act review", ReviewActRequest(number=number, finding="again"))
    with office.hub.node.store.read() as tx:
        assert approving.unreviewed(tx) == []


def test_who_broke_the_glass_does_not_review_it(office: Office, number: int) -> None:
    tomas = Actor(name="tomas.weyl", role="administrator", via="cli")
    own = asked(office.hub, tomas, "party add", CONCORD)
    do(office, tomas, "act break-glass", BreakGlassRequest(number=own, reason="x"))
    with pytest.raises(NotPermitted):
        do(office, TOMAS, "act review", ReviewActRequest(number=own, finding="fine"))


def test_a_program_with_a_token_neither_breaks_the_glass_nor_reviews(office: Office, number: int) -> None:
    program = Actor(name="tomas.weyl", role="approver", via="api")
    for verb, request in (
        ("act break-glass", BreakGlassRequest(number=number, reason="x")),
        ("act review", ReviewActRequest(number=number, finding="x")),
    ):
        with pytest.raises(NotPermitted, match="no program"):
            do(office, program, verb, request)
