"""Tests that a preview counts what each party may have and groups the rest by reason."""

from pathlib import Path

import pytest

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.preview_release import PreviewReleaseRequest, preview_release
from comity.errors import NotFound
from tests.support.desks import OFFICER, an_object, freedonia, take_in, under


def test_counts_add_up_and_reasons_are_named(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        under(node)
        add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        take_in(node, tmp_path, *(an_object("indicator", n) for n in range(3)), an_object("threat-actor", 9))
        preview = preview_release(node, OFFICER, PreviewReleaseRequest())
    by_name = {party.party: party for party in preview.parties}
    ruritania, northwind = by_name["ruritania-csirt"], by_name["northwind-energy"]
    assert preview.items == 4
    assert (ruritania.permitted, ruritania.refused, ruritania.visible) == (3, 1, 3)
    assert [(group.released, group.count, group.types) for group in ruritania.groups] == [
        (True, 3, ("indicator",)),
        (False, 1, ("threat-actor",)),
    ]
    assert (northwind.reads, northwind.permitted, northwind.visible) == (False, 0, 0)


def test_a_relationship_with_a_hidden_end_is_permitted_and_not_visible(tmp_path: Path) -> None:
    actor, malware = an_object("threat-actor", 1), an_object("malware", 2)
    link = an_object("relationship", 3, relationship_type="uses", source_ref=actor["id"], target_ref=malware["id"])
    with freedonia(tmp_path) as node:
        under(node)
        add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        take_in(node, tmp_path, actor, malware, link)
        (party,) = preview_release(node, OFFICER, PreviewReleaseRequest(to="ruritania-csirt")).parties
    assert (party.permitted, party.visible) == (2, 1)


def test_an_unknown_party_is_not_found(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(NotFound):
        preview_release(node, OFFICER, PreviewReleaseRequest(to="nobody"))
