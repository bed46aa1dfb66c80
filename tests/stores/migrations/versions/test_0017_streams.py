"""Tests that statements held by subscription are held by stream afterwards, with their records, on both databases."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from comity.stores import stating, streams
from comity.stores.migrating import upgrade
from comity.stores.opening import open_store
from comity.stores.stating import HeldStatement

ADD_STATEMENT = text("insert into held_statements values (:subscription, :seq, :sha256, :envelope, 1, :missing)")
ADD_PROVENANCE = text("insert into provenance values (:record, :subscription, :seq, 0, 'signed', null, null)")
ADD_PARTY = text(
    "insert into parties (no, name, title, kind, is_self, added_ms) values (:no, :name, :name, 'state', :self, 1)"
)


def envelope(issuer: str, stream: str, seq: int) -> bytes:
    payload = json.dumps({"issuer": issuer, "stream": stream, "seq": seq}).encode()
    return json.dumps({"payload": base64.b64encode(payload).decode(), "signatures": []}).encode()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'node.db'}"
    make: Callable[..., str] = request.getfixturevalue("new_postgres")
    return make("template0")


@contextmanager
def older(address: str) -> Iterator[Connection]:
    """Give a transaction on a database that is brought to the revision before."""
    address = address.replace("postgresql://", "postgresql+psycopg://").replace("sqlite:", "sqlite:///")
    engine = create_engine(address)
    with engine.begin() as tx:
        upgrade(tx, "0016")
        yield tx
    engine.dispose()


def test_what_was_held_by_subscription_is_held_by_stream(empty: str) -> None:
    # Elbonia's stream was read under two addresses; subscription 2, of Freedonia, was dropped since.
    rows = [
        (1, "elbonia", "e", 1, ""), (1, "elbonia", "e", 2, "3,4"), (2, "freedonia", "f", 1, ""),
        (3, "elbonia", "e", 1, ""), (3, "elbonia", "e", 2, ""), (3, "elbonia", "e", 3, ""),
    ]  # fmt: skip
    with older(empty) as tx:
        for no, name in ((1, "us"), (2, "elbonia"), (3, "freedonia")):
            tx.execute(ADD_PARTY, {"no": no, "name": name, "self": no == 1})
        for record, (subscription, issuer, stream, seq, missing) in enumerate(rows, 1):
            body = envelope(issuer, stream, seq)
            sent = {"subscription": subscription, "seq": seq}
            tx.execute(ADD_STATEMENT, {**sent, "sha256": bytes([seq]) * 32, "envelope": body, "missing": missing})
            tx.execute(ADD_PROVENANCE, {**sent, "record": record})

    store = open_store(empty)

    with store.read() as tx:
        elbonia, freedonia = streams.stream_named(tx, 2, "e"), streams.stream_named(tx, 3, "f")
        assert elbonia is not None and freedonia is not None
        for seq in (1, 2, 3):
            expected = HeldStatement(seq, bytes([seq]) * 32, envelope("elbonia", "e", seq))
            assert stating.held_statement(tx, elbonia.no, seq) == expected
        held = stating.held_statement(tx, freedonia.no)
        assert held is not None and held.envelope == envelope("freedonia", "f", 1)
        missing = tx.execute(text("select missing from held_statements where missing <> ''")).all()
        assert [row[0] for row in missing] == ["3,4"]
        found = tx.execute(text("select record_no, stream_no, seq from provenance order by record_no")).all()
        assert [tuple(row) for row in found] == [
            (record, freedonia.no if issuer == "freedonia" else elbonia.no, seq)
            for record, (_, issuer, _, seq, _) in enumerate(rows, 1)
        ]
        assert not tx.dialect.has_table(tx, "moved")
    store.close()


def test_a_database_that_holds_none_goes_on(empty: str) -> None:
    with older(empty) as tx:
        assert tx.dialect.has_table(tx, "held_statements")
    store = open_store(empty)
    with store.read() as tx:
        assert streams.streams_of(tx, 1) == []
    store.close()
