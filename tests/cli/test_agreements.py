"""Tests the commands on agreements: nothing binds without a yes."""

from pathlib import Path

import pytest

from tests.support.command import AGREEMENT, Command, a_bundle


@pytest.fixture
def treaty(comity: Command, tmp_path: Path) -> Command:
    """The command on a node that holds an agreement."""
    comity("party", "add", "Ruritania CSIRT", "--kind", "authority")
    path = tmp_path / "treaty.toml"
    path.write_text(AGREEMENT)
    assert comity("agreement", "add", path).code == 0
    return comity


def test_an_agreement_is_shown_clause_by_clause_and_as_received(treaty: Command) -> None:
    said = treaty("agreement", "show", "free-ruri-2026")
    assert "4(1)" in said.out
    assert "not operational" in said.out
    assert treaty("agreement", "show", "free-ruri-2026", "--source").out == AGREEMENT
    assert treaty("agreement", "show", "free-ruri-2026", "--json").json["text"] == AGREEMENT


def test_adhering_needs_a_yes(treaty: Command) -> None:
    assert treaty("agreement", "adhere", "free-ruri-2026").code == 2
    agreements = treaty("agreement", "list", "--json").json["agreements"]
    assert isinstance(agreements, list)
    assert isinstance(agreements[0], dict)
    assert agreements[0]["adhered"] == []


def test_adhering_binds_and_ending_ends(treaty: Command) -> None:
    said = treaty("agreement", "adhere", "free-ruri-2026", "--yes", "--json")
    assert (said.code, said.json["adhered"]) == (0, ["freedonia-csirt"])
    assert "1/1" in treaty("agreement", "list").out

    assert treaty("agreement", "end", "free-ruri-2026").code == 2
    said = treaty("agreement", "end", "free-ruri-2026", "--yes", "--json")
    assert said.code == 0
    assert said.json["ended"] is not None


def test_recording_another_partys_adherence_needs_evidence(treaty: Command) -> None:
    words = ("agreement", "adhere", "free-ruri-2026", "--party", "ruritania-csirt", "--yes")
    assert treaty(*words).code == 2
    assert treaty(*words, "--evidence", "note verbale 12/2031").code == 0


def test_a_text_that_is_not_sound_is_refused_with_its_place(comity: Command, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(AGREEMENT.replace('kind = "share"', 'kind = "shear"'))
    said = comity("agreement", "add", path)
    assert said.code == 1
    assert "clause" in said.err


def test_an_agreement_nobody_has_is_not_found(comity: Command) -> None:
    assert comity("agreement", "show", "nothing").code == 1


def test_a_file_that_is_not_there_is_wrong_usage(comity: Command, tmp_path: Path) -> None:
    assert comity("agreement", "add", tmp_path / "nothing.toml").code == 2


def test_who_adheres_is_shown_what_would_flow_first(treaty: Command, tmp_path: Path) -> None:
    treaty("item", "import", a_bundle(tmp_path))
    said = treaty("agreement", "adhere", "free-ruri-2026")
    assert said.code == 2
    assert "1 items would newly flow" in said.out
