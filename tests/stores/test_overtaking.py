"""Tests on every store: which contents without a version stand before an older one in a view."""

from comity.stores import delivering
from comity.stores.opening import Store
from comity.stores.overtaking import overtaken
from comity.values import Instant
from tests.support.stores import NOW, a_record, add_reader, keep

NAME = "url--1"
OTHERS = [f"url--{number}" for number in range(2, 10)]


def _contents(store: Store, *bodies: bytes, source_no: int = 1, name: str = NAME, version_us: int = 0) -> list[int]:
    records = [a_record(name, version_us=version_us, source_no=source_no, body=body) for body in bodies]
    return keep(store, *records, siblings=(name,))


def _overtaken(store: Store, *steps: list[int], since: int = 1) -> list[int]:
    """Deliver step after step to one reader, and ask after what came with the last steps, from `since` on."""
    with store.write() as tx:
        reader = add_reader(tx)
        starts: list[int] = []
        for number, nos in enumerate(steps):
            starts.append(delivering.last_date(tx, reader))
            delivering.append(store, tx, reader, [(no, 1, 12) for no in nos], Instant(NOW + 1000 * number))
        return overtaken(tx, reader, starts[since])


def test_what_stands_before_an_older_content_that_comes_late_is_overtaken(store: Store) -> None:
    first, second, third = _contents(store, b"a", b"b", b"c")

    assert _overtaken(store, [second, third], [first]) == [second, third]


def test_contents_that_came_in_their_order_are_not_overtaken(store: Store) -> None:
    nos = _contents(store, b"a", b"b", b"c")

    assert _overtaken(store, *([no] for no in nos)) == []


def test_what_came_late_before_this_step_is_not_told_again(store: Store) -> None:
    first, second = _contents(store, b"a", b"b")
    (other,) = keep(store, a_record("url--2", version_us=0))

    assert _overtaken(store, [second], [first], [other], since=2) == []


def test_another_sources_content_and_one_with_a_version_are_not_overtaken(store: Store) -> None:
    (first,) = _contents(store, b"a")
    (foreign,) = _contents(store, b"b", source_no=2)
    (versioned,) = _contents(store, b"c", version_us=5)

    assert _overtaken(store, [foreign, versioned], [first]) == []


def test_it_is_found_where_more_ids_are_held_twice_than_have_come(store: Store) -> None:
    first, second = _contents(store, b"a", b"b")
    for name in OTHERS:
        _contents(store, b"a", b"b", name=name)

    assert _overtaken(store, [second], [first]) == [second]


def test_it_is_found_where_more_have_come_than_ids_are_held_twice(store: Store) -> None:
    first, second = _contents(store, b"a", b"b")
    alone = keep(store, *(a_record(name, version_us=0) for name in OTHERS))

    assert _overtaken(store, [second], [first, *alone]) == [second]
