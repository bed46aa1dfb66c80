"""What a reader gets where it may not have the bytes as received."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from comity.desk.read_view import read_objects
from comity.desk.views import ReadQuery
from comity.rooms.release.renditions import RENDITION_EXTENSION
from comity.stores.release_tables import decisions
from tests.support.nodes import TLP, Freedonia, agreement, an_id, an_object, clause, freedonia

P = "ruritania-csirt"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        made.agree(agreement(clause("1", "share", tlp_at_most="green")))
        yield made


def _bodies(hub: Freedonia) -> tuple[bytes, ...]:
    reader = hub.reader(P)
    return read_objects(hub.node, reader, reader.view_id, ReadQuery(limit=50)).objects


def test_who_may_have_all_of_it_gets_the_bytes_as_received(hub: Freedonia) -> None:
    odd = b'{ "id":"x-odd--1","type":"x-odd",\t"spec_version":"2.1","n":1.50,"u":"\\u00e9" }'
    hub.put(odd)

    assert _bodies(hub) == (odd,)


def test_a_rendition_is_marked_and_the_same_each_time(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1, created_by_ref=an_id("identity", 9)))

    assert _bodies(hub) == _bodies(hub)
    (got,) = hub.objects(P)
    assert got["extensions"][RENDITION_EXTENSION]["rendition"] == ["references-removed"]  # type: ignore[index,call-overload]


@pytest.mark.parametrize("nested", [False, True])
def test_a_hidden_id_stands_nowhere_in_what_is_served(hub: Freedonia, nested: bool) -> None:
    hidden = an_id("malware", 66)
    said = {"extensions": {"x-deep": {"list": [{"seen_with_refs": [hidden]}]}}} if nested else {"x_with_ref": hidden}
    hub.put(an_object("malware", 66, object_marking_refs=[TLP["red"]]), an_object("indicator", 1, **said))

    (body,) = _bodies(hub)
    assert hidden.encode() not in body


def test_tightening_shows_in_the_next_page(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber", types=["malware"]), name="more"))
    hub.put(
        an_object("malware", 1, object_marking_refs=[TLP["amber"]]),
        an_object("indicator", 1, x_with_ref=an_id("malware", 1)),
    )
    assert hub.objects(P, types=["indicator"])[0]["x_with_ref"] == an_id("malware", 1)

    hub.end("more")

    assert "x_with_ref" not in hub.objects(P, types=["indicator"])[0]


def test_what_nothing_was_decided_about_is_not_shown(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1))
    before = hub.ids(P)
    with hub.node.store.write() as tx:  # lost, as from a database edited by hand
        tx.execute(delete(decisions))

    assert (before, hub.ids(P)) == ([an_id("indicator", 1)], [])
