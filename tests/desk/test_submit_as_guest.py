"""Tests that a guest submits as the party's TAXII client does: same statuses, same inbox, same taking back."""

import json

import msgspec
import pytest

from comity.desk.submit_as_guest import (
    ListSubmissionsRequest,
    SubmitAsGuestRequest,
    WithdrawAsGuestRequest,
    list_submissions,
    submit_as_guest,
    withdraw_as_guest,
)
from comity.desk.submit_items import read_status, submit_items
from comity.desk.views import ReadQuery
from comity.desk.withdraw_submission import withdraw_submission
from comity.errors import Conflict, NotFound, NotPermitted, RecordRejected, TooLarge
from comity.stores import keeping, registers
from comity.stores.tables import LIVE
from comity.values import Instant
from tests.support.guests import BEACON, HIDDEN, NORTH, RURI, guest_of, shares
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object

TOOL = an_id("tool", 7)


def body(*objects: object) -> bytes:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()


def source_of(hub: Freedonia, stix_id: str) -> list[tuple[int, int]]:
    with hub.node.store.read() as tx:
        return [(row.source_no, row.state) for row in keeping.records_under(tx, stix_id)]


def test_each_object_is_answered_for_as_over_taxii(hub: Freedonia) -> None:
    shares(hub)
    actor, reader = guest_of(hub), hub.reader(NORTH)
    sent = body(an_object("tool", 7), {"type": 7}, an_object("indicator", 4), {"id": "tool--1", "type": "tool"})
    mine = submit_as_guest(hub.node, actor, SubmitAsGuestRequest(body=sent))
    theirs = submit_items(hub.node, reader, reader.inbox_id, sent)
    assert msgspec.structs.replace(mine, id="") == msgspec.structs.replace(theirs, id="")
    assert read_status(hub.node, reader, mine.id) == mine
    assert source_of(hub, TOOL) == [(reader.reader_no, LIVE)], "what is posted twice is kept once, for the party"
    listed = list_submissions(hub.node, actor, ListSubmissionsRequest())
    assert {one.id for one in listed.submissions} == {mine.id, theirs.id}
    assert list_submissions(hub.node, actor, ListSubmissionsRequest(id=theirs.id)).submissions == (theirs,)


def test_one_object_and_an_envelope_are_taken_as_a_bundle_is(hub: Freedonia) -> None:
    actor = guest_of(hub)
    for sent in (json.dumps(an_object("tool", 7)), json.dumps({"objects": [an_object("tool", 7)]})):
        assert submit_as_guest(hub.node, actor, SubmitAsGuestRequest(body=sent.encode())).success_count == 1


@pytest.mark.parametrize(
    "sent", [b"", b"[]", b"no", b'{"objects": [', b'{"a":' * 5_000, b"\xff{}", b'{"objects": 7}', b"\x00"]
)
def test_what_cannot_be_read_is_refused_whole(hub: Freedonia, sent: bytes) -> None:
    with pytest.raises(RecordRejected):
        submit_as_guest(hub.node, guest_of(hub), SubmitAsGuestRequest(body=sent))
    assert list_submissions(hub.node, guest_of(hub, RURI, "r"), ListSubmissionsRequest()).submissions == ()


def test_what_is_too_large_is_refused(hub: Freedonia) -> None:
    huge = b'{"objects":[]}' + b" " * hub.node.settings.max_content_length
    with pytest.raises(TooLarge):
        submit_as_guest(hub.node, guest_of(hub), SubmitAsGuestRequest(body=huge))


def test_a_repeated_request_has_one_effect(hub: Freedonia) -> None:
    actor, sent = guest_of(hub), body(an_object("tool", 7))
    asked = SubmitAsGuestRequest(body=sent, idempotency_key="night-1")
    assert submit_as_guest(hub.node, actor, asked) == submit_as_guest(hub.node, actor, asked)
    assert len(list_submissions(hub.node, actor, ListSubmissionsRequest()).submissions) == 1
    with hub.node.store.read() as tx:
        remembered = registers.earlier_answer(tx, actor.name, "night-1")
    assert remembered is not None and TOOL.encode() not in remembered[1]
    with hub.node.store.write() as tx:
        registers.forget_statuses(tx, Instant(hub.clock.now + 1))
    again = submit_as_guest(hub.node, actor, asked)
    assert (again.total_count, again.success_count, again.successes) == (1, 1, ())
    with pytest.raises(Conflict):
        submit_as_guest(hub.node, actor, SubmitAsGuestRequest(body=b'{"objects":[]}', idempotency_key="night-1"))


def test_a_submission_is_the_partys_and_each_of_its_people_may_take_it_back(hub: Freedonia) -> None:
    shares(hub)
    first, second, reader = guest_of(hub), guest_of(hub, NORTH, "otto.wind"), hub.reader(NORTH)
    for number in (7, 8):
        submit_as_guest(hub.node, first, SubmitAsGuestRequest(body=body(an_object("tool", number))))
    done = withdraw_as_guest(hub.node, second, WithdrawAsGuestRequest(id=TOOL))
    assert (done.versions, source_of(hub, TOOL)[0][1]) == (1, 1)
    with pytest.raises(NotFound):
        withdraw_as_guest(hub.node, first, WithdrawAsGuestRequest(id=TOOL))
    withdraw_submission(hub.node, reader, reader.inbox_id, an_id("tool", 8), ReadQuery(limit=1, versions=("all",)))
    with hub.node.store.read() as tx:
        verbs = [(row.actor, row.via, row.verb) for row in registers.audit_rows(tx)][-4:]
    assert verbs == [
        ("nora.wind", "web", "guest submit"),
        ("nora.wind", "web", "guest submit"),
        ("otto.wind", "web", "guest withdraw"),
        (reader.user, "taxii", "withdraw"),
    ]


@pytest.mark.parametrize("name", [BEACON, HIDDEN, TOOL, "tool--nothing", "", "a\0b"])
def test_anothers_objects_are_not_taken_back(hub: Freedonia, name: str) -> None:
    shares(hub)
    theirs = guest_of(hub, RURI, "rosa.uri")
    sent = submit_as_guest(hub.node, theirs, SubmitAsGuestRequest(body=body(an_object("tool", 7))))
    ours = guest_of(hub)
    with pytest.raises(NotFound):
        withdraw_as_guest(hub.node, ours, WithdrawAsGuestRequest(id=name))
    with pytest.raises(NotFound):
        list_submissions(hub.node, ours, ListSubmissionsRequest(id=sent.id))


def test_only_guests_do(hub: Freedonia) -> None:
    with pytest.raises(NotPermitted):
        submit_as_guest(hub.node, OFFICER, SubmitAsGuestRequest(body=body()))
    with pytest.raises(NotPermitted):
        list_submissions(hub.node, OFFICER, ListSubmissionsRequest())
    with pytest.raises(NotPermitted):
        withdraw_as_guest(hub.node, OFFICER, WithdrawAsGuestRequest(id=TOOL))
