"""Tests that a MISP server's events come in as its party's, and that it gets of ours what its party may have."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.import_items import ImportItemsRequest, import_items
from comity.desk.misp_servers import PullMispRequest, PushMispRequest, pull_misp, push_misp
from comity.desk.node_type import Node
from comity.desk.show_item import ShowItemRequest, show_item
from comity.errors import NotFound, NotPermitted, UsageError
from tests.support.desks import OFFICER, READER, freedonia, under
from tests.support.misp import ADDRESS, EVENT, an_attribute, an_event, written
from tests.support.misp_server import KEY, MispServer, misp_server


@contextmanager
def beside(folder: Path, **settings: object) -> Iterator[tuple[Node, MispServer]]:
    with misp_server() as misp, freedonia(folder, outbound_networks=["127.0.0.0/8"], **settings) as node:  # type: ignore[arg-type]
        yield node, misp


def test_a_server_s_events_come_in_as_its_party_s_and_once(tmp_path: Path) -> None:
    with beside(tmp_path) as (node, misp):
        misp.events = {EVENT: an_event(distribution="1")}
        asked = PullMispRequest(url=misp.url, key=KEY, source="ruritania-csirt")
        first, again = pull_misp(node, OFFICER, asked), pull_misp(node, OFFICER, asked)
        newest = show_item(node, OFFICER, ShowItemRequest(id=f"indicator--{ADDRESS}")).versions[0]
        assert [path.name for path in node.folder.iterdir() if path.name.startswith(".misp-")] == []
    assert (first.misp_events, again.new) == (1, 0)
    assert (newest.source, newest.tlp, newest.originator_control) == ("ruritania-csirt", "green", True)


def test_a_server_gets_what_its_party_may_have_and_no_more(tmp_path: Path) -> None:
    secret = an_attribute("44444444-4444-4444-8444-444444444444", value="203.0.113.99", Tag=[{"name": "tlp:red"}])
    (tmp_path / "event.json").write_bytes(written(an_event(Attribute=[an_attribute(), secret])))
    with beside(tmp_path) as (node, misp):
        under(node)
        add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        import_items(node, OFFICER, ImportItemsRequest(paths=(str(tmp_path / "event.json"),)))
        asked = PushMispRequest(url=misp.url, key=KEY, to="ruritania-csirt")
        first, again = push_misp(node, OFFICER, asked), push_misp(node, OFFICER, asked)
    assert (first.added, first.refused, again.added + again.edited) == (1, 0, 0)
    assert [one["uuid"] for one in misp.events[EVENT]["Attribute"]] == [ADDRESS]


def test_an_impossible_exchange_is_refused_before_anybody_is_called(tmp_path: Path) -> None:
    with beside(tmp_path) as (node, misp):
        with pytest.raises(UsageError):
            pull_misp(node, OFFICER, PullMispRequest(url=misp.url, key=KEY, source="freedonia-csirt"))
        with pytest.raises(NotFound):
            pull_misp(node, OFFICER, PullMispRequest(url=misp.url, key=KEY, source="nobody"))
        with pytest.raises(NotFound):
            push_misp(node, OFFICER, PushMispRequest(url=misp.url, key=KEY, to="northwind-energy"))
        with pytest.raises(UsageError):
            pull_misp(node, OFFICER, PullMispRequest(url=misp.url, key="a\r\nb", source="ruritania-csirt"))
        with pytest.raises(NotPermitted):
            pull_misp(node, READER, PullMispRequest(url=misp.url, key=KEY, source="ruritania-csirt"))
    assert misp.calls == []


def test_requests_are_shown_without_their_key() -> None:
    for request in (PullMispRequest(url="u", key=KEY, source="s"), PushMispRequest(url="u", key=KEY, to="t")):
        assert KEY not in repr(request)
