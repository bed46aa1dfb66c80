"""Tests that what stands around records is looked up once and is what the store says."""

from pathlib import Path

from sqlalchemy import event

from comity.desk.around import Around
from comity.desk.item_views import live_item
from comity.stores import numbering, placeables
from comity.values import id_key
from tests.support.desks import an_object, freedonia, take_in

ACTOR, TOOL = an_object("threat-actor", 1), an_object("malware", 2)
USES = an_object("relationship", 3, relationship_type="uses", source_ref=ACTOR["id"], target_ref=TOOL["id"])
LOST = an_object("relationship", 4, relationship_type="uses", source_ref="malware--none", target_ref=TOOL["id"])


def test_ends_and_what_is_held_under_them_are_given_once_looked_up(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, ACTOR, TOOL, USES, LOST)
        with node.store.read() as tx:
            nos = [live_item(tx, str(obj["id"])).no for obj in (USES, LOST)]
            upto, now = numbering.last_numbered(tx), node.clock()
            gated = placeables.placeable_of(tx, nos, now)
            around = Around(tx, upto, now)
            ends, under = around.ends_under(gated)
            asked: list[str] = []
            event.listen(tx.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
            again = around.ends_under(gated)
    actor, tool, none = id_key(str(ACTOR["id"])), id_key(str(TOOL["id"])), id_key("malware--none")
    assert {no: set(keys) for no, keys in ends.items()} == {nos[0]: {actor, tool}, nos[1]: {none, tool}}
    assert {key: len(held) for key, held in under.items()} == {actor: 1, tool: 1, none: 0}
    assert (again, asked) == ((ends, under), [])


def test_the_ids_that_records_name_are_read_from_their_content(tmp_path: Path) -> None:
    report = an_object("report", 5, name="r", published="2031-02-01T00:00:00Z", object_refs=[TOOL["id"], ACTOR["id"]])
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, report)
        with node.store.read() as tx:
            no = live_item(tx, str(report["id"])).no
            around = Around(tx, numbering.last_numbered(tx), node.clock())
            named, missing = around.named_by([no]), around.envelope(no + 100)
    assert named == {id_key(str(TOOL["id"])), id_key(str(ACTOR["id"]))}
    assert missing is None
