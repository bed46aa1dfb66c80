"""Tests which items of a step are alike before any reader."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from comity.desk.alike import Alike, leans
from comity.desk.around import Around
from comity.stores import numbering, placeables
from comity.stores.placeables import Placeable
from comity.values import Json
from tests.support.desks import an_object, freedonia, take_in

TOOLS = [an_object("malware", number) for number in range(3)]
AUTHOR = an_object("identity", 9)


def _link(number: int, source: Mapping[str, Json], target: Mapping[str, Json]) -> dict[str, Json]:
    return an_object("relationship", number, relationship_type="uses", source_ref=source["id"], target_ref=target["id"])


@contextmanager
def _alike(folder: Path, *objects: Mapping[str, Json]) -> Iterator[tuple[Alike, dict[str, Placeable]]]:
    """Give the groups of all that is held, and what is held by id."""
    with freedonia(folder) as node:
        take_in(node, folder, *objects)
        with node.store.read() as tx:
            upto, now = numbering.last_numbered(tx), node.clock()
            items = placeables.placeable(tx, 1, upto, now)
            found = {row[1]: row[0] for row in tx.exec_driver_sql("select no, stix_id from records")}
            by_no = {item.no: item for item in items}
            held = {str(obj["id"]): by_no[found[str(obj["id"])]] for obj in objects}
            yield Alike(Around(tx, upto, now), list(held.values())), held


def test_items_of_a_class_that_need_no_more_are_one_group(tmp_path: Path) -> None:
    with _alike(tmp_path, *TOOLS, AUTHOR) as (alike, held):
        groups = {tuple(item.no for item in group.items) for group in alike.plain.values()}
        kinds = {kind for group in alike.plain.values() for _, kind in group.rows}

        assert groups == {tuple(held[str(tool["id"])].no for tool in TOOLS), (held[str(AUTHOR["id"])].no,)}
        assert (alike.leaning, len(kinds)) == ({}, 2)
        assert alike.class_nos == {item.class_no for item in held.values()}


def test_relationships_are_alike_whose_ends_are_of_the_same_classes(tmp_path: Path) -> None:
    links = [_link(10, TOOLS[0], TOOLS[1]), _link(11, TOOLS[2], TOOLS[0]), _link(12, TOOLS[0], an_object("malware", 8))]
    with _alike(tmp_path, *TOOLS, *links) as (alike, held):
        first, second, lost = (held[str(link["id"])] for link in links)
        found = alike.links(alike.class_nos)

        assert {tuple(group.items) for group in found.alike} == {(first, second), (lost,)}
        assert found.single == []
        tool = held[str(TOOLS[0]["id"])].class_no
        assert {group.ends for group in found.alike} == {((tool,), (tool,)), ((tool,), ())}


def test_what_leans_on_what_leans_or_comes_along_is_told_apart(tmp_path: Path) -> None:
    link = _link(10, TOOLS[0], TOOLS[1])
    made = _link(11, AUTHOR, TOOLS[1])
    seen = an_object("sighting", 12, sighting_of_ref=link["id"])
    report = an_object("report", 13, name="r", published="2031-02-01T00:00:00Z", object_refs=[TOOLS[0]["id"]])
    with _alike(tmp_path, *TOOLS, AUTHOR, link, made, seen, report) as (alike, held):
        found = alike.links(alike.class_nos)

        assert [group.items for group in found.alike] == [[held[str(link["id"])]]]
        assert found.single == sorted(held[str(obj["id"])] for obj in (made, seen, report))
        assert found.ends.keys() == {held[str(obj["id"])].no for obj in (made, seen)}
        assert all(map(leans, found.single))


def test_only_links_of_the_classes_asked_for_are_given(tmp_path: Path) -> None:
    link, seen = _link(10, TOOLS[0], TOOLS[1]), an_object("sighting", 12, sighting_of_ref=TOOLS[0]["id"])
    with _alike(tmp_path, *TOOLS, link, seen) as (alike, held):
        one = held[str(link["id"])]

        assert [group.items for group in alike.links([one.class_no, 10_000]).alike] == [[one]]
        assert alike.of_class(one.class_no) == [one]
        assert alike.of_class(10_000) == []
