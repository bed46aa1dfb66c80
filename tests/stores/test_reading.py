"""Tests what every store shows to a reader: what is behind open gates, live and in time, in date order."""

from sqlalchemy import Connection

from comity.stores import delivering, erasing, keeping, placeables, policies, reading, reclassing
from comity.stores.opening import Store
from comity.stores.policies import FOR_EVER
from comity.stores.reading import Look, Wish
from comity.stores.reclassing import Reclassed
from comity.values import Instant, id_key
from tests.support.stores import NOW, a_record, add_reader, keep

ALL = Wish()


def shown(
    tx: Connection, reader: int, wish: Wish = ALL, after: int = -1, limit: int = 100, now: int = NOW
) -> list[str]:
    return [row.stix_id for row in reading.shown(tx, reader, wish, after, limit, Instant(now))]


def deliver(store: Store, rows: list[tuple[int, int, int]], name: str = "ruritania", until: int = FOR_EVER) -> int:
    """Deliver (item, gate, type) rows to a new reader for whom all their gates stand open."""
    with store.write() as tx:
        reader = add_reader(tx, name)
        delivering.append(store, tx, reader, rows, NOW)
        policies.set_open(store, tx, reader, {gate: until for _, gate, _ in rows})
    return reader


def test_a_page_goes_on_where_the_last_one_ended(store: Store) -> None:
    nos = keep(store, *(a_record(f"indicator--{i}") for i in range(5)))
    reader = deliver(store, [(no, 1, 12) for no in nos])
    with store.read() as tx:
        first = reading.shown(tx, reader, ALL, -1, 2, NOW)
        assert [row.stix_id for row in first] == ["indicator--0", "indicator--1"]
        assert shown(tx, reader, after=first[-1].date_ms, limit=2) == ["indicator--2", "indicator--3"]
        assert shown(tx, reader, after=NOW + 3) == ["indicator--4"]
        assert shown(tx, reader, after=NOW + 4) == []
    assert first[0].body == b"indicator--0 1 1"
    assert first[0].date_ms == NOW


def test_a_readers_view_is_nobody_elses(store: Store) -> None:
    nos = keep(store, a_record("indicator--1"), a_record("indicator--2"))
    one, two = deliver(store, [(nos[0], 1, 12)], "one"), deliver(store, [(nos[1], 1, 12)], "two")
    with store.read() as tx:
        assert shown(tx, one) == ["indicator--1"]
        assert shown(tx, two) == ["indicator--2"]
        assert reading.visible_keys(tx, one, [id_key("indicator--2")], NOW) == set()
        assert reading.readers_who_may(tx, nos, NOW) == [one, two]
        assert reading.readers_who_may(tx, nos[:1], NOW) == [one]


def test_a_gate_that_closes_hides_at_once_and_only_what_is_behind_it(store: Store) -> None:
    nos = keep(store, a_record("indicator--1"), a_record("indicator--2"))
    reader = deliver(store, [(nos[0], 1, 12), (nos[1], 2, 12)])
    with store.write() as tx:
        policies.set_open(store, tx, reader, {2: FOR_EVER})
    with store.read() as tx:
        assert shown(tx, reader) == ["indicator--2"]
        assert reading.visible_keys(tx, reader, map(id_key, ["indicator--1", "indicator--2"]), NOW) == {
            id_key("indicator--2")
        }
        assert reading.visible_versions(tx, reader, [id_key("indicator--1")], NOW) == {}
        assert reading.open_count(tx, reader, NOW) == 1
        assert reading.readers_who_may(tx, nos[:1], NOW) == []


def test_a_gate_is_closed_at_its_last_instant(store: Store) -> None:
    (no,) = keep(store, a_record())
    reader = deliver(store, [(no, 1, 12)], until=NOW + 10)
    with store.read() as tx:
        assert shown(tx, reader, now=NOW + 9) == ["indicator--1"]
        assert shown(tx, reader, now=NOW + 10) == []


def test_what_has_expired_or_was_taken_back_or_erased_is_not_shown(store: Store) -> None:
    nos = keep(store, a_record("indicator--1", expires_ms=NOW + 5), a_record("indicator--2"), a_record("indicator--3"))
    reader = deliver(store, [(no, 1, 12) for no in nos])
    with store.read() as tx:
        assert shown(tx, reader, now=NOW + 4) == ["indicator--1", "indicator--2", "indicator--3"]
        assert shown(tx, reader, now=NOW + 5) == ["indicator--2", "indicator--3"]
    with store.write() as tx:
        keeping.withdraw_records(tx, nos[1:2])
        erasing.erase_record(tx, nos[2], b"\1" * 32)
    with store.read() as tx:
        assert shown(tx, reader, now=NOW + 5) == []


def a_mixed_view(store: Store) -> int:
    """Items 0 to 5: indicator (12), malware (16), x-thing, indicator as 2.0, x-other, malware."""
    nos = keep(
        store,
        a_record("indicator--0"),
        a_record("malware--1"),
        a_record("x-thing--2"),
        a_record("indicator--3", spec=20),
        a_record("x-other--4"),
        a_record("malware--5"),
    )
    return deliver(store, list(zip(nos, [1] * 6, [12, 16, 0, 12, 0, 16], strict=True)))


def test_types_are_alternatives_and_come_in_date_order(store: Store) -> None:
    reader = a_mixed_view(store)
    with store.read() as tx:
        assert shown(tx, reader, Wish(type_numbers=(16,))) == ["malware--1", "malware--5"]
        assert shown(tx, reader, Wish(type_numbers=(16, 12))) == [
            "indicator--0",
            "malware--1",
            "indicator--3",
            "malware--5",
        ]
        assert shown(tx, reader, Wish(type_numbers=(16, 12)), limit=3) == ["indicator--0", "malware--1", "indicator--3"]
        assert shown(tx, reader, Wish(type_numbers=(16, 12)), after=NOW + 1) == ["indicator--3", "malware--5"]
        assert shown(tx, reader, Wish(other_types=("x-thing",))) == ["x-thing--2"]
        assert shown(tx, reader, Wish(type_numbers=(16,), other_types=("x-other", "x-thing"))) == [
            "malware--1",
            "x-thing--2",
            "x-other--4",
            "malware--5",
        ]
        assert shown(tx, reader, Wish(type_numbers=(3,))) == []


def test_wishes_narrow_each_other(store: Store) -> None:
    reader = a_mixed_view(store)
    with store.read() as tx:
        assert shown(tx, reader, Wish(spec=20)) == ["indicator--3"]
        assert shown(tx, reader, Wish(type_numbers=(12, 16), spec=21)) == ["indicator--0", "malware--1", "malware--5"]
        keys = (id_key("malware--5"), id_key("indicator--0"), id_key("tool--9"))
        assert shown(tx, reader, Wish(keys=keys)) == ["indicator--0", "malware--5"]
        assert shown(tx, reader, Wish(keys=keys, type_numbers=(16,))) == ["malware--5"]
        assert shown(tx, reader, Wish(keys=keys, type_numbers=(16, 12)), after=NOW) == ["malware--5"]


def test_a_page_over_several_types_may_be_longer_than_one_statement_takes(store: Store) -> None:
    nos = keep(
        store, *(a_record(f"indicator--{i}") for i in range(1_000)), *(a_record(f"tool--{i}") for i in range(900))
    )
    reader = deliver(store, [(no, 1, 12 if no <= 1_000 else 23) for no in nos])
    with store.read() as tx:
        rows = reading.shown(tx, reader, Wish(type_numbers=(12, 23)), -1, 1_800, NOW)
    assert [row.item_no for row in rows] == nos[:1_800]


def test_versions_are_those_that_the_reader_may_have_oldest_first(store: Store) -> None:
    nos = keep(
        store,
        a_record(version_us=2),
        a_record(version_us=1),
        a_record(version_us=3),
        a_record("tool--1"),
        siblings=("indicator--1",),
    )
    reader = deliver(store, [(nos[0], 1, 12), (nos[1], 1, 12), (nos[3], 1, 23)])
    with store.read() as tx:
        found = reading.visible_versions(tx, reader, map(id_key, ["indicator--1", "tool--1", "tool--2"]), NOW)
        many = {row.stix_id: bool(row.many) for row in reading.shown(tx, reader, ALL, -1, 9, NOW)}
    assert [row.version_us for row in found[id_key("indicator--1")]] == [1, 2]
    assert [row.item_no for row in found[id_key("tool--1")]] == [nos[3]]
    assert id_key("tool--2") not in found
    assert many == {"indicator--1": True, "tool--1": False}


def test_a_views_ids_are_those_it_was_given(store: Store) -> None:
    reader = deliver(store, [])
    with store.read() as tx:
        assert reading.view_ids(tx, reader) == ("view-ruritania", "inbox-ruritania")
        assert reading.view_ids(tx, reader + 1) is None


def test_portions_are_given_with_their_classes(store: Store) -> None:
    (no,) = keep(store, a_record())
    with store.write() as tx:
        reclassing.reclass(store, tx, [Reclassed(no, 1, portions=(("marking-definition--1", 8, False),))])
        assert reading.portions_of(tx, [no, no + 1]) == {no: [("marking-definition--1", 8)]}
        assert placeables.required_portions(tx, [no]) == {}
        assert placeables.all_portions(tx, [no]) == {no: [8]}


def test_a_plain_row_names_its_gate_and_what_it_has_in_common(store: Store) -> None:
    nos = keep(
        store, a_record("indicator--1", class_no=7, flags=4), a_record("tool--1", class_no=2**25), siblings=("tool--1",)
    )
    gates = (5, 2**31 - 1)
    reader = deliver(store, [(nos[0], gates[0], 12), (nos[1], gates[1], 23)])
    with store.write() as tx:
        policies.set_open(store, tx, reader, {gates[1]: NOW + 9})
    with store.read() as tx:
        rows = reading.plain_rows(tx, reader, (), -1, 9, NOW)
        assert [reading.look_of(reading.look_in(row[1])) for row in rows] == [
            Look(7, 4, many=False),
            Look(2**25, 0, many=True),
        ]
        assert [reading.gate_in(row[1]) for row in rows] == list(gates)
        assert [row[0] for row in rows] == [NOW, NOW + 1]
        assert reading.open_among(tx, reader, gates, NOW) == {gates[1]}
        assert reading.open_among(tx, reader, gates, Instant(NOW + 9)) == set()
        assert reading.open_among(tx, reader + 1, gates, NOW) == set()


def test_a_walk_from_the_newest_end_passes_over_what_is_shut(store: Store) -> None:
    nos = keep(store, *(a_record(f"indicator--{i}", expires_ms=NOW + 5 if i == 4 else None) for i in range(6)))
    reader = deliver(store, [(no, 1 if n < 3 else 2, 12 + n % 2) for n, no in enumerate(nos)])
    with store.read() as tx:
        assert reading.dates_before(tx, reader, (), reading.LATEST_MS, 4, NOW) == [NOW + n for n in (5, 4, 3, 2)]
        assert reading.dates_before(tx, reader, (), NOW + 5, 9, Instant(NOW + 5)) == [NOW + n for n in (3, 2, 1, 0)]
        assert reading.dates_before(tx, reader, (13,), reading.LATEST_MS, 2, NOW) == [NOW + 5, NOW + 3]
    with store.write() as tx:
        policies.set_open(store, tx, reader, {1: FOR_EVER})
    with store.read() as tx:
        assert reading.dates_before(tx, reader, (), reading.LATEST_MS, 2, NOW) == [NOW + 2, NOW + 1]
