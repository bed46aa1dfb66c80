"""Tests what is said of the log."""

from pathlib import Path

import pytest

from comity.desk.show_log import CheckpointRequest, ShowLogRequest, checkpoint_log, show_log
from comity.errors import NotFound, NotPermitted
from comity.records.log.checkpoint import open_checkpoint
from comity.records.log.note import read_key
from comity.stores.lock_store import LockStore
from tests.support.desks import READER
from tests.support.nodes import OFFICER, an_object, freedonia


def test_a_log_is_shown_with_its_key_and_what_was_signed(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        before = show_log(hub.node, OFFICER, ShowLogRequest())
        assert (before.checkpoint_size, before.checkpoint_at, before.locked_size) == (0, None, 0)
        made = checkpoint_log(hub.node, OFFICER, CheckpointRequest())
        after = show_log(hub.node, OFFICER, ShowLogRequest())
    assert (after.origin, after.size, after.checkpoint_size, after.locked_size) == (made.origin, 16, 16, 16)
    assert after.checkpoint_at == "2031-03-01T12:00:00.000Z"
    opened = open_checkpoint(made.note.encode(), read_key(after.key))
    assert opened.root.hex() == after.checkpoint_root
    assert after.read_only == ""


def test_a_log_that_may_not_go_on_says_so(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        LockStore(hub.node.folder).path.unlink()
        hub.node.store.read_only = "held"
        shown = show_log(hub.node, OFFICER, ShowLogRequest())
    assert (shown.read_only, shown.locked_size) == ("held", None)


def test_without_a_log_there_is_nothing_to_show_or_sign(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        for ask in (
            lambda: show_log(hub.node, OFFICER, ShowLogRequest()),
            lambda: checkpoint_log(hub.node, OFFICER, CheckpointRequest()),
        ):
            with pytest.raises(NotFound, match="no log yet"):
                ask()


def test_readers_sign_nothing(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub, pytest.raises(NotPermitted):
        checkpoint_log(hub.node, READER, CheckpointRequest())
