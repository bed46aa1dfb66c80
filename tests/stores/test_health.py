"""Tests what a database says of itself."""

from pathlib import Path

from comity.stores.health import counts, damages, engine_of, missing_tables
from comity.stores.opening import open_store


def test_sqlite_says_its_version_and_that_it_is_durable(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'a.db'}")
    engine = engine_of(store)
    store.close()
    assert (engine.name, engine.journal_mode, engine.synchronous) == ("sqlite", "wal", "full")


def test_an_empty_database_lacks_its_tables_and_a_made_one_none(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'a.db'}")
    assert "records" in missing_tables(store)
    store.create()
    assert missing_tables(store) == []
    store.close()


def test_a_new_database_is_whole_and_holds_nothing() -> None:
    store = open_store("memory:")
    assert damages(store, deep=True) == []
    with store.read() as tx:
        assert set(counts(tx)) == {0}
    store.close()


def test_a_scribbled_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = open_store(f"sqlite:{path}")
    store.create()
    store.close()
    content = bytearray(path.read_bytes())
    content[8192 * 3 : 8192 * 3 + 200] = b"\xff" * 200
    path.write_bytes(content)

    store = open_store(f"sqlite:{path}")
    assert damages(store) != []
    store.close()
