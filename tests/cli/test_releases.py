"""Tests the commands that say what leaves the node, to whom and why."""

from pathlib import Path

import pytest

from tests.support.command import AGREEMENT, INDICATOR, Command, a_bundle

ID = INDICATOR["id"]


@pytest.fixture
def partners(comity: Command, tmp_path: Path) -> Command:
    """The command on a node that holds an item, a partner and an agreement nobody has adhered to."""
    comity("party", "add", "Ruritania CSIRT", "--kind", "authority")
    (tmp_path / "treaty.toml").write_text(AGREEMENT)
    comity("agreement", "add", tmp_path / "treaty.toml")
    assert comity("item", "import", a_bundle(tmp_path)).code == 0
    return comity


def test_what_is_released_is_explained_by_its_clause(partners: Command) -> None:
    partners("agreement", "adhere", "free-ruri-2026", "--yes")
    said = partners("release", "explain", ID, "--to", "ruritania-csirt", "--json")
    assert (said.code, said.json["released"]) == (0, True)
    assert "4(1)" in partners("release", "explain", ID, "--to", "ruritania-csirt").out


def test_what_is_not_released_is_explained_by_what_is_missing(partners: Command) -> None:
    said = partners("release", "explain", ID, "--to", "ruritania-csirt")
    assert said.code == 0
    assert "Would have to change" in said.out
    assert partners("release", "explain", ID, "--to", "ruritania-csirt", "--json").json["released"] is False


def test_explaining_what_or_to_whom_nobody_knows_is_not_found(partners: Command) -> None:
    assert partners("release", "explain", "indicator--nothing", "--to", "ruritania-csirt").code == 1
    assert partners("release", "explain", ID, "--to", "nobody").code == 1


def test_a_preview_counts_what_each_party_may_have(partners: Command) -> None:
    partners("agreement", "adhere", "free-ruri-2026", "--yes")
    parties = partners("release", "preview", "--json").json["parties"]
    assert isinstance(parties, list)
    assert isinstance(parties[0], dict)
    assert (parties[0]["party"], parties[0]["permitted"]) == ("ruritania-csirt", 1)
    assert "ruritania-csirt" in partners("release", "preview", "--to", "ruritania-csirt").out
    assert partners("release", "preview", "--to", "nobody").code == 1


def test_a_draft_says_what_it_would_change_and_changes_nothing(partners: Command, tmp_path: Path) -> None:
    said = partners("release", "what-if", tmp_path / "treaty.toml", "--json")
    assert (said.code, said.json["flows"], said.json["stops"]) == (0, 1, 0)
    assert "1 items would newly flow" in partners("release", "what-if", tmp_path / "treaty.toml").out
    assert partners("release", "explain", ID, "--to", "ruritania-csirt", "--json").json["released"] is False


def test_consent_needs_a_yes(partners: Command) -> None:
    assert partners("release", "grant", ID, "--to", "ruritania-csirt").code == 2
    said = partners("release", "grant", ID, "--to", "ruritania-csirt", "--yes", "--json")
    assert (said.code, said.json["versions"]) == (0, 1)


def test_an_officers_word_on_personal_data_counts(partners: Command) -> None:
    said = partners("item", "mark", ID, "--personal", "yes", "--reason", "names a victim", "--json")
    assert (said.code, said.json["personal_data"]) == (0, "yes")
