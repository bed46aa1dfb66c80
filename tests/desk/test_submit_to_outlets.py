"""Tests that each outlet is served in its time and apart from others, and that other projects' servers work."""

from pathlib import Path

import pytest

from comity.desk.actor import Actor
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.outlet_run import LEASE_MS
from comity.desk.retract import RetractRequest, retract
from comity.desk.submit_to_outlets import SubmitRequest, outlets_due, submit_to_outlets
from comity.desk.verb import Progress
from comity.errors import NotFound, NotPermitted
from comity.stores import outlets
from tests.support.foreign_servers import PASSWORD, USER, foreign_server
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.plain_server import a_submitter, plain_server


@pytest.mark.parametrize("kind", ["medallion", "opentaxii"])
def test_other_projects_servers_take_everything_once(kind: str, tmp_path: Path) -> None:
    login = {"user": USER, "password": PASSWORD} if kind == "medallion" else {}
    with foreign_server(kind, tmp_path / kind) as server, a_submitter(tmp_path) as node:
        node.add(server.collection, **login)
        node.hub.put(*(an_object("indicator", n) for n in range(12)))
        told = node.submit()
        assert (told.sent, told.taken, told.failed, told.error) == (12, 12, 0, "")
        node.hub.put(an_object("indicator", 3, modified="2031-02-02T00:00:00.000Z"))
        assert (node.submit().taken, node.seen().failed, node.seen().unknown) == (1, 0, 0)


@pytest.mark.parametrize("kind", ["medallion", "opentaxii"])
def test_other_projects_servers_that_have_it_already_are_not_believed_to_have_failed(kind: str, tmp_path: Path) -> None:
    login = {"user": USER, "password": PASSWORD} if kind == "medallion" else {}
    with foreign_server(kind, tmp_path / kind) as server, a_submitter(tmp_path) as node:
        node.add(server.collection, **login)
        node.hub.put(*(an_object("indicator", n) for n in range(25)))
        node.submit()
        with node.node.store.write() as tx:  # as after a restored backup
            tx.exec_driver_sql("delete from submitted")
            tx.exec_driver_sql("update outlets set cursor_ms = -1")
        told = node.submit()
        assert (told.taken, told.failed, told.unknown) == (25, 0, 0)


def test_each_outlet_is_served_in_its_time_and_one_that_fails_holds_up_no_other(tmp_path: Path) -> None:
    with plain_server() as plain, plain_server() as other, a_submitter(tmp_path, sync_every_s=60) as node:
        node.add(plain.url)
        node.add(other.url)
        node.hub.put(an_object("indicator", 1))
        plain.on_post = lambda _: (0, b"")
        told = submit_to_outlets(node.node, OFFICER, SubmitRequest()).outlets
        assert [(bool(one.error), one.taken) for one in told] == [(True, 0), (False, 1)]
        waits = []
        for _ in range(7):
            with node.node.store.read() as tx:
                row = outlets.all_outlets(tx)[0].row
            waits.append((row.due_ms - int(node.node.clock())) // 1000)
            submit_to_outlets(node.node, OFFICER, SubmitRequest())
        assert waits == [60, 120, 240, 480, 960, 1920, 3600]
        assert submit_to_outlets(node.node, OFFICER, SubmitRequest(due_only=True)).outlets == ()
        node.hub.later(61)
        with node.node.store.read() as tx:
            assert outlets_due(outlets.all_outlets(tx), node.node.clock())
        assert len(submit_to_outlets(node.node, OFFICER, SubmitRequest(due_only=True)).outlets) == 1


def test_of_two_that_submit_at_once_one_gives_way(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1))
        beside: list[str] = []

        def submit_beside(_: Progress) -> None:
            beside.extend(one.code for one in submit_to_outlets(node.node, OFFICER, SubmitRequest()).outlets)

        submit_to_outlets(node.node, OFFICER, SubmitRequest(), progress=submit_beside)
        assert (beside, len(plain.posts)) == (["busy"], 1)


def test_a_run_that_is_stopped_or_killed_loses_nothing_and_sends_nothing_twice(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(*(an_object("indicator", n) for n in range(3)))

        class Killed(BaseException):
            pass

        def kill(_: Progress) -> None:
            raise Killed

        with pytest.raises(Killed):
            submit_to_outlets(node.node, OFFICER, SubmitRequest(), progress=kill)
        assert len(plain.posts) == 1
        told = node.submit()
        assert (told.error, told.sent, node.seen().taken) == ("", 0, 3)
        # Killed between the post and its answer: the lease ends by itself.
        node.hub.put(an_object("indicator", 9))
        with node.node.store.write() as tx:
            assert outlets.claim(tx, 1, node.node.clock(), LEASE_MS)
        assert node.submit().code == "busy"
        node.hub.later(LEASE_MS // 1000)
        assert node.submit().taken == 1


def test_what_is_taken_back_or_erased_is_said_to_lie_there(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(*(an_object("indicator", n) for n in range(3)))
        node.submit()
        taken_back = retract(node.node, OFFICER, RetractRequest(id=an_id("indicator", 1), reason="wrong"))
        assert taken_back.lies_at == (f"ruritania-csirt: {plain.url}",)
        erased = erase_item(
            node.node, OFFICER, EraseItemRequest(id=an_id("indicator", 2), reason="order", ordered_by="court")
        )
        assert erased.remains[-1] == f"the server of ruritania-csirt at {plain.url}"
        assert node.seen().ended == 2
        with node.node.store.read() as tx:
            kept = tx.exec_driver_sql(
                "select s.sha256, s.words from submitted s join records r on r.no = s.item_no where r.state = 2"
            ).all()
        assert [tuple(row) for row in kept] == [(bytes(32), "")]


def test_only_those_who_administrate_may(tmp_path: Path) -> None:
    with a_submitter(tmp_path) as node:
        with pytest.raises(NotPermitted):
            submit_to_outlets(node.node, Actor(name="x", role="reader", via="taxii"), SubmitRequest())
        with pytest.raises(NotFound):
            submit_to_outlets(node.node, OFFICER, SubmitRequest(party="ruritania-csirt"))
