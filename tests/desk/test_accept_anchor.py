"""Tests whom an officer can come to trust, and by which files not."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.accept_anchor import AcceptAnchorRequest, AnchorAccepted, accept_anchor
from comity.desk.actor import Actor
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.node_type import Node
from comity.desk.party_keys import newest_set
from comity.errors import Conflict, NotFound, NotPermitted, RecordRejected, UsageError
from comity.records.dsse import Signer
from comity.records.fingerprints import fingerprint
from comity.records.kinds import KeySet
from comity.stores import directory, registers, trusting
from comity.values import PartyName
from tests.support.acts import a_signer
from tests.support.anchors import a_key_set, anchor_file, stated
from tests.support.desks import OFFICER, freedonia
from tests.support.keyholders import at, shown, verdicts

ROOT, OTHER = a_signer(50), a_signer(51)
LATER = "2031-03-02T12:00:00.000Z"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with freedonia(tmp_path) as made:
        yield made


def a_set(root: Signer = ROOT, serial: int = 1, *seeds: int, **fields: object) -> KeySet:
    keys = tuple(stated(seed) for seed in seeds or (60,))
    return a_key_set(root, *keys, exercise=False, serial=serial, **fields)


def accept(node: Node, file: bytes, root: Signer = ROOT, actor: Actor = OFFICER) -> AnchorAccepted:
    return accept_anchor(node, actor, AcceptAnchorRequest(file=file, fingerprint=fingerprint(root.public)))


def peers(node: Node) -> list[object]:
    with node.store.read() as tx:
        rows = directory.party_rows(tx)
        return [(trusting.peer_of(tx, row.no), trusting.key_sets_of(tx, row.no)) for row in rows if not row.is_self]


def test_a_party_whose_fingerprint_was_heard_is_known_with_its_keys(node: Node) -> None:
    answer = accept(node, anchor_file(ROOT, a_set()))
    assert (answer.party, answer.done, answer.warnings) == ("elbonia-csirt", "accepted", ())
    view = shown(node, "elbonia-csirt")
    assert view.fingerprint == fingerprint(ROOT.public) == answer.fingerprint
    assert (view.accepted_by, view.endpoints) == ("officer", ("https://hub.elbonia.example/taxii2/",))
    assert [(key.use, key.state, key.here) for key in view.keys] == [("record", "good", False)]
    with node.store.read() as tx:
        (line,) = [row for row in registers.audit_rows(tx) if row.verb == "anchor accept"]
    assert '"heard":true' in line.facts


def test_accepting_twice_changes_nothing(node: Node) -> None:
    file = anchor_file(ROOT, a_set())
    accept(node, file)
    before = peers(node)
    at(node, LATER)
    assert accept(node, file).done == "known"
    assert peers(node) == before


def test_a_party_that_was_in_the_directory_gains_its_keys_and_keeps_its_place(node: Node) -> None:
    add_party(node, OFFICER, AddPartyRequest(title="Elbonia CSIRT", kind="authority"))
    with pytest.raises(NotFound, match="accept its anchor"):
        shown(node, "elbonia-csirt")
    accept(node, anchor_file(ROOT, a_set()))
    with node.store.read() as tx:
        assert [row.name for row in directory.party_rows(tx)].count("elbonia-csirt") == 1
    assert shown(node, "elbonia-csirt").serial == 1


@pytest.mark.parametrize("place", range(60))
def test_one_wrong_digit_is_refused(node: Node, place: int) -> None:
    digits = fingerprint(ROOT.public).replace(" ", "")
    wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
    before = peers(node)
    with pytest.raises(NotPermitted, match="fingerprint"):
        accept_anchor(node, OFFICER, AcceptAnchorRequest(file=anchor_file(ROOT, a_set()), fingerprint=wrong))
    assert peers(node) == before


def test_without_a_fingerprint_nothing_is_accepted_unless_said_so(node: Node) -> None:
    request = AcceptAnchorRequest(file=anchor_file(ROOT, a_set()))
    with pytest.raises(UsageError, match="fingerprint"):
        accept_anchor(node, OFFICER, request)
    answer = accept_anchor(node, OFFICER, msgspec.structs.replace(request, unheard=True))
    assert answer.done == "accepted"
    with node.store.read() as tx:
        assert '"heard":false' in next(row.facts for row in registers.audit_rows(tx) if row.verb == "anchor accept")


@pytest.mark.parametrize("role", ["operator", "submitter", "reader"])
def test_only_an_officer_accepts(node: Node, role: str) -> None:
    actor = msgspec.structs.replace(OFFICER, role=role)
    with pytest.raises(NotPermitted):
        accept(node, anchor_file(ROOT, a_set()), actor=actor)


def test_live_and_exercise_never_mix(node: Node) -> None:
    with pytest.raises(Conflict, match="this anchor is exercise and this node is live"):
        accept(node, anchor_file(ROOT, a_key_set(ROOT)))


def test_an_anchor_that_has_run_out_is_refused(node: Node) -> None:
    at(node, "2031-06-01T12:00:00.000Z")
    with pytest.raises(Conflict, match="ask the party for a new one"):
        accept(node, anchor_file(ROOT, a_set()))


def test_the_own_party_and_the_own_root_key_are_not_others(node: Node) -> None:
    with pytest.raises(UsageError, match="whose node this is"):
        accept(node, anchor_file(ROOT, a_set(issuer=PartyName("freedonia-csirt"))))


def test_a_known_party_under_another_root_key_is_refused_loudly(node: Node) -> None:
    accept(node, anchor_file(ROOT, a_set()))
    before = peers(node)
    with pytest.raises(Conflict, match="somebody may pretend") as refused:
        accept(node, anchor_file(OTHER, a_set(OTHER, 9)), OTHER)
    assert fingerprint(ROOT.public) in str(refused.value)
    assert peers(node) == before


def test_a_root_key_speaks_for_one_party(node: Node) -> None:
    accept(node, anchor_file(ROOT, a_set()))
    with pytest.raises(Conflict, match="another party's"):
        accept(node, anchor_file(ROOT, a_set(issuer=PartyName("sylvania-csirt"))))


def test_newer_keys_renew_a_party_and_an_older_anchor_is_a_rollback_kept_as_evidence(node: Node) -> None:
    first, second = a_set(), a_set(ROOT, 2, 64)
    accept(node, anchor_file(ROOT, second, at=LATER))
    before = peers(node)
    with pytest.raises(RecordRejected, match="rollback"):
        accept(node, anchor_file(ROOT, first))
    assert peers(node) == before
    with node.store.read() as tx:
        (evidence,) = trusting.refused_key_sets(tx)
    assert (evidence.serial, evidence.refused) == (1, "rollback")
    assert accept(node, anchor_file(ROOT, a_set(ROOT, 3, 65), at="2031-03-03T12:00:00.000Z")).done == "renewed"
    with node.store.read() as tx:
        row = directory.party_named(tx, "elbonia-csirt")
        assert row is not None
        newest = newest_set(tx, row.no)
    assert newest is not None
    assert newest.key_set.serial == 3
    assert sorted(verdicts(node, "elbonia-csirt", "2031-03-01T12:00:01Z")) == ["good", "no-longer-valid"]


def test_two_key_sets_of_one_serial_are_an_equivocation_kept_as_evidence(node: Node) -> None:
    accept(node, anchor_file(ROOT, a_set()))
    before = peers(node)
    with pytest.raises(RecordRejected, match="equivocation"):
        accept(node, anchor_file(ROOT, a_set(ROOT, 1, 66), at=LATER))
    assert peers(node) == before
    with node.store.read() as tx:
        assert [row.refused for row in trusting.refused_key_sets(tx)] == ["equivocation"]
    assert shown(node, "elbonia-csirt").refused == ("equivocation 1",)
    assert shown(node).refused == ()


def test_an_older_anchor_with_the_same_keys_does_not_bring_old_addresses_back(node: Node) -> None:
    old, new = ("https://old.elbonia.example/",), ("https://new.elbonia.example/",)
    accept(node, anchor_file(ROOT, a_set(), endpoints=old))
    assert accept(node, anchor_file(ROOT, a_set(), at=LATER, endpoints=new)).done == "renewed"
    with pytest.raises(RecordRejected, match="rollback"):
        accept(node, anchor_file(ROOT, a_set(), endpoints=old))
    assert shown(node, "elbonia-csirt").endpoints == new


def test_a_name_that_may_deceive_comes_with_its_warning(node: Node) -> None:
    answer = accept(node, anchor_file(ROOT, a_set(), title="\u0415lbonia CSIRT"))
    assert answer.warnings == ("mixed-scripts CYRILLIC, LATIN",)
