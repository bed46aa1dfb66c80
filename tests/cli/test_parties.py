"""Tests the commands on parties and their readers."""

from tests.support.command import Command


def test_a_party_is_added_and_listed(comity: Command) -> None:
    said = comity("party", "add", "Ruritania CSIRT", "--kind", "authority", "--acts-for", "Ruritania", "--json")
    assert (said.code, said.json["name"]) == (0, "ruritania-csirt")

    parties = comity("party", "list", "--json").json["parties"]
    assert isinstance(parties, list)
    assert [one["name"] for one in parties if isinstance(one, dict)] == ["freedonia-csirt", "ruritania-csirt"]
    assert "this node" in comity("party", "list").out


def test_a_name_that_is_taken_is_refused(comity: Command) -> None:
    said = comity("party", "add", "Freedonia CSIRT", "--kind", "authority", "--json")
    assert said.code == 1
    assert said.json["error"] == {"code": "conflict", "message": "there is a party freedonia-csirt already"}


def test_unmarked_objects_are_never_clear(comity: Command) -> None:
    assert comity("party", "add", "Northwind", "--kind", "company", "--default-tlp", "clear").code == 2


def test_a_readers_secret_is_shown_with_its_address(comity: Command) -> None:
    comity("party", "add", "Ruritania CSIRT", "--kind", "authority")
    said = comity("reader", "add", "--party", "Ruritania CSIRT", "--json")
    assert said.code == 0
    assert {"url", "user", "password"} <= set(said.json)
    assert str(said.json["url"]).endswith("/taxii2/")

    again = comity("reader", "add", "ruritania-csirt")
    assert str(said.json["password"]) not in again.out


def test_a_reader_of_nobody_is_not_found(comity: Command) -> None:
    assert comity("reader", "add", "--party", "nobody").code == 1
