"""Tests the commands on alarms: what stands is said, fails the health check, and is cleared with a reason."""

import base64
from pathlib import Path

import pytest

from comity.cli.alarms import meaning
from comity.desk.watch_log import FORK, RENEWED, ROLLBACK
from comity.node import open_node
from tests.support.command import Command
from tests.support.federation import alarm


@pytest.fixture
def number(comity: Command) -> int:
    """An alarm on Elbonia that stands."""
    comity("party", "add", "Elbonia", "--kind", "state")
    node = open_node(comity.folder)
    try:
        return alarm(node, "elbonia", evidence=b"\xffenvelope")
    finally:
        node.store.close()


def test_an_alarm_is_said_in_words_and_cleared_with_a_reason(comity: Command, number: int) -> None:
    told = comity("peer", "alarms")
    assert (told.code, "It went back behind what it had stated." in told.out) == (0, True)
    (one,) = comity("peer", "alarms", "--party", "elbonia", "--json").json["alarms"]  # type: ignore[misc,union-attr]
    assert (one["number"], one["kind"], one["evidence_bytes"]) == (number, "rollback", 9)  # type: ignore[index,call-overload]
    assert comity("peer", "clear", str(number)).code == 2, "a reason is asked for"
    assert comity("peer", "clear", str(number), "--reason", "Restored from a backup.").code == 0
    assert comity("peer", "clear", str(number), "--reason", "Again.").code == 1
    assert "No alarm stands." in comity("peer", "alarms").err


def test_evidence_is_written_to_a_new_file(comity: Command, number: int, tmp_path: Path) -> None:
    out = tmp_path / "evidence"
    assert comity("peer", "alarms", "--evidence", str(number)).code == 2
    assert comity("peer", "alarms", "--out", out).code == 2
    assert comity("peer", "alarms", "--evidence", str(number + 1), "--out", out).code == 1
    assert not out.exists()
    told = comity("peer", "alarms", "--evidence", str(number), "--out", out, "--json")
    assert out.read_bytes() == b"\xffenvelope" == base64.b64decode(str(told.json["evidence"]))
    assert comity("peer", "alarms", "--evidence", str(number), "--out", out).code == 1, "nothing is written over"


def test_every_kind_that_is_raised_has_its_words() -> None:
    desk = Path(__file__).parents[2] / "src" / "comity" / "desk"
    source = "".join((desk / name).read_text() for name in ("receive_page.py", "sync_peers.py", "send_acts.py"))
    kinds = "equivocation rollback fork statement-gap gap bad-signature page-refused unsigned-page unsigned-objects"
    for kind in f"{kinds} act-refused act-not-taken".split():
        assert f'"{kind}"' in source
        assert meaning(kind)
    assert all(map(meaning, (FORK, ROLLBACK, RENEWED)))
    assert meaning("of-a-newer-program") == ""
