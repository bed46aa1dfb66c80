"""Tests that a filled database gains, empty, what became of acts that were asked for, and that its keys hold."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import create_engine, func, select

from comity.stores import api_tokens, approving, migrating, taking
from comity.stores.opening import open_store
from comity.stores.tables import audit
from comity.values import Instant
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.stores.test_approving import a_row
from tests.stores.test_taking import a_row as an_intake


def test_a_filled_database_gains_what_acts_are_about(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert approving.pendings_about(tx, "release grant", (b"i" * 32,)) == []
        approving.add_pending(tx, a_row(1, verb="release grant"), (b"i" * 32, b"i" * 32))
        assert [row.no for row in approving.pendings_about(tx, "release grant", (b"i" * 32,))] == [1]
    store.close()


def test_a_filled_database_gains_intakes(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert taking.running_count(tx) == 0
        taking.add_intake(tx, an_intake("a"))
        assert taking.intake(tx, "a") == an_intake("a")
    store.close()


def test_tokens_of_before_hold_for_ninety_days_from_the_upgrade_at_most(tmp_path: Path) -> None:
    day_ms, now = 86_400_000, int(time.time() * 1_000)
    path = tmp_path / "node.db"
    raw = sqlite3.connect(path)
    raw.executescript(FIXTURE.read_text(encoding="utf-8"))
    raw.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as tx:
        migrating.upgrade(tx, "0048")
        for name, days in (("short", 30), ("long", 300)):
            api_tokens.add_token(tx, name.encode(), 1, name, "item:read", Instant(now), Instant(now + days * day_ms))
        last = tx.execute(select(func.max(audit.c.at_ms))).scalar_one()
    engine.dispose()
    store = open_store(f"sqlite:{path}")
    with store.read() as tx:
        short, long = api_tokens.tokens_of(tx)
    store.close()
    assert short.until_ms == now + 30 * day_ms, "it ends when it would"
    most = max(now, last) + 90 * day_ms
    assert min(now + 300 * day_ms, most) <= long.until_ms <= most + 600_000
