"""Tests that credentials are shown once, kept as hashes, and open one view a party."""

from pathlib import Path

import pytest

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.authenticate_reader import authenticate_reader
from comity.errors import NotFound, UsageError
from tests.support.desks import OFFICER, freedonia


def test_two_readers_of_a_party_share_its_view_and_have_secrets_of_their_own(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        one = add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        two = add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        assert one.collection == two.collection
        assert one.user != two.user
        assert one.password != two.password
        assert authenticate_reader(node, two.user, two.password).view_id == one.collection


def test_the_password_stands_in_no_file_of_the_node(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        added = add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        files = [path for path in node.folder.rglob("*") if path.is_file()]
        assert len(files) > 3
        assert not [path for path in files if added.password.encode() in path.read_bytes()]


def test_collection_ids_are_version_4_uuids(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        added = add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
    for collection in (added.collection, added.inbox):
        assert (collection[14], collection[19]) in {("4", "8"), ("4", "9"), ("4", "a"), ("4", "b")}


def test_an_unknown_party_and_the_own_party_get_no_reader(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        with pytest.raises(NotFound):
            add_reader(node, OFFICER, AddReaderRequest(party="nobody"))
        with pytest.raises(UsageError):
            add_reader(node, OFFICER, AddReaderRequest(party="freedonia-csirt"))


def test_the_address_is_the_public_one_where_a_proxy_stands_before_the_node(tmp_path: Path) -> None:
    with freedonia(tmp_path, public_url="https://hub.freedonia.example/") as node:
        added = add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
    assert added.url == "https://hub.freedonia.example/taxii2/"
