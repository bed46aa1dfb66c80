"""Tests that a database edited by hand is found out: each covered column, and what is derived from bytes, by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, insert, select, update

from comity.desk.node_type import Node
from comity.stores.log_tables import log_ranges, logs
from comity.stores.tables import ACT, END, ERASED, LIVE, PORTIONS, WITHDRAWN, links, parties, records, search_values
from comity.values import id_key
from tests.support import logged
from tests.support.desks import freedonia
from tests.support.figures import Figures
from tests.support.logged import differences, verified
from tests.support.nodes import an_id

r = records.c


@pytest.fixture(autouse=True)
def reported(request: pytest.FixtureRequest, figure: Figures) -> None:
    """Count the tests in which an edit is found."""
    if not any(word in request.node.name for word in ("sound", "not_covered")):
        figure("a database edited by hand", kinds_of_edit=1, named_by_log_verify=1)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node with a signed log."""
    with freedonia(tmp_path) as node:
        logged.fill(node, tmp_path)
        yield node


def number_of(node: Node, stix_id: str) -> int:
    with node.store.read() as tx:
        return int(tx.execute(select(r.no).where(r.stix_id == stix_id).order_by(r.no)).scalars().first() or 0)


def number_of_act(node: Node, kind: str) -> int:
    with node.store.read() as tx:
        return int(
            tx.execute(select(r.no).where(r.family == ACT, r.type == kind).order_by(r.no)).scalars().first() or 0
        )


def edit(node: Node, table: Table, where: object, **values: object) -> None:
    with node.store.write() as tx:
        changed = tx.execute(update(table).where(where).values(values))  # type: ignore[arg-type]  # a condition
        assert changed.rowcount >= 1


def found(node: Node) -> set[tuple[str, str, str]]:
    return {(one.table, one.row, one.column) for one in differences(node)}


def test_a_sound_node_agrees_with_its_log(node: Node) -> None:
    answer = verified(node)
    assert (answer.sound, answer.differences) == (True, ())
    assert answer.size % 16 == 0
    assert answer.checkpoint_size == answer.size
    assert (answer.erased, answer.erased_before_log, answer.waiting) == (1, 0, 0)
    with node.store.read() as tx:
        assert answer.records == len(tx.execute(select(r.no)).all()) - 1


EDITS: dict[str, object] = {
    "family": ACT,
    "source_no": 3,
    "stix_id": "indicator--00000000-0000-4000-8000-999999999999",
    "type": "malware",
    "version": "2031-02-01T00:00:00.001Z",
    "version_us": 1,
    "spec": 20,
    "sha256": b"x" * 32,
    "kept_ms": 1,
    "body": b'{"type":"indicator","id":"indicator--1"}',
}


@pytest.mark.parametrize("column", EDITS)
def test_each_covered_column_of_an_item_is_named(node: Node, column: str) -> None:
    no = number_of(node, an_id("indicator", 1))
    edit(node, records, r.no == no, **{column: EDITS[column]})
    assert ("records", str(no), column) in found(node)
    assert {one[:2] for one in found(node)} <= {("records", str(no)), ("links", str(no)), ("search_values", str(no))}


ACT_EDITS = {"stix_id": "x-comity-adherence--1", "type": "x-comity-party", "version": "2031", "version_us": 5}


@pytest.mark.parametrize("column", [*ACT_EDITS, "kept_ms", "family", "source_no", "spec", "sha256", "body"])
def test_each_covered_column_of_an_act_is_named(node: Node, column: str) -> None:
    no = number_of_act(node, "x-comity-adherence")
    value = {**EDITS, "family": 0, "source_no": 2, **ACT_EDITS}[column]
    edit(node, records, r.no == no, **{column: value})
    assert ("records", str(no), column) in found(node)


def test_a_changed_salt_is_named(node: Node) -> None:
    no = number_of(node, an_id("indicator", 1))
    edit(node, records, r.no == no, salt=b"x" * 16)
    assert found(node) == {("records", str(no), "salt or kept_ms")}
    edit(node, records, r.no == no, salt=None)
    assert found(node) == {("records", str(no), "salt")}


def test_a_column_and_the_digest_that_should_hide_it_are_found(node: Node) -> None:
    no = number_of(node, an_id("malware", 1))
    with node.store.read() as tx:
        body = bytes(tx.execute(select(r.body).where(r.no == no)).scalar_one())
    forged = body.replace(b"malware 1", b"malware 2")
    edit(node, records, r.no == no, body=forged, version_us=1)
    assert ("records", str(no), "version_us") in found(node)


@pytest.mark.parametrize(
    ("column", "value"),
    [("id_key", b"k" * 16), ("flags", 16), ("ref_keys", b"k" * 16), ("companion_keys", b"k" * 16)],
)
def test_columns_that_follow_from_the_bytes_are_named(node: Node, column: str, value: object) -> None:
    no = number_of(node, an_id("indicator", 1))
    edit(node, records, r.no == no, **{column: value})
    assert found(node) == {("records", str(no), column)}


def test_what_is_not_covered_is_not_judged(node: Node) -> None:
    """Withdrawing, classing anew and embargoes change a record by right; the guide says so."""
    no = number_of(node, an_id("indicator", 1))
    edit(node, records, r.no == no, state=WITHDRAWN, class_no=1, flags=PORTIONS, embargo_ms=5, expires_ms=6)
    assert found(node) == set()


def test_a_link_added_or_taken_away_is_named(node: Node) -> None:
    no = number_of(node, "relationship--00000000-0000-4000-8000-000000000001")
    edit(node, links, (links.c.from_no == no) & (links.c.role == END), from_no=1)
    assert found(node) == {("links", str(no), "to_key, role")}
    with node.store.write() as tx:
        other = int(tx.execute(select(r.no).where(r.stix_id == an_id("indicator", 3))).scalar_one())
        tx.execute(insert(links).values(to_key=id_key("malware--5"), from_no=other, role=END))
    assert ("links", str(other), "to_key, role") in found(node)


def test_search_values_are_named(node: Node) -> None:
    no = number_of(node, an_id("malware", 1))
    edit(node, search_values, (search_values.c.record_no == no) & (search_values.c.value == "marmalade"), value="jam")
    assert found(node) == {("search_values", str(no), "kind, value")}


def test_derived_rows_of_no_record_are_named(node: Node) -> None:
    with node.store.write() as tx:
        tx.execute(insert(search_values).values(value="x", record_no=777, kind="name"))
    assert found(node) == {("search_values", "777", "record_no")}


def test_a_party_that_was_renamed_is_named(node: Node) -> None:
    edit(node, parties, parties.c.name == "northwind-energy", name="southwind")
    nos = {number_of(node, an_id("malware", 3))}
    assert {("records", str(no), "parties.name") for no in nos} <= found(node)


def test_a_row_that_is_gone_is_named(node: Node) -> None:
    no = number_of(node, an_id("indicator", 1))
    with node.store.write() as tx:
        tx.execute(records.delete().where(r.no == no))
    assert ("records", str(no), "no") in found(node)


def test_a_row_that_was_slipped_in_is_named(node: Node) -> None:
    with node.store.write() as tx:
        last = int(tx.execute(select(r.no).order_by(r.no.desc())).scalars().first() or 0)
        row = dict(tx.execute(select(records).where(r.no == last)).mappings().one())
        tx.execute(insert(records).values(row | {"no": last + 1, "sha256": b"s" * 32}))
    assert found(node) == {("records", str(last + 1), "no")}


def test_a_record_erased_by_no_act_is_named(node: Node) -> None:
    no = number_of(node, an_id("indicator", 1))
    edit(node, records, r.no == no, state=ERASED)
    assert found(node) == {("records", str(no), "state")}
    edit(node, records, r.no == no, salt=None, body=None, stix_id="", type="", version="", sha256=b"e" * 32)
    assert ("records", str(no), "state") in found(node)


def test_what_is_left_of_an_erased_record_is_named(node: Node) -> None:
    with node.store.read() as tx:
        no = int(tx.execute(select(r.no).where(r.state == ERASED)).scalar_one())
    edit(node, records, r.no == no, body=b"still here")
    assert found(node) == {("records", str(no), "body")}
    edit(node, records, r.no == no, body=None)
    with node.store.write() as tx:
        tx.execute(insert(search_values).values(value="x", record_no=no, kind="name"))
        tx.execute(insert(links).values(to_key=b"k" * 16, from_no=no, role=END))
    assert found(node) == {("search_values", str(no), "record_no"), ("links", str(no), "from_no")}


def test_an_erased_record_brought_back_to_life_is_named(node: Node) -> None:
    with node.store.read() as tx:
        no = int(tx.execute(select(r.no).where(r.state == ERASED)).scalar_one())
    edit(node, records, r.no == no, state=LIVE, salt=b"s" * 16, body=b"{}", stix_id="indicator--x", type="indicator")
    assert {one[:2] for one in found(node)} == {("records", str(no))}


def test_the_map_from_entries_to_records_is_held_too(node: Node) -> None:
    with node.store.write() as tx:
        length = tx.execute(select(log_ranges.c.length).where(log_ranges.c.first_no == 1)).scalar_one()
    edit(node, log_ranges, log_ranges.c.first_no == 1, length=length + 1)
    assert {one[0] for one in found(node)} >= {"log_ranges"}
    edit(node, log_ranges, log_ranges.c.first_no == 1, length=length)
    assert found(node) == set()
    edit(node, logs, logs.c.name == "main", numbered=1)
    assert ("logs", "main", "numbered") in found(node)
