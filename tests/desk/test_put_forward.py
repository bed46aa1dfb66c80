"""Tests that an act is put forward as it will be done, sealed, and that nothing of it is done before."""

import pytest

from comity.desk.add_party import AddPartyRequest
from comity.desk.erase_item import EraseItemRequest
from comity.desk.mark_item import MarkItemRequest
from comity.desk.put_forward import LONGEST_REASON, Asked, asked_of
from comity.desk.registry import VERBS
from comity.errors import AwaitsApproval, Conflict, NodeError, UsageError
from comity.records import codec
from comity.records.kinds import Party
from comity.stores import approving, directory, keeping
from comity.stores.approving import PendingRow
from tests.support.desk import Office
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.two import asked

CONCORD = AddPartyRequest(title="Concord Secretariat", kind="organisation", reason="They keep the directory.")


@pytest.fixture
def two(office: Office) -> Office:
    office.account("mara.ellend", "analyst")
    office.account("tomas.weyl", "approver")
    return office


def row_of(office: Office, number: int) -> PendingRow:
    with office.hub.node.store.read() as tx:
        row = approving.pending(tx, number)
    assert row is not None
    return row


def opened(office: Office, number: int) -> Asked:
    return asked_of(office.hub.node, row_of(office, number))


def test_nothing_is_kept_but_what_was_asked_for(two: Office) -> None:
    with two.hub.node.store.read() as tx:
        before = keeping.next_numbers(tx, 0)
    number = asked(two.hub, OFFICER, "party add", CONCORD)
    with two.hub.node.store.read() as tx:
        assert keeping.next_numbers(tx, 0) == before
        assert directory.party_named(tx, "concord-secretariat") is None
    (payload,) = opened(two, number).payloads
    act = codec.decode(payload)
    assert isinstance(act, Party) and act.name == "concord-secretariat"


def test_what_waits_is_sealed_by_a_key_outside_the_database(two: Office) -> None:
    number = asked(two.hub, OFFICER, "party add", CONCORD)
    row = row_of(two, number)
    assert b"concord" not in (row.sealed or b"").lower()
    with pytest.raises(NodeError):
        asked_of(two.hub.node, row._replace(sealed=b"x" * 80))
    with pytest.raises(NodeError):
        asked_of(two.hub.node, row._replace(sealed=None))


def test_its_challenge_is_of_the_request_and_of_each_payload(two: Office) -> None:
    number = asked(two.hub, OFFICER, "party add", CONCORD)
    other = asked(two.hub, OFFICER, "party add", AddPartyRequest(title="Concord Secretariat", kind="state"))
    assert row_of(two, number).challenge == opened(two, number).laid.challenge
    assert row_of(two, number).challenge != row_of(two, other).challenge


def test_what_signs_nothing_waits_too(two: Office) -> None:
    two.hub.put(an_object("indicator", 1))
    request = MarkItemRequest(id=an_id("indicator", 1), personal="no", reason="A company's address.")
    number = asked(two.hub, OFFICER, "item mark", request)
    assert opened(two, number).payloads == ()
    assert row_of(two, number).reason == "A company's address."


def test_what_the_act_itself_refuses_is_refused_at_once(two: Office) -> None:
    for request, error in (
        (AddPartyRequest(title="Ruritania CSIRT", kind="authority"), Conflict),
        (AddPartyRequest(title="Concord", kind="state", acts_for="freedonia"), UsageError),
    ):
        with pytest.raises(error):
            asked(two.hub, OFFICER, "party add", request)


def test_a_reason_is_bounded(two: Office) -> None:
    two.hub.put(an_object("indicator", 1))
    request = EraseItemRequest(id=an_id("indicator", 1), reason="x" * (LONGEST_REASON + 1), ordered_by="y")
    with pytest.raises(UsageError):
        asked(two.hub, OFFICER, "item erase", request)


def test_the_error_says_under_which_number_and_until_when(two: Office) -> None:
    with pytest.raises(AwaitsApproval) as waits:
        VERBS["party add"].run(two.hub.node, OFFICER, CONCORD)
    assert (waits.value.number, waits.value.until) == (1, "2031-03-02T12:00:00.000Z")
