"""Tests that an act is carried out at most once, and what of it is unknown here not at all."""

import pytest

from comity.desk.actor import Actor
from comity.desk.add_party import AddPartyRequest
from comity.desk.carry_approved import Word, carry_approved, must_wait
from comity.desk.registry import VERBS
from comity.errors import Conflict, NotFound, NotPermitted
from comity.stores import approving, directory
from comity.stores.approving import PendingRow
from comity.values import Instant
from tests.support.desk import Office
from tests.support.nodes import OFFICER
from tests.support.two import asked

CONCORD = AddPartyRequest(title="Concord Secretariat", kind="organisation")
WORD = Word(actor=Actor(name="tomas.weyl", role="approver", via="web"), by="password", role="approver")


@pytest.fixture
def row(office: Office) -> PendingRow:
    office.account("mara.ellend", "analyst")
    office.account("tomas.weyl", "approver")
    number = asked(office.hub, OFFICER, "party add", CONCORD)
    with office.hub.node.store.read() as tx:
        return must_wait(tx, number, office.hub.clock.now)


def gladly(tx: object, now: Instant) -> None:
    """Let it be."""


def never(tx: object, now: Instant) -> None:
    raise NotPermitted("not any more")


def test_twice_it_is_done_once(office: Office, row: PendingRow) -> None:
    carry_approved(VERBS, office.hub.node, row, WORD, gladly)
    with pytest.raises(Conflict):
        carry_approved(VERBS, office.hub.node, row, WORD, gladly)


def test_what_whoever_lets_it_be_done_may_not_leaves_nothing(office: Office, row: PendingRow) -> None:
    with pytest.raises(NotPermitted):
        carry_approved(VERBS, office.hub.node, row, WORD, never)
    with office.hub.node.store.read() as tx:
        assert directory.party_named(tx, "concord-secretariat") is None
        assert must_wait(tx, row.no, office.hub.clock.now).state == approving.OPEN


def test_an_act_that_this_version_does_not_know_is_not_done(office: Office, row: PendingRow) -> None:
    with pytest.raises(Conflict, match="does not know"):
        carry_approved({}, office.hub.node, row, WORD, gladly)


def test_what_waits_is_found_and_nothing_else(office: Office, row: PendingRow) -> None:
    with office.hub.node.store.read() as tx:
        with pytest.raises(NotFound):
            must_wait(tx, 99, office.hub.clock.now)
        with pytest.raises(Conflict):
            must_wait(tx, row.no, Instant(row.until_ms))
