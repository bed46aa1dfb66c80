"""Plays two nodes that never speak over a network: all that they exchange crosses in files, both ways."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.stage import Crew
from tests.support.command import AGREEMENT, INDICATOR, Said, a_bundle, a_node, as_process, serving
from tests.support.federation import gapped
from tests.support.nodes import a_relationship, agreement, an_id, an_object, clause

PARTIES = ("freedonia-csirt", "ruritania-csirt")


def test_agreement_items_and_receipts_cross_by_files_alone(tmp_path: Path) -> None:
    with gapped(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        first, second, theirs = an_id("indicator", 1), an_id("malware", 2), an_id("indicator", 9)
        free.put(an_object("indicator", 1), an_object("malware", 2), a_relationship(3, first, second))

        told = ruri.take(free.write_to(ruri))
        assert (told.statements, told.new, told.acts, told.refused) == (1, 3, 2, 0)
        assert set(ruri.grades().values()) == {"signed"}
        assert free.acknowledged(ruri) == (1, 0), "nobody has told it yet"
        ruri.adhere("free-ruri")
        ruri.put(an_object("indicator", 9))

        back = free.take(ruri.write_to(free))
        assert (back.statements, back.new) == (1, 1)
        assert back.acts - back.receipts == 1, "the adherence"
        assert free.acknowledged(ruri) == (1, 1)
        assert free.waiting_for(ruri) == (0, 2), "its acts have arrived; a receipt for each page goes back"
        assert ruri.acknowledged(free) == (1, 0)

        last = ruri.take(free.write_to(ruri))
        assert (last.statements, last.seen, last.objects, last.receipts) == (0, 0, 0, 2)
        assert ruri.acknowledged(free) == (1, 1)
        assert free.alarms() == ruri.alarms() == []
        for one, other, stix_id in ((free, ruri, first), (ruri, free, theirs)):
            assert "free-ruri/1" in one.explain(stix_id, other.name)
            assert other.held_from(one)[stix_id]


def test_a_retraction_and_what_follows_it_cross_too(tmp_path: Path) -> None:
    with gapped(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1), an_object("indicator", 2))
        ruri.take(free.write_to(ruri))
        free.take(ruri.write_to(free))
        free.retract(an_id("indicator", 1))
        free.put(an_object("indicator", 3))
        told = ruri.take(free.write_to(ruri))
        assert (told.statements, told.new, told.acts - told.receipts) == (1, 1, 1)
        assert set(ruri.held_from(free)) == {an_id("indicator", 2), an_id("indicator", 3)}


Done = Callable[..., Said]


@pytest.fixture
def done(crew: Crew) -> Done:
    """Runs commands as processes of their own, to a good end."""

    def run(folder: Path, *words: str | Path) -> Said:
        said = crew.say(folder, "--json", *words)
        assert said.code == 0, said.err
        return said

    return run


def met(tmp_path: Path, done: Done) -> tuple[Path, Path]:
    """Give two nodes that have accepted each other's anchors; the first has adhered to an agreement with the second."""
    free, ruri = a_node(tmp_path / "free"), a_node(tmp_path / "ruri", "Ruritania CSIRT")
    for one, other in ((free, ruri), (ruri, free)):
        anchor = tmp_path / f"{one.name}.anchor"
        done(one, "anchor", "export", "--out", anchor)
        done(other, "anchor", "accept", anchor, "--yes")
    (tmp_path / "text.toml").write_text(AGREEMENT)
    done(free, "agreement", "add", tmp_path / "text.toml")
    done(free, "agreement", "adhere", "free-ruri-2026", "--yes")
    return free, ruri


def test_two_nodes_that_no_network_joins_work_together_by_commands_and_files(tmp_path: Path, done: Done) -> None:
    free, ruri = met(tmp_path, done)
    there, back = tmp_path / "there", tmp_path / "back"
    done(free, "item", "import", a_bundle(tmp_path), "--default-tlp", "green")
    written = done(free, "bundle", "export", there, "--to", PARTIES[1]).json
    assert (written["first"], written["last"], written["objects"], written["acts"]) == (1, 1, 1, 2)

    with serving(ruri):  # its own server owns the node: the command asks it
        taken = done(ruri, "bundle", "import", there).json
        assert (taken["statements"], taken["new"], taken["acts"]) == (1, 1, 2)
        done(ruri, "agreement", "adhere", "free-ruri-2026", "--yes")
        returned = done(ruri, "bundle", "export", back, "--to", PARTIES[0]).json
        assert (returned["acts"], returned["receipts"]) == (1, 2), "a receipt for each page"
    for _ in "12":
        assert done(free, "bundle", "import", back).json["seen"] == 0
    nothing = done(free, "bundle", "export", there, "--to", PARTIES[1], "--yes").json
    assert (nothing["first"], nothing["acts"], nothing["receipts"]) == (None, 0, 1), "all has arrived, and it is known"

    stix_id = INDICATOR["id"]
    assert done(free, "release", "explain", stix_id, "--to", PARTIES[1]).json["released"] is True
    done(free, "item", "retract", stix_id, "--reason", "false", "--yes")
    done(free, "bundle", "export", there, "--to", PARTIES[1], "--yes")
    assert done(ruri, "bundle", "import", there).json["acts"] == 2, "the retraction and a receipt"
    shown = done(ruri, "item", "show", stix_id).json["versions"]
    assert isinstance(shown, list)
    assert [one["state"] for one in shown if isinstance(one, dict)] == ["withdrawn"]
    for folder in (free, ruri):
        assert as_process(folder, "log", "verify").code == 0
