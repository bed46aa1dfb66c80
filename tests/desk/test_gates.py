import pytest

from comity.desk.gates import REVOKED_GATE, all_of, any_of, classes_in, gate_until, gates_in
from comity.rooms.release.engine import Decision
from comity.stores.policies import FOR_EVER
from comity.values import Instant

YES, NO = Decision(outcome="permitted"), Decision(outcome="forbidden")
TILL_9 = Decision(outcome="permitted", valid_until=Instant(9))
ALONG = Decision(outcome="silent", companion=True)


def test_a_key_says_the_same_whatever_the_order() -> None:
    assert all_of([17, 3, 3]) == all_of([3, 17]) == "3,17"
    assert all_of([3], [8]) == "3,g8"
    assert any_of(4, [9, 7]) == "any:4:7,9"


def test_a_key_gives_its_classes_and_gates_back() -> None:
    key = all_of([3, 17], [8])

    assert (classes_in(key), gates_in(key)) == ((3, 17), (8,))


@pytest.mark.parametrize(
    ("rulings", "until"),
    [
        ({1: YES, 2: YES}, FOR_EVER),
        ({1: YES, 2: TILL_9}, 9),
        ({1: YES, 2: NO}, None),
        ({1: YES}, None),
        ({1: YES, 2: ALONG}, None),
    ],
)
def test_all_classes_must_be_permitted(rulings: dict[int, Decision], until: int | None) -> None:
    assert gate_until("1,2", rulings, {}) == until


@pytest.mark.parametrize(
    ("own", "doors", "until"),
    [
        (ALONG, {7: YES, 9: NO}, FOR_EVER),
        (ALONG, {7: TILL_9, 9: NO}, 9),
        (ALONG, {7: NO, 9: NO}, None),
        (NO, {7: YES, 9: YES}, None),
        (YES, {7: YES, 9: NO}, FOR_EVER),
    ],
)
def test_a_companion_needs_one_open_door_and_no_refusal(
    own: Decision, doors: dict[int, Decision], until: int | None
) -> None:
    gates = {70: "7", 90: "9"}

    assert gate_until(any_of(4, [70, 90]), {4: own, **doors}, gates) == until


def test_a_relationship_to_a_companion_closes_with_it() -> None:
    gates = {70: "7", 80: "any:4:70"}

    assert gate_until("1,g80", {1: YES, 4: ALONG, 7: TILL_9}, gates) == 9
    assert gate_until("1,g80", {1: YES, 4: ALONG, 7: NO}, gates) is None


def test_news_of_a_revocation_is_never_closed() -> None:
    assert gate_until(REVOKED_GATE, {}, {}) == FOR_EVER


def test_many_ways_through_the_same_gates_are_gone_once() -> None:
    keys = {1: "1"}
    for no in range(2, 2_000, 3):
        keys |= {
            no: f"any:4:{no - 1}" if no == 2 else f"any:4:{no - 2},{no - 1}",
            no + 1: f"1,g{no}",
            no + 2: f"2,g{no}",
        }
    last = f"any:4:{max(keys) - 1},{max(keys)}"

    assert gate_until(last, {1: YES, 2: TILL_9, 4: ALONG}, keys) == FOR_EVER
    assert gate_until(last, {1: NO, 2: NO, 4: ALONG}, keys) is None


def test_what_is_known_of_a_gate_is_not_asked_again() -> None:
    assert gate_until("1,g8", {1: YES}, {}, {8: 9}) == 9
    assert gate_until("any:4:7,8", {4: ALONG}, {}, {7: None, 8: 9}) == 9
