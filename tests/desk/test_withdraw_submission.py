import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.show_guest import ShowGuestRequest, show_guest
from comity.desk.submit_items import submit_items
from comity.desk.views import ReadQuery
from comity.desk.withdraw_submission import withdraw_submission
from comity.errors import NotFound, NotPermitted
from tests.support.guests import guest_of
from tests.support.nodes import Freedonia, Object, agreement, an_id, an_object, clause, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"
MALWARE = an_id("malware", 1)
ALL = ReadQuery(limit=1, versions=("all",))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        parties = ("freedonia-csirt", P, OTHER)
        forward = clause("2", "forward", from_=[OTHER], by=["freedonia-csirt"], to=[P], tlp_at_most="amber")
        made.agree(agreement(forward, parties=parties), adhere=parties)
        yield made


def _post(hub: Freedonia, *objects: Object, party: str = OTHER) -> None:
    reader = hub.reader(party)
    submit_items(hub.node, reader, reader.inbox_id, json.dumps({"objects": objects}).encode())
    hub.settle()


def test_what_a_submitter_takes_back_leaves_every_view(hub: Freedonia) -> None:
    hub.reader(P)
    _post(hub, an_object("malware", 1))
    assert hub.ids(P) == [MALWARE]
    reader = hub.reader(OTHER)

    withdraw_submission(hub.node, reader, reader.inbox_id, MALWARE, ALL)

    assert hub.ids(P) == []
    with pytest.raises(NotFound):
        withdraw_submission(hub.node, reader, reader.inbox_id, MALWARE, ALL)


def test_who_had_it_does_not_learn_from_whom_it_came(hub: Freedonia) -> None:
    guest = guest_of(hub, P, "rosa.uri")
    _post(hub, an_object("malware", 1))
    reader = hub.reader(OTHER)
    withdraw_submission(hub.node, reader, reader.inbox_id, MALWARE, ALL)
    (told,) = show_guest(hub.node, guest, ShowGuestRequest()).awaiting
    assert (told.what, told.items) == ("retraction", (MALWARE,)) and OTHER not in told.reason


def test_anothers_objects_look_as_if_they_were_not_there(hub: Freedonia) -> None:
    hub.put(an_object("malware", 1))
    _post(hub, an_object("malware", 2))
    mine = hub.reader(P)

    for name in (MALWARE, an_id("malware", 2), an_id("malware", 3)):
        with pytest.raises(NotFound, match="no such object"):
            withdraw_submission(hub.node, mine, mine.inbox_id, name, ALL)


def test_only_the_versions_asked_for_are_taken_back(hub: Freedonia) -> None:
    hub.reader(P)
    _post(hub, an_object("malware", 1, name="first"))
    _post(hub, an_object("malware", 1, name="second", modified="2031-02-09T00:00:00.000Z"))
    reader = hub.reader(OTHER)

    withdraw_submission(hub.node, reader, reader.inbox_id, MALWARE, ReadQuery(limit=1, versions=("last",)))

    assert [obj["name"] for obj in hub.objects(P)] == ["first"]


def _a_name(value: str) -> Object:
    """An observable: each content posted under its id is a version of its own."""
    return {"type": "domain-name", "spec_version": "2.1", "id": an_id("domain-name", 1), "value": value}


@pytest.mark.parametrize(("asked", "left"), [("last", "first.example"), ("first", "second.example")])
def test_of_contents_without_a_version_the_newest_or_oldest_alone_is_taken_back(
    hub: Freedonia, asked: str, left: str
) -> None:
    hub.reader(P)
    _post(hub, _a_name("first.example"))
    _post(hub, _a_name("second.example"))
    reader = hub.reader(OTHER)

    withdraw_submission(
        hub.node, reader, reader.inbox_id, an_id("domain-name", 1), ReadQuery(limit=1, versions=(asked,))
    )

    assert [obj["value"] for obj in hub.objects(P)] == [left]


def test_a_view_takes_nothing_back(hub: Freedonia) -> None:
    reader = hub.reader(P)
    with pytest.raises(NotPermitted):
        withdraw_submission(hub.node, reader, reader.view_id, MALWARE, ALL)
