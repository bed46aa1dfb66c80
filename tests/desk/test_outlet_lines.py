"""Tests what is put in line: all that release lets the party have, each id and version once, and nothing else."""

from pathlib import Path

from comity.desk.outlet_lines import ANOTHER, TOO_LONG
from comity.stores import keeping
from comity.stores.submitting import DOUBLE, FAILED, TAKEN
from tests.support.nodes import TLP, an_id, an_object
from tests.support.plain_server import a_submitter, plain_server


def test_only_what_release_permits_goes(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1), an_object("indicator", 2, object_marking_refs=[TLP["red"]]))
        node.hub.put(an_object("indicator", 3), source="northwind-energy")
        node.hub.put(an_object("indicator", 4), embargo="2031-04-01T00:00:00Z")
        node.hub.put(an_object("report", 5, object_refs=[an_id("indicator", 1), an_id("indicator", 2)]))
        node.submit()
        assert plain.ids == [an_id("indicator", 1), an_id("report", 5)]
        assert plain.stored[an_id("report", 5), "2031-02-01T00:00:00.000Z"]["object_refs"] == [an_id("indicator", 1)]
        node.hub.at("2031-04-01T00:00:01Z")
        node.submit()
        assert an_id("indicator", 4) in plain.ids


def test_a_new_version_goes_and_an_older_one_that_came_late_does_not(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1))
        node.submit()
        node.hub.put(an_object("indicator", 1, modified="2031-02-03T00:00:00.000Z"))
        node.hub.put(an_object("indicator", 1, modified="2031-02-02T00:00:00.000Z"))
        node.submit()
        assert sorted(version for _, version in plain.stored) == [
            "2031-02-01T00:00:00.000Z",
            "2031-02-03T00:00:00.000Z",
        ]


def test_what_would_go_otherwise_now_is_not_sent_again_and_counted(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        hidden = an_object("indicator", 2, object_marking_refs=[TLP["red"]])
        node.hub.put(hidden, an_object("report", 5, object_refs=[an_id("indicator", 2), an_id("indicator", 3)]))
        node.hub.put(an_object("indicator", 3))
        node.submit()
        before = len(plain.posts)
        node.hub.put({**hidden, "object_marking_refs": [TLP["green"]], "modified": "2031-02-02T00:00:00.000Z"})
        node.submit()
        assert an_id("report", 5) not in [name for post in plain.posts[before:] for name in post]
        assert node.hub.dates("ruritania-csirt")[an_id("report", 5)] > 0
        assert node.seen().differing == 1


def test_another_content_under_the_same_id_and_version_is_named_and_not_sent(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1))
        node.submit()
        node.hub.put(an_object("indicator", 1, name="otherwise"))
        node.submit()
        with node.node.store.write() as tx:
            first = tx.exec_driver_sql("select min(no) from records where family = 0").scalar_one()
            keeping.withdraw_records(tx, [first])
        node.submit()
        assert len(plain.posts) == 1
        with node.node.store.read() as tx:
            rows = tx.exec_driver_sql("select state, words from submitted order by item_no").all()
        assert [tuple(row) for row in rows] == [(TAKEN, ""), (DOUBLE, ANOTHER)]


def test_an_object_that_is_too_long_is_named_and_holds_up_no_other(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        plain.information = {"max_content_length": 600}
        node.hub.put(an_object("indicator", 1), an_object("indicator", 2, name="x" * 600))
        node.submit()
        assert plain.ids == [an_id("indicator", 1)]
        assert node.items()[an_id("indicator", 2)] == (FAILED, TOO_LONG)
