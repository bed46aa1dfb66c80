"""Tests that lists of any length are looked up whole, with a statement's other values in their places."""

from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select, update

from comity.errors import StoreError
from comity.stores.bulk import LENGTHS, changed_by, row_of, rows_of, rows_under
from comity.stores.opening import Store, open_store
from comity.stores.tables import LIVE, facts, records
from tests.support.stores import a_record, keep

_LIVE_UP_TO = select(records.c.no, records.c.stix_id).where(
    records.c.state == LIVE,
    records.c.no.in_(bindparam("keys", expanding=True)),
    records.c.no <= bindparam("upto"),
)


@pytest.mark.parametrize("count", [0, 1, 2, *LENGTHS[1:], LENGTHS[-1] + 1, 2 * LENGTHS[-1] + 17])
def test_every_key_is_looked_up_once(store: Store, count: int) -> None:
    keep(store, *(a_record(f"tool--{i}") for i in range(2_000)))
    with store.read() as tx:
        rows = rows_under(tx, _LIVE_UP_TO, range(1, count + 1), upto=10_000)
    assert sorted(row[0] for row in rows) == list(range(1, count + 1))


def test_the_other_values_narrow_what_is_found(store: Store) -> None:
    keep(store, *(a_record(f"tool--{i}") for i in range(20)))
    with store.read() as tx:
        assert sorted(row[0] for row in rows_under(tx, _LIVE_UP_TO, range(1, 21), upto=5)) == [1, 2, 3, 4, 5]
        assert len(rows_under(tx, _LIVE_UP_TO, range(1, 21), upto=7)) == 7


def test_a_driver_that_refuses_is_told_in_our_words(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")  # empty as yet
    with pytest.raises(StoreError, match="records"), store.read() as tx:
        rows_under(tx, _LIVE_UP_TO, [1], upto=5)
    store.close()


def test_what_a_statement_changes_is_counted(store: Store) -> None:
    put, value = insert(facts), select(facts.c.value).where(facts.c.name == bindparam("named"))
    change = update(facts).where(facts.c.name == bindparam("named")).values(value=bindparam("other"))
    with store.write() as tx:
        assert changed_by(tx, put, name="a", value="1") == 1
        assert changed_by(tx, change, named="a", other="2") == 1
        assert changed_by(tx, change, named="b", other="3") == 0
    with store.read() as tx:
        assert row_of(tx, value, named="a") == ("2",)
        assert row_of(tx, value, named="b") is None
        assert rows_of(tx, value, named="b") == []
    with pytest.raises(StoreError), store.write() as tx:
        changed_by(tx, put, name="a", value="1")
