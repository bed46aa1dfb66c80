import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.submit_items import read_status, submit_items
from comity.desk.views import ReadQuery, StatusView
from comity.desk.withdraw_submission import withdraw_submission
from comity.errors import NotFound, NotPermitted, RecordRejected, UsageError
from tests.support.nodes import Freedonia, Object, an_id, an_object, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        yield made


def _post(hub: Freedonia, *objects: Object, party: str = P) -> StatusView:
    reader = hub.reader(party)
    return submit_items(hub.node, reader, reader.inbox_id, json.dumps({"objects": objects}).encode())


def test_every_object_is_answered_for(hub: Freedonia) -> None:
    status = _post(hub, an_object("malware", 1), {"type": "malware"}, an_object("indicator", 1))

    assert (status.total_count, status.success_count, len(status.failures), len(status.pendings)) == (3, 2, 1, 0)
    assert [line.id for line in status.successes] == [an_id("malware", 1), an_id("indicator", 1)]


def test_what_is_sent_twice_is_answered_for_as_the_first_time(hub: Freedonia) -> None:
    first, second = (_post(hub, an_object("malware", 1)) for _ in range(2))

    assert first.successes == second.successes
    assert first.successes[0].version == "2031-02-01T00:00:00.000Z"


def test_a_status_does_not_tell_what_was_imported_from_the_submitter(hub: Freedonia) -> None:
    hub.put(an_object("malware", 1), source=P)

    assert _post(hub, an_object("malware", 1)).successes == _post(hub, an_object("malware", 1)).successes
    assert _post(hub, an_object("malware", 1)).successes[0].message == ""


def test_a_status_is_its_submitters_alone(hub: Freedonia) -> None:
    status = _post(hub, an_object("malware", 1))

    assert read_status(hub.node, hub.reader(P), status.id) == status
    with pytest.raises(NotFound):
        read_status(hub.node, hub.reader(OTHER), status.id)


def test_only_the_own_inbox_takes_submissions(hub: Freedonia) -> None:
    mine, other = hub.reader(P), hub.reader(OTHER)

    with pytest.raises(NotPermitted):
        submit_items(hub.node, mine, mine.view_id, b'{"objects":[]}')
    with pytest.raises(NotFound):
        submit_items(hub.node, mine, other.inbox_id, b'{"objects":[]}')


@pytest.mark.parametrize("body", [b"", b"{", b'{"objects":[{"type":"malware"}', b"[", b"\xff"])
def test_a_cut_envelope_is_refused_whole(hub: Freedonia, body: bytes) -> None:
    reader = hub.reader(P)
    with pytest.raises((RecordRejected, UsageError)):
        submit_items(hub.node, reader, reader.inbox_id, body)


def test_what_was_taken_back_can_be_sent_again(hub: Freedonia) -> None:
    reader = hub.reader(P)
    _post(hub, an_object("malware", 1))
    hub.settle()
    withdraw_submission(hub.node, reader, reader.inbox_id, an_id("malware", 1), ReadQuery(limit=1, versions=("all",)))

    _post(hub, an_object("malware", 1))
    hub.settle()

    assert hub.explain(an_id("malware", 1), OTHER).id == an_id("malware", 1)
