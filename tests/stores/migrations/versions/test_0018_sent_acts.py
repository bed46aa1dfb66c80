"""Tests that acts made before count as sent to every party whose key is known, and that old alarms count once."""

import base64
import hashlib
import json
import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, text

from comity.stores import alarming, sending
from comity.stores.migrating import upgrade
from comity.stores.opening import open_store
from tests.stores.migrations.versions.test_0001_first import FIXTURE

ADD_ACT = text(
    "insert into records (no, family, source_no, id_key, stix_id, type, version, version_us, spec, sha256, salt,"
    " class_no, flags, state, kept_ms, body)"
    " values (:no, 1, 0, :key, 'x', 'x', '', 1, 21, :key, :key, 0, 0, 0, 1, :body)"
)


def test_acts_made_before_count_as_sent_and_alarms_count_once(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    engine = create_engine(f"sqlite:///{path}")
    payloads = [b'{"level":"seen"}', b'{"level":"stored"}']
    with engine.begin() as tx:
        upgrade(tx, "0017")
        tx.execute(text("insert into peers values (2, :key, '[]', :key, 1, 'x', 1, 'accepted')"), {"key": b"k" * 32})
        tx.execute(
            text("insert into alarms (at_ms, party_no, kind, facts, evidence, cleared_ms)"
                 " values (1, 2, 'gap', 'x', null, null)")
        )  # fmt: skip
        for n, payload in enumerate(payloads):
            body = json.dumps({"payload": base64.b64encode(payload).decode()}).encode()
            tx.execute(ADD_ACT, {"no": 900 + n, "key": bytes([n]) * 32, "body": body})
    engine.dispose()

    store = open_store(f"sqlite:{path}")
    with store.read() as tx:
        seen, stored = (hashlib.sha256(payload).digest() for payload in payloads)
        assert sending.known_to(tx, 2, [seen, stored]) == {seen}
        assert [alarm.times for alarm in alarming.standing_alarms(tx)] == [1]
    store.close()
