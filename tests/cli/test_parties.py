"""Tests the commands on parties and their readers."""

import httpx

from tests.support.command import Command, as_process, serving


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


def test_readers_are_listed_and_one_is_revoked(comity: Command) -> None:
    comity("party", "add", "Ruritania CSIRT", "--kind", "authority")
    user = str(comity("reader", "add", "--party", "Ruritania CSIRT", "--json").json["user"])

    said = comity("reader", "revoke", "--user", user)
    assert (said.code, user in said.out) == (0, True)

    listed = comity("reader", "list", "--party", "Ruritania CSIRT", "--json").json["readers"]
    assert isinstance(listed, list)
    assert [(one["user"], one["revoked_at"] is None) for one in listed if isinstance(one, dict)] == [(user, False)]
    assert user in comity("reader", "list").out
    assert comity("reader", "revoke", "--user", user).code == 1
    assert comity("reader", "revoke").code == 2


def test_revoking_reaches_a_serving_node_at_once(comity: Command) -> None:
    comity("party", "add", "Ruritania CSIRT", "--kind", "authority")
    given = comity("reader", "add", "--party", "Ruritania CSIRT", "--json").json
    auth = (str(given["user"]), str(given["password"]))
    with serving(comity.folder) as node, httpx.Client(auth=auth, trust_env=False) as client:
        root = f"{node.url.rstrip('/')}/taxii2/"
        accept = {"accept": "application/taxii+json;version=2.1"}
        assert client.get(root, headers=accept).status_code == 200

        said = as_process(comity.folder, "reader", "revoke", "--party", "Ruritania CSIRT", "--json")

        assert (said.code, said.json["users"]) == (0, [auth[0]])
        assert client.get(root, headers=accept).status_code == 401
