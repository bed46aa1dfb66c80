"""Tests that every store finds what officers said, and passes over what nodes say by themselves."""

from comity.stores import answering, directory, stating
from comity.stores.opening import Store
from comity.stores.tables import ACT
from tests.support.stores import NOW, a_record, keep


def test_officers_words_are_found_newest_first_by_party_and_by_digest(store: Store) -> None:
    with store.write() as tx:
        one, other = (
            directory.add_party(
                tx, name=name, title=name, kind="state", acts_for=None, default_tlp=None, is_self=False, now=NOW
            ).no
            for name in ("elbonia", "sylvania")
        )
    acts = [a_record(f"x-comity-receipt--{n}", class_no=0, family=ACT) for n in (1, 2, 3)]
    assert keep(store, *acts) == [1, 2, 3]
    with store.write() as tx:
        stating.note_receipts(
            store,
            tx,
            [
                (1, b"a" * 32, one, "stored", NOW),
                (2, b"a" * 32, one, "seen", NOW),
                (3, b"a" * 32, other, "declined", NOW + 1),
                (3, b"b" * 32, other, "declined", NOW + 1),
            ],
        )
        told = answering.latest_answers(tx, 10)
        assert [(row.record_no, row.party) for row in told] == [(3, "sylvania"), (3, "sylvania"), (2, "elbonia")]
        assert [row.record_no for row in answering.latest_answers(tx, 1)] == [3]
        assert [row.record_no for row in answering.latest_answers(tx, 10, "elbonia")] == [2]
        assert [row.record_no for row in answering.answers_on(tx, [b"a" * 32, b"c" * 32])] == [2, 3]
        assert answering.answers_on(tx, []) == []
        (said,) = answering.latest_answers(tx, 10, "elbonia")
        assert said.envelope == b"x-comity-receipt--2 1 1"
