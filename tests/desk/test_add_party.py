"""Tests that a party enters the directory once, under a sound name and default level."""

from pathlib import Path

import pytest

from comity.desk.add_party import AddPartyRequest, add_party, default_level
from comity.errors import Conflict, NotPermitted, UsageError
from comity.records import codec, dsse
from comity.records.kinds.party import Party
from comity.stores import keeping
from comity.values import Tlp
from tests.support.desks import OFFICER, READER, freedonia


def test_a_party_is_known_by_its_name_in_lower_case_with_hyphens(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        view = add_party(node, OFFICER, AddPartyRequest(title="Côte d'Or Énergie", kind="company"))
    assert view.name == "cote-d-or-energie"


def test_the_same_name_twice_is_a_conflict(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(Conflict):
        add_party(node, OFFICER, AddPartyRequest(title="ruritania csirt", kind="authority"))


def test_a_repeated_request_under_its_key_has_one_effect(tmp_path: Path) -> None:
    request = AddPartyRequest(title="Concord Secretariat", kind="organisation", idempotency_key="k1")
    with freedonia(tmp_path) as node:
        assert add_party(node, OFFICER, request) == add_party(node, OFFICER, request)


def test_a_key_used_for_another_request_is_a_conflict(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        add_party(node, OFFICER, AddPartyRequest(title="One", kind="company", idempotency_key="k1"))
        with pytest.raises(Conflict):
            add_party(node, OFFICER, AddPartyRequest(title="Two", kind="company", idempotency_key="k1"))


@pytest.mark.parametrize("title", ["", "  ", "???", "x" * 200])
def test_a_title_without_a_short_name_is_refused(tmp_path: Path, title: str) -> None:
    with freedonia(tmp_path) as node, pytest.raises(UsageError):
        add_party(node, OFFICER, AddPartyRequest(title=title, kind="company"))


def test_only_an_authority_acts_for_a_state(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(UsageError):
        add_party(node, OFFICER, AddPartyRequest(title="Some Company", kind="company", acts_for="Freedonia"))


def test_a_reader_may_not_add_parties(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(NotPermitted):
        add_party(node, READER, AddPartyRequest(title="Mallory", kind="company"))


def test_unmarked_never_counts_as_clear() -> None:
    assert default_level("amber+strict") is Tlp.AMBER_STRICT
    for word in ("clear", "white", "TLP:CLEAR", "nonsense"):
        with pytest.raises(UsageError):
            default_level(word)


def test_the_act_of_a_party_is_signed_by_this_node_and_names_it(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        with node.store.read() as tx:
            first = keeping.held_record(tx, 1)
        assert first is not None
        assert first.body is not None
        signer = node.keys.record
        verified = dsse.verify(first.body, {signer.key_id: signer.public})
        act = codec.decode(verified.payload)
    assert isinstance(act, Party)
    assert (act.name, act.issuer, act.exercise) == ("freedonia-csirt", "freedonia-csirt", False)
