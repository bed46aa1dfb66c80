"""Tests that a guest's export gives the bytes that the party's TAXII client gets, page by page, and a MAC'd way on."""

import msgspec
import pytest

from comity.api.operations import OPERATIONS, read_request
from comity.desk.export_released import ExportReleasedRequest, export_released
from comity.desk.read_view import read_objects
from comity.desk.views import ReadQuery
from comity.errors import NotPermitted, UsageError
from tests.support.guests import BEACON, NORTH, RURI, guest_of, shares
from tests.support.nodes import OFFICER, Freedonia, agreement, an_object, clause


def test_pages_are_those_of_the_taxii_client_to_the_byte(hub: Freedonia) -> None:
    shares(hub)
    actor, reader = guest_of(hub), hub.reader(NORTH)
    pages, after = 0, None
    while True:
        mine = export_released(hub.node, actor, ExportReleasedRequest(limit=2, after=after))
        theirs = read_objects(hub.node, reader, reader.view_id, ReadQuery(limit=2, after=after))
        assert ([one.encode() for one in mine.objects], mine.after) == (list(theirs.objects), theirs.next)
        pages, after = pages + 1, mine.after
        if after is None:
            break
    assert pages == 2


def test_a_page_of_another_party_goes_on_for_nobody_else(hub: Freedonia) -> None:
    shares(hub)
    text = agreement(clause("1", "share", tlp_at_most="green"), parties=("freedonia-csirt", RURI))
    hub.agree(text, adhere=("freedonia-csirt", RURI))
    hub.put(an_object("tool", 7))
    ours, theirs = guest_of(hub), guest_of(hub, RURI, "rosa.uri")
    token = export_released(hub.node, theirs, ExportReleasedRequest(limit=1)).after
    assert token is not None
    with pytest.raises(UsageError):
        export_released(hub.node, ours, ExportReleasedRequest(limit=1, after=token))
    with pytest.raises(NotPermitted):
        export_released(hub.node, OFFICER, ExportReleasedRequest())


@pytest.mark.parametrize(
    "said", [{"versions": ["newest"]}, {"versions": ["2031-02-01T00:00:00.000Z"]}, {"types": ["\0"]}]
)
def test_what_no_page_can_be_asked_by_is_refused(hub: Freedonia, said: dict[str, list[str]]) -> None:
    shares(hub)
    actor = guest_of(hub)
    body = msgspec.json.encode(said | {"ids": [BEACON]})
    with pytest.raises(UsageError):
        asked = read_request(OPERATIONS["/api/v1/guest/export"], body, None)
        assert isinstance(asked, ExportReleasedRequest)
        export_released(hub.node, actor, asked)
