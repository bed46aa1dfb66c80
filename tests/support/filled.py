"""Fills a database for the tests of migrations and writes it down as SQL text.

Run once at each release that brings a revision, `python -m tests.support.filled`; a file once written stays.
"""

import hashlib
import sqlite3
import sys
import tempfile
from pathlib import Path

from comity.stores import (
    companions,
    consenting,
    delivering,
    directory,
    keeping,
    numbering,
    policies,
    reclassing,
    registers,
)
from comity.stores.keeping import empty_batch
from comity.stores.opening import Store, open_store
from comity.stores.reclassing import Override
from comity.stores.schema import HEAD
from comity.stores.tables import END, ITEM, LIVE, MEMBER
from comity.values import Instant, id_key, instant

FILLED_AT = instant("2026-06-01T12:00:00Z")


def bodies() -> list[bytes]:
    """What the records of the fixture hold: odd spacing, unknown properties, every byte that UTF-8 allows."""
    return [
        b'{ "type":"indicator",\t"id":"indicator--1" ,"pattern":"[domain-name:value = \'evil.example\']"}',
        '{"id":"malware--2","type":"malware","name":"naïve – 猫","x_unknown":[1.0,1e5,null]}'.encode(),
        b'{"type":"relationship","id":"relationship--3","source_ref":"indicator--1","target_ref":"malware--2"}',
        b'{"type":"marking-definition","id":"marking-definition--4"}\r\n',
        bytes(range(32, 127)) + "\u0080\u07ff\u0800\uffff\U0010ffff".encode(),
    ]


def fill(store: Store) -> None:
    """Put something into every table that a node fills."""
    now, names = FILLED_AT, ["indicator--1", "malware--2", "relationship--3", "marking-definition--4", "x-odd--5"]
    with store.write() as tx:
        for name, is_self in (("freedonia-csirt", True), ("ruritania-csirt", False)):
            directory.add_party(
                tx, name=name, title=name, kind="authority", acts_for=None, default_tlp=2, is_self=is_self, now=now
            )
        directory.add_view(tx, 2, "view", "inbox")
        directory.add_credential(tx, "user", 2, b"h" * 32, now)
        first = keeping.next_numbers(tx, len(names))
        keeping.class_numbers(tx, ['{"type":"indicator"}', '{"type":"other"}'])
        batch = empty_batch()
        for no, (name, body) in enumerate(zip(names, bodies(), strict=True), first):
            kind, digest = name.partition("--")[0], hashlib.sha256(body).digest()
            batch.records.append(
                keeping.NewRecord(
                    no, ITEM, 1, id_key(name), name, kind, "2026-06-01T00:00:00.000Z", 1, 21, digest, b"s" * 16, 1, 0,
                    LIVE, None, id_key(names[3]), None, None, int(now), body,
                )
            )  # fmt: skip
        batch.links.extend([(id_key(names[0]), 3, END), (id_key(names[1]), 3, END), (id_key(names[3]), 5, MEMBER)])
        batch.values.append(("evil.example", 1, "domain-name:value"))
        batch.unresolved.append((1, id_key("marking-definition--9"), 5))
        batch.portions.append((5, "marking-definition--4", 2, False))
        batch.siblings.append((id_key(names[0]),))
        batch.due.append((int(now) + 1, 5))
        batch.overrides.append((5, None, None, 3))
        keeping.keep(store, tx, batch)
        reclassing.bind_marking(tx, 1, names[3], 4)
        reclassing.set_override(tx, 1, Override("no", ("ruritania-csirt",), None))
        numbering.seize(tx, 1)
        numbering.number(tx, 1, 1, len(names))
        delivering.append(store, tx, 2, [(no, 1, 0) for no in range(1, 6)], now)
        delivering.withdraw(tx, 2, [5], now)
        delivering.append(store, tx, 2, [(5, 1, 0)], Instant(now + 1))
        companions.want(store, tx, 2, {id_key(names[3]): [1]})
        policies.gate_numbers(tx, ["1"])
        policies.set_open(store, tx, 2, {1: policies.FOR_EVER})
        policies.put_decisions(store, tx, 2, [policies.HeldDecision(1, 1, True, b"{}")])
        policies.set_fact(tx, "policy_version", "1")
        policies.add_agreement(tx, "free-ruri-2026", "0" * 64, b'id = "free-ruri-2026"\r\n', now)
        consenting.adhere(tx, "free-ruri-2026", "ruritania-csirt", now, 5)
        registers.note(tx, at=now, actor="duty", via="cli", verb="item import", facts="{}")
        registers.remember_answer(tx, "duty", "key", b"r" * 32, b"{}", now)
        registers.put_status(tx, "status", 2, b"{}", now)
        refused = registers.Refused(1, b"q" * 32, "no-id", "$", 3, "a.json", now, 1, b"{\xff}")
        registers.quarantine_all(store, tx, [refused], 1 << 20)


def main() -> None:
    """Write the fixture of the newest revision, unless there is one."""
    target = Path(__file__).parents[1] / "stores" / "fixtures" / f"revision_{HEAD}.sql"
    if target.exists():
        sys.exit(f"{target} is there already; a released revision never changes")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:{folder}/node.db")
        store.create()
        fill(store)
        store.close()
        made = sqlite3.connect(f"{folder}/node.db")
        target.write_text("\n".join(made.iterdump()) + "\n", encoding="utf-8")
        made.close()


if __name__ == "__main__":
    main()
