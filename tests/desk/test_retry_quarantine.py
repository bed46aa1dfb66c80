import threading
from pathlib import Path

import pytest

from comity.desk import intake, item_reading
from comity.desk.retry_quarantine import Retried, retry_quarantine
from comity.desk.run_sequencer import run_sequencer
from comity.errors import RecordRejected
from comity.records.envelope import Envelope, read_envelope
from comity.stores import registers
from tests.support.nodes import Freedonia, agreement, an_id, an_object, clause, freedonia

P = "ruritania-csirt"


def _older_reading(body: bytes, sha256: bytes = b"") -> Envelope:
    """A reading that knows no malware yet."""
    envelope = read_envelope(body, sha256)
    if envelope.type == "malware":
        raise RecordRejected("bad-id", "$.id")
    return envelope


def _with_quarantine(hub: Freedonia, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber+strict")))
    with monkeypatch.context() as before:
        before.setattr(item_reading, "read_envelope", _older_reading)
        assert hub.put(an_object("malware", 1), b'{"type":"malware"}').quarantined == 2


def test_what_a_newer_reading_understands_is_kept_and_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with freedonia(tmp_path) as hub:
        _with_quarantine(hub, monkeypatch)
        assert retry_quarantine(hub.node) == Retried(0, 0)

        monkeypatch.setattr(intake, "READER_VERSION", intake.READER_VERSION + 1)
        assert retry_quarantine(hub.node) == Retried(2, 1)
        hub.settle()

        assert hub.ids(P) == [an_id("malware", 1)]
        with hub.node.store.read() as tx:
            (left,) = registers.quarantine_rows(tx)
            assert (left.reason, left.reader_version) == ("no-id", intake.READER_VERSION)
            assert registers.quarantined_bytes(tx) == len(left.body or b"")


def test_the_sequencer_tries_again_when_it_begins_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with freedonia(tmp_path) as hub:
        _with_quarantine(hub, monkeypatch)
        monkeypatch.setattr(intake, "READER_VERSION", intake.READER_VERSION + 1)
        stop = threading.Event()
        stop.set()

        run_sequencer(hub.node, stop, threading.Event())

        assert retry_quarantine(hub.node) == Retried(0, 0)
        with hub.node.store.read() as tx:
            assert len(registers.quarantine_rows(tx)) == 1
