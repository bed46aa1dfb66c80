from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.read_view import list_collections, read_manifest, read_objects, read_versions
from comity.desk.views import ReadQuery
from comity.errors import NotFound, NotPermitted, UsageError
from comity.values import Instant, Json, instant, iso, stix_us
from tests.support.nodes import TLP, Freedonia, Object, agreement, an_id, an_object, clause, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"
INDICATOR = an_id("indicator", 1)
FIRST, SECOND, THIRD = (f"2031-02-0{day}T00:00:00.000Z" for day in (1, 2, 3))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        made.agree(agreement(clause("1", "share", tlp_at_most="green")))
        yield made


def _three_versions(hub: Freedonia) -> None:
    """Of which the last is secret."""
    hub.put(an_object("indicator", 1))
    hub.put(an_object("indicator", 1, modified=SECOND))
    hub.put(an_object("indicator", 1, modified=THIRD, object_marking_refs=[TLP["red"]]))


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        (("last",), [SECOND]),
        (("first",), [FIRST]),
        (("all",), [FIRST, SECOND]),
        (("first", "last"), [FIRST, SECOND]),
    ],
)
def test_versions_are_those_that_the_reader_may_see(hub: Freedonia, asked: tuple[str, ...], got: list[str]) -> None:
    _three_versions(hub)

    assert [obj["modified"] for obj in hub.objects(P, versions=asked)] == got


def test_the_versions_of_an_object_leave_the_secret_one_out(hub: Freedonia) -> None:
    _three_versions(hub)
    reader = hub.reader(P)

    assert read_versions(hub.node, reader, reader.view_id, INDICATOR, ReadQuery(limit=9)).versions == (FIRST, SECOND)


def a_name(value: str, number: int = 1, **more: Json) -> Object:
    """An observable: it has no version."""
    said: Object = {"type": "domain-name", "spec_version": "2.1", "id": an_id("domain-name", number), "value": value}
    return said | more


def _versions(hub: Freedonia, stix_id: str) -> tuple[str, ...]:
    reader = hub.reader(P)
    return read_versions(hub.node, reader, reader.view_id, stix_id, ReadQuery(limit=9)).versions


def test_the_version_of_an_object_without_one_is_when_it_became_visible_to_the_reader(tmp_path: Path) -> None:
    """Not when it was kept: that would tell a late reader since when the node has held it."""
    with freedonia(tmp_path) as hub:
        reader, manifest = hub.reader(P), ReadQuery(limit=9)
        hub.put(a_name("a.example"))
        hub.later(3600)
        hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
        released = "2031-03-01T13:00:00.000Z"
        hub.later()

        (entry,) = read_manifest(hub.node, reader, reader.view_id, manifest).entries

        assert (entry.version, released) == (released, iso(Instant(entry.date_added_ms)))
        assert _versions(hub, entry.id) == (released,)
        assert hub.ids(P, versions=(stix_us(released),)) == [entry.id]
        assert hub.ids(P, versions=(stix_us("2031-03-01T12:00:00.000Z"),)) == []


def _values(hub: Freedonia, *versions: str) -> list[Json]:
    return [obj["value"] for obj in hub.objects(P, versions=versions or ("last",))]


def test_a_second_content_without_a_version_becomes_the_latest_one(hub: Freedonia) -> None:
    hub.put(a_name("one.example"))
    hub.later()
    hub.put(a_name("two.example"))

    first, second = "2031-03-01T12:00:00.000Z", "2031-03-01T12:01:00.000Z"
    assert _values(hub) == _values(hub, "last") == ["two.example"]
    assert _values(hub, "first") == ["one.example"]
    assert _values(hub, "all") == _values(hub, "first", "last") == ["one.example", "two.example"]
    assert _versions(hub, an_id("domain-name", 1)) == (first, second)
    assert [obj["value"] for obj in hub.objects(P, versions=(stix_us(second),))] == ["two.example"]
    assert hub.since(P, int(instant(first))) == [an_id("domain-name", 1)]


def test_contents_of_one_import_stand_in_its_order(hub: Freedonia) -> None:
    hub.put(a_name("one.example"), a_name("two.example"))

    assert (_values(hub), _values(hub, "all")) == (["two.example"], ["one.example", "two.example"])


def test_a_newer_content_that_a_reader_may_not_have_changes_nothing_for_it(hub: Freedonia) -> None:
    hub.put(a_name("one.example"))
    before = hub.dates(P)
    hub.later()
    hub.put(a_name("two.example", object_marking_refs=[TLP["red"]]))

    assert (_values(hub, "all"), hub.dates(P)) == (["one.example"], before)


def test_an_older_content_that_is_released_late_does_not_become_the_latest(hub: Freedonia) -> None:
    hub.put(a_name("one.example", object_marking_refs=[TLP["amber"]]))
    hub.put(a_name("two.example"))
    assert _values(hub, "all") == ["two.example"]
    hub.later()

    hub.agree(agreement(clause("1", "share", tlp_at_most="amber"), name="amber"))

    assert (_values(hub), _values(hub, "all")) == (["two.example"], ["one.example", "two.example"])
    assert list(_versions(hub, an_id("domain-name", 1))) == sorted(_versions(hub, an_id("domain-name", 1)))


def test_the_content_before_is_delivered_anew_when_the_latest_one_goes(hub: Freedonia) -> None:
    hub.put(a_name("one.example"))
    hub.put(a_name("two.example", object_marking_refs=[TLP["amber"]]))
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber"), name="amber"))
    assert _values(hub) == ["two.example"]
    hub.later()
    hub.end("amber")

    assert _values(hub, "all") == ["one.example"]
    assert hub.dates(P) == {an_id("domain-name", 1): int(hub.clock())}


def test_another_sources_content_without_a_version_replaces_nothing(hub: Freedonia) -> None:
    forward = clause("1", "forward", from_=[OTHER], by=["freedonia-csirt"], to=[P], tlp_at_most="green")
    parties = ("freedonia-csirt", P, OTHER)
    hub.agree(agreement(forward, name="forward", parties=parties), adhere=parties)
    hub.put(a_name("one.example"))
    before = hub.dates(P)
    hub.later()
    hub.put(a_name("theirs.example"), a_name("theirs-too.example", 2), source=OTHER)

    assert _values(hub, "all") == ["one.example", "theirs-too.example"]
    assert hub.dates(P)[an_id("domain-name", 1)] == before[an_id("domain-name", 1)]

    hub.put(a_name("two.example"))
    assert _values(hub, "all") == ["one.example", "theirs-too.example", "two.example"]


def test_pages_meet_every_object_once_in_the_order_of_their_dates(hub: Freedonia) -> None:
    hub.put(*(an_object("indicator", number) for number in range(1, 24)))
    whole = hub.ids(P)

    for limit in (1, 2, 7, 23, 24):
        assert hub.ids(P, limit=limit) == whole
    assert whole == [an_id("indicator", number) for number in range(1, 24)]


def test_a_page_is_never_empty_with_more_to_come(hub: Freedonia) -> None:
    hub.put(*(an_object("malware", number) for number in range(1, 200)), an_object("indicator", 1))
    reader = hub.reader(P)
    query = ReadQuery(limit=1, types=("indicator",))

    page = read_objects(hub.node, reader, reader.view_id, query)

    assert (len(page.objects), page.more, page.next) == (1, False, None)


def test_a_date_pager_and_a_token_pager_meet_the_same(hub: Freedonia) -> None:
    hub.put(*(an_object("indicator", number) for number in range(1, 12)))
    reader, found, after = hub.reader(P), [], None
    while True:
        page = read_objects(hub.node, reader, reader.view_id, ReadQuery(limit=4, added_after_ms=after))
        found += [msgspec.json.decode(body)["id"] for body in page.objects]
        if not page.objects:
            break
        after = page.last_ms

    assert found == hub.ids(P, limit=4)


def test_a_page_stays_within_its_bytes_and_holds_at_least_one(tmp_path: Path) -> None:
    with freedonia(tmp_path, page_bytes=100_000) as hub:
        hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
        hub.put(*(an_object("indicator", number, description="x" * 60_000) for number in range(1, 4)))
        reader = hub.reader(P)

        assert len(read_objects(hub.node, reader, reader.view_id, ReadQuery(limit=9)).objects) == 1
        assert len(hub.ids(P, limit=9)) == 3


def test_an_object_of_20_is_served_as_21_and_as_it_came_if_asked_for(hub: Freedonia) -> None:
    old = an_object("malware", 1, spec_version=None, is_family=None, labels=["ransomware"])
    hub.put(old)

    (new,) = hub.objects(P)
    assert (new["spec_version"], "upgraded-2.0" in str(new["extensions"])) == ("2.1", True)
    assert hub.objects(P, spec_versions=("2.0",)) == [old]


def test_another_readers_collections_are_not_there(hub: Freedonia) -> None:
    mine, other = hub.reader(P), hub.reader(OTHER)
    query = ReadQuery(limit=1)

    for collection in (other.view_id, other.inbox_id, "00000000-0000-4000-8000-000000000000", ""):
        with pytest.raises(NotFound):
            read_objects(hub.node, mine, collection, query)
    with pytest.raises(NotPermitted):
        read_objects(hub.node, mine, mine.inbox_id, query)
    assert {view.id for view in list_collections(hub.node, mine)} == {mine.view_id, mine.inbox_id}


def test_another_readers_token_is_refused(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green"), name="b", parties=("freedonia-csirt", OTHER)))
    hub.put(an_object("indicator", 1), an_object("indicator", 2))
    mine, other = hub.reader(P), hub.reader(OTHER)
    foreign = read_objects(hub.node, other, other.view_id, ReadQuery(limit=1)).next

    with pytest.raises(UsageError):
        read_objects(hub.node, mine, mine.view_id, ReadQuery(limit=1, after=foreign))
