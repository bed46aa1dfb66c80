"""Tests that the directory lists every party, and who reads."""

from pathlib import Path

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.list_parties import ListPartiesRequest, list_parties
from tests.support.desks import OFFICER, freedonia


def test_parties_are_listed_by_name_with_who_reads(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        listed = list_parties(node, OFFICER, ListPartiesRequest()).parties
    assert [(row.name, row.is_self, row.reads) for row in listed] == [
        ("freedonia-csirt", True, False),
        ("northwind-energy", False, False),
        ("ruritania-csirt", False, True),
    ]
