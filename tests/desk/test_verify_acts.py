"""Tests that tables which follow from acts are made again by `log verify`, and that each edit by hand is named."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Table, delete, insert, select, update

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.give_receipt import GiveReceiptRequest, give_receipt
from comity.desk.grant_release import GrantReleaseRequest, grant_release
from comity.desk.node_type import Node
from comity.desk.retract import RetractRequest, retract
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.show_keys import ShowKeysRequest, show_keys
from comity.desk.verify_log import VerifyLogRequest, verify_log
from comity.stores.federation_tables import key_sets, party_keys, peers, receipts, sent_acts, spoken_of
from tests.support.federation import Member, federation
from tests.support.figures import Figures
from tests.support.nodes import OFFICER, an_id, an_object

AGREEMENT = """\
id = "acts-2031"
title.en = "An arrangement between two parties"
parties = ["freedonia-csirt", "ruritania-csirt"]
in_force_from = 2031-01-01
review_by = 2039-01-01

[[clause]]
article = "1"
kind = "share"
from = ["freedonia-csirt"]
to = ["ruritania-csirt"]
tlp_at_most = "amber"
text.en = "Freedonia gives what it holds."
"""


@pytest.fixture(autouse=True)
def reported(request: pytest.FixtureRequest, figure: Figures) -> None:
    """Count the tests in which an edit is found."""
    if "sound" not in request.node.name:
        figure("a database edited by hand", kinds_of_edit=1, named_by_log_verify=1)


@pytest.fixture(scope="module")
def _two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Member, Member]]:
    """Two nodes between which every kind of act has gone that a table follows from."""
    folder = tmp_path_factory.mktemp("acts")
    with federation(folder, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(AGREEMENT)
        for _ in range(2):
            ruri.sync(), free.sync()
        ruri.adhere("acts-2031")
        free.put(*(an_object("indicator", n) for n in range(1, 5)))
        for _ in range(2):
            free.sync(), ruri.sync()
        seen = GiveReceiptRequest(id=an_id("indicator", 1), level="seen", by="Duty officer, Ruritania CSIRT")
        give_receipt(ruri.node, OFFICER, seen)
        grant_release(free.node, OFFICER, GrantReleaseRequest(ids=(an_id("indicator", 2),), to=(ruri.name,)))
        retract(free.node, OFFICER, RetractRequest(id=an_id("indicator", 3), reason="false"))
        erased = EraseItemRequest(id=an_id("indicator", 4), reason="court order", ordered_by="court")
        erase_item(free.node, OFFICER, erased)
        rotate_key(free.node, OFFICER, RotateKeyRequest(use="log"))
        for _ in range(3):
            ruri.sync(), free.sync()
        yield free, ruri


class Edited(Exception):
    """Ends the transaction of an edit, so that the next test finds the database as it was."""


def found(member: Member, *edits: object) -> set[tuple[str, str]]:
    """Give (table, column) of what differs after edits; they are undone."""
    told = set[tuple[str, str]]()
    store = member.node.store
    undo = []
    with store.write() as tx:
        for table in {edit.table for edit in edits}:  # type: ignore[attr-defined]
            undo.append((table, [dict(row) for row in tx.execute(select(table)).mappings()]))
        for edit in edits:
            assert tx.execute(edit).rowcount >= 1  # type: ignore[call-overload]
    try:
        answer = verify_log(member.node, OFFICER, VerifyLogRequest())
        told = {(one.table, one.column) for one in answer.differences}
        assert answer.sound == (not told)
    finally:
        with store.write() as tx:
            for table, rows in undo:
                tx.execute(delete(table))
                tx.execute(insert(table), rows)
    return told


@pytest.fixture
def free(_two: tuple[Member, Member]) -> Member:
    return _two[0]


@pytest.fixture
def ruri(_two: tuple[Member, Member]) -> Member:
    return _two[1]


def counted(node: Node, table: Table) -> int:
    with node.store.read() as tx:
        return len(tx.execute(select(table)).all())


def test_two_sound_nodes_agree_with_their_acts(free: Member, ruri: Member) -> None:
    assert found(free) == found(ruri) == set()
    rows = {table.name: (counted(free.node, table), counted(ruri.node, table)) for table in (receipts, spoken_of)}
    assert rows["receipts"][0] > 3 and rows["receipts"][1] >= 1
    assert rows["spoken_of"][0] == 1, "its own grant"
    assert rows["spoken_of"][1] >= 3, "the grant, the retraction and the erasure of the other"
    with free.node.store.read() as tx:
        levels = {row[0] for row in tx.execute(select(receipts.c.level))}
    assert levels == {"stored", "seen", "erased"}


RECEIPT_EDITS = {
    "gone": delete(receipts).where(receipts.c.level == "seen"),
    "higher": update(receipts).where(receipts.c.level == "seen").values(level="accepted"),
    "of another": update(receipts).where(receipts.c.level == "seen").values(of_sha256=b"x" * 32),
    "by another": update(receipts).where(receipts.c.level == "seen").values(party_no=99),
    "earlier": update(receipts).where(receipts.c.level == "seen").values(at_ms=1),
    "erasure unsaid": delete(receipts).where(receipts.c.level == "erased"),
    "out of nothing": insert(receipts).values(
        record_no=7_777_777, of_sha256=b"x" * 32, party_no=2, level="accepted", at_ms=1
    ),
    "of an act of another kind": insert(receipts).values(
        record_no=1, of_sha256=b"x" * 32, party_no=2, level="accepted", at_ms=1
    ),
}


@pytest.mark.parametrize("edit", RECEIPT_EDITS)
def test_a_receipt_that_no_act_gives_is_named(free: Member, edit: str) -> None:
    assert found(free, RECEIPT_EDITS[edit]) == {("receipts", "record_no")}


SPOKEN_EDITS = {
    "gone": delete(spoken_of),
    "of another": update(spoken_of).values(party_no=99),
    "out of nothing": insert(spoken_of).values(party_no=2, key=b"k" * 16, record_no=7_777_777),
    "of an act that says less": insert(spoken_of).values(party_no=2, key=b"k" * 16, record_no=1),
}


@pytest.mark.parametrize("edit", SPOKEN_EDITS)
def test_what_an_act_is_said_to_speak_of_is_named(ruri: Member, edit: str) -> None:
    assert found(ruri, SPOKEN_EDITS[edit]) == {("spoken_of", "record_no")}


def test_an_own_grant_is_looked_up_by_what_it_names(free: Member) -> None:
    assert found(free, update(spoken_of).values(key=b"k" * 32)) == {("spoken_of", "record_no")}


def test_an_act_said_to_be_sent_is_an_own_one_with_its_digest(free: Member, ruri: Member) -> None:
    with free.node.store.read() as tx:
        no, party_no = tx.execute(select(sent_acts.c.record_no, sent_acts.c.party_no)).first() or (0, 0)
    one = sent_acts.c.record_no == no
    assert found(free, update(sent_acts).where(one).values(sha256=b"x" * 32)) == {("sent_acts", "sha256")}
    assert found(free, update(sent_acts).where(one).values(party_no=99)) == {("sent_acts", "party_no")}
    slipped = insert(sent_acts).values(party_no=party_no, sha256=b"x" * 32, record_no=7_777_777)
    assert found(free, slipped) == {("sent_acts", "record_no")}
    assert found(ruri, delete(sent_acts)) == {("sent_acts", "party_no")}, (
        "the receipt of its officer names its receiver"
    )


def test_a_key_that_no_key_set_states_is_named(free: Member, ruri: Member) -> None:
    forged = insert(party_keys).values(
        party_no=2, key_id="f" * 16, use="record", public=b"f" * 32, valid_from_ms=0, valid_until_ms=None
    )
    assert found(ruri, forged) == {("party_keys", "key_id")}
    for values in ({"public": b"f" * 32}, {"valid_until_ms": None}, {"use": "record"}, {"suspect_from_ms": 1}):
        edit = update(party_keys).where(party_keys.c.valid_until_ms.is_not(None)).values(values)
        assert found(ruri, edit) == {("party_keys", "key_id")}
        assert found(free, edit) == {("party_keys", "key_id")}, "its own keys too"


def test_a_key_set_that_the_root_key_has_not_signed_is_named(ruri: Member) -> None:
    assert ("key_sets", "envelope") in found(ruri, update(key_sets).where(key_sets.c.party_no == 2).values(serial=5))
    with ruri.node.store.read() as tx:
        own = tx.execute(select(key_sets.c.envelope).where(key_sets.c.party_no == 1)).scalars().first()
    assert own is not None
    edit = update(key_sets).where(key_sets.c.party_no == 2).values(envelope=own)
    assert ("key_sets", "envelope") in found(ruri, edit)


def test_a_root_key_that_was_not_accepted_is_named(ruri: Member) -> None:
    assert ("peers", "root_key") in found(ruri, update(peers).values(root_key=b"r" * 32))


def test_a_revoked_key_brought_back_is_named(free: Member) -> None:
    (key,) = [
        one.key_id
        for one in show_keys(free.node, OFFICER, ShowKeysRequest()).keys
        if one.use == "log" and one.valid_until
    ]
    revoke_key(free.node, OFFICER, RevokeKeyRequest(key=key, suspect_from="2031-03-01T12:00:00Z"))
    assert found(free) == set()
    clean = update(party_keys).where(party_keys.c.key_id == key).values(suspect_from_ms=None)
    assert found(free, clean) == {("party_keys", "key_id")}
