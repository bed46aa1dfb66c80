"""Tests the commands on what has to go because an agreement has ended."""

from pathlib import Path

import pytest

from comity.cli.owed import after_end_words
from comity.desk.surviving import AfterEnd
from comity.node import system_clock
from comity.rooms.release.entry import DAY_MS
from comity.values import Instant, iso
from tests.support.command import Command
from tests.support.federation import federation
from tests.support.nodes import an_object
from tests.support.owing import DESTROY, ITEM, bind, leave


def test_it_is_listed_asked_for_and_erased(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = system_clock()  # commands go by the machine's clock
    monkeypatch.setattr("tests.support.federation.instant", lambda _: Instant(start - DAY_MS))
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        bind(free, ruri, DESTROY.replace("2031-01-01", "2026-01-01"))
        free.put(an_object("indicator", 1))
        ruri.sync()
        leave(free)
        ruri.sync()
        ruri.close()
        comity = Command(ruri.node.folder, capsys)
        listed = comity("agreement", "owed")
        assert listed.code == 0
        for word in (ITEM, "free-ruri", "destroy", iso(Instant(start + 9 * DAY_MS))[:10]):
            assert word in listed.out
        for words in (("item", "show", ITEM), ("release", "explain", ITEM, "--to", ruri.name)):
            assert "to be destroyed by 20" in comity(*words).out
        assert "agreement owed" in comity("node", "status").out
        why = ("--reason", "It has ended.", "--ordered-by", "Legal adviser")
        refused = comity("agreement", "discharge", "free-ruri", *why)
        assert refused.code != 0 and comity("agreement", "owed", "--json").json["items"], "nobody said yes"
        done = comity("agreement", "discharge", "free-ruri", *why, "--yes")
        assert (done.code, free.name in done.out) == (0, True), done.err
        assert comity("agreement", "owed", "--json").json == {"sums": [], "items": []}
        assert comity("agreement", "discharge", "free-ruri", *why, "--yes").code == 1
        assert "is destroyed within 10 days" in comity("agreement", "show", "free-ruri").out


def test_what_is_kept_says_on_what_terms() -> None:
    told = after_end_words(AfterEnd(agreements=("a", "b"), ended_at="2031-03-01", asks="keep"))
    assert told.startswith("a, b ended 2031-03-01: kept on the terms")
    gone = after_end_words(AfterEnd(agreements=("a",), ended_at="x", asks="return", due_at="y"))
    assert gone == "a ended x: to be returned by y"
