"""Tests that only the acts which speak of what comes are read when it comes."""

from pathlib import Path

import pytest

from comity.desk import said_before as module
from tests.support.federation import federation
from tests.support.nodes import agreement, an_id, an_object, clause

NAMES, PARTIES = ("Freedonia CSIRT", "Ruritania CSIRT"), ("freedonia-csirt", "ruritania-csirt")


def test_what_was_taken_back_before_is_not_read_again_for_each_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(*(an_object("indicator", n) for n in range(5)))
        ruri.sync()
        for n in range(4):
            free.retract(an_id("indicator", n))
        ruri.sync()
        read: list[int] = []
        real = module.act_of
        monkeypatch.setattr(module, "act_of", lambda tx, no: (read.append(no), real(tx, no))[1])
        free.put(an_object("malware", 9))
        assert (ruri.sync().new, read) == (1, [])
        free.put(an_object("indicator", 3, modified="2031-02-03T00:00:00.000Z"))
        assert (ruri.sync().new, len(read)) == (1, 1)
        assert sorted(ruri.held_from(free)) == sorted(
            [an_id("indicator", 3), an_id("indicator", 4), an_id("malware", 9)]
        )
