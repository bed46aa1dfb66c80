"""Tests what every store keeps of a policy: agreements, decisions, and which gates stand open."""

from comity.stores import erasing, keeping, policies
from comity.stores.opening import Store
from comity.stores.policies import HeldDecision
from comity.stores.tables import ACT
from comity.values import Instant
from tests.support.stores import NOW, a_record, keep


def test_a_fact_is_set_and_set_again(store: Store) -> None:
    with store.write() as tx:
        assert policies.fact(tx, "a") is None
        assert policies.policy_version(tx) == 0
        policies.set_fact(tx, "a", "1")
        policies.set_fact(tx, "a", "2")
        policies.set_fact(tx, "policy_version", "7")
        assert policies.fact(tx, "a") == "2"
        assert policies.policy_version(tx) == 7


def test_an_agreement_keeps_its_text_and_says_when_it_ended(store: Store) -> None:
    text = 'title.en = "Freedonia–Ruritania"\r\n'.encode()
    with store.write() as tx:
        policies.add_agreement(tx, "b", "2", b"x", NOW)
        policies.add_agreement(tx, "a-b", "1", text, NOW)
        policies.add_agreement(tx, "aa", "3", b"y", NOW)
        policies.end_agreement(tx, "b", Instant(NOW + 1))
        held = policies.held_agreements(tx)
    assert [row.id for row in held] == ["a-b", "aa", "b"]  # by code point, whatever the database's locale
    assert held[0].text == text
    assert [row.ended_ms for row in held] == [None, None, NOW + 1]


def test_a_decision_takes_the_place_of_the_one_before(store: Store) -> None:
    with store.write() as tx:
        policies.put_decisions(store, tx, 1, [HeldDecision(no, 1, False, b"old") for no in range(1, 1_001)])
        policies.put_decisions(store, tx, 1, [HeldDecision(5, 2, False, b"new")])
        policies.put_decisions(store, tx, 2, [HeldDecision(5, 2, True, b"other")])
        held = policies.decisions_of(tx, 1)
        assert len(held) == 1_000
        assert held[5] == HeldDecision(5, 2, False, b"new")
        policies.note_placed(tx, 1, [5, 6])
        assert policies.decisions_of(tx, 1, [5, 6, 7, 5_000]).keys() == {5, 6, 7}
        assert [row.placed for row in policies.decisions_of(tx, 1, [5, 6, 7]).values()] == [True, True, False]
        assert policies.decisions_of(tx, 2)[5].decision == b"other"


def test_a_gate_keeps_its_number_however_long_its_key(store: Store) -> None:
    long = "any:4:" + ",".join(map(str, range(2_000)))
    with store.write() as tx:
        assert policies.gate_numbers(tx, ["1", long, "1"]) == {"1": 1, long: 2}
        assert policies.gate_numbers(tx, ["2", long]) == {"2": 3, long: 2}
        assert policies.all_gates(tx) == {1: "1", 2: long, 3: "2"}


def test_exactly_the_gates_that_were_set_stand_open_for_a_reader(store: Store) -> None:
    with store.write() as tx:
        policies.set_open(store, tx, 1, {1: 10, 2: policies.FOR_EVER})
        policies.set_open(store, tx, 2, {1: 10})
        policies.set_open(store, tx, 1, {2: 20})
        policies.add_open(store, tx, 1, {3: 30})
        assert policies.opened(tx, 1) == {2: 20, 3: 30}
        assert policies.opened(tx, 2) == {1: 10}


def test_only_live_items_count_in_a_class(store: Store) -> None:
    nos = keep(
        store,
        *(a_record(f"indicator--{i}", class_no=3) for i in range(3)),
        a_record("tool--1", class_no=4),
        a_record("x-act--1", family=ACT, class_no=0),
    )
    with store.write() as tx:
        keeping.withdraw_records(tx, nos[:1])
        erasing.erase_record(tx, nos[3], b"\1" * 32)
        assert policies.class_counts(tx) == {3: 2}
        assert policies.class_examples(tx, [3, 4]) == {3: "indicator--1"}


def test_classes_are_told_by_number(store: Store) -> None:
    with store.write() as tx:
        keeping.class_numbers(tx, ["a", "b", "c"])
        assert policies.class_keys(tx) == {1: "a", 2: "b", 3: "c"}
        assert policies.class_keys(tx, [3, 9]) == {3: "c"}
