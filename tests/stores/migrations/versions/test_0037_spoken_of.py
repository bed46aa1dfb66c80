"""Tests that what others took back or erased is found by it after the upgrade, on both databases."""

import base64
import json

from sqlalchemy import create_engine, text

from comity.stores import speaking
from comity.stores.migrating import upgrade
from comity.stores.opening import open_store
from comity.values import id_key
from tests.stores.migrations.versions.test_0017_streams import empty as empty  # noqa: PLC0414  # a fixture

LEAF = bytes(range(32))
ADD_ACT = text(
    "insert into records (no, family, source_no, id_key, stix_id, type, version, version_us, spec, sha256, class_no,"
    " flags, state, kept_ms, body) values (:no, 1, :source, :key, 'act--1', :type, '', 1, 21, :key, 0, 0, 0, 1, :body)"
)


def envelope(payload: dict[str, object]) -> bytes:
    written = base64.b64encode(json.dumps(payload).encode()).decode()
    return json.dumps({"payload": written, "signatures": []}).encode()


def test_acts_of_others_are_found_by_what_they_speak_of(empty: str) -> None:
    items = [{"id": "indicator--1"}, {"id": "indicator--2"}, {"id": "indicator--1", "version": "x"}]
    acts: list[tuple[int, int, dict[str, object] | None]] = [
        (1, 2, {"type": "x-comity-retraction", "items": items}),
        (2, 2, {"type": "x-comity-erasure", "items": ["00"], "leaves": [LEAF.hex()]}),
        (3, 2, {"type": "x-comity-erasure", "items": ["00"], "leaves": [LEAF.hex()], "answers": "00"}),
        (4, 0, {"type": "x-comity-retraction", "items": items}),
        (5, 3, None),
    ]
    address = empty.replace("postgresql://", "postgresql+psycopg://").replace("sqlite:", "sqlite:///")
    engine = create_engine(address)
    with engine.begin() as tx:
        upgrade(tx, "0036")
        for no, source, payload in acts:
            kind = "x-comity-retraction" if payload is None else payload["type"]
            body = None if payload is None else envelope(payload)
            tx.execute(ADD_ACT, {"no": no, "source": source, "key": bytes([no]) * 16, "type": kind, "body": body})
    engine.dispose()
    store = open_store(empty)
    first, second = id_key("indicator--1"), id_key("indicator--2")
    with store.read() as tx:
        assert speaking.acts_on(tx, 2, {first, second, LEAF}) == {1: {first, second}, 2: {LEAF}}
        assert speaking.acts_on(tx, 0, {first, LEAF}) == speaking.acts_on(tx, 3, {first, LEAF}) == {}
    store.close()
