"""Tests that erasing a marking's definition leaves the node as one to which it never came."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.erasing import erase_records
from comity.stores import keeping, reclassing
from tests.support.nodes import OFFICER, Freedonia, Object, a_marking, agreement, an_id, an_object, clause, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"
MARKING = an_id("marking-definition", 1)
AMBER = a_marking(1, definition_type="tlp", definition={"tlp": "amber"})
COPYRIGHT = a_marking(1, definition_type="statement", definition={"statement": "Copyright 2031, Freedonia"})


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.agree(agreement(clause("1", "share", tlp_at_most="amber")))
        made.reader(P)
        yield made


def marked(number: int = 1, **more: str) -> Object:
    return an_object("indicator", number, object_marking_refs=[MARKING], **more)


def erase(hub: Freedonia, source: str | None = None) -> None:
    request = EraseItemRequest(id=MARKING, reason="Court order.", ordered_by="Court", source=source)
    erase_item(hub.node, OFFICER, request)


def class_of(hub: Freedonia, stix_id: str) -> str:
    with hub.node.store.read() as tx:
        asked = "select c.key from records r join classes c on c.no = r.class_no where r.stix_id = ?"
        return str(tx.exec_driver_sql(asked, (stix_id,)).scalar_one())


def waiting(hub: Freedonia) -> int:
    with hub.node.store.read() as tx:
        return int(tx.exec_driver_sql("select count(*) from unresolved").scalar_one())


@pytest.mark.parametrize("definition", [AMBER, COPYRIGHT], ids=["a-level", "a-statement"])
def test_what_named_it_is_classed_as_if_it_had_never_come(hub: Freedonia, tmp_path: Path, definition: Object) -> None:
    hub.put(definition, marked(), an_object("malware", 2))
    assert an_id("indicator", 1) in hub.ids(P)
    erase(hub)
    assert hub.ids(P) == [an_id("malware", 2)], "a marking that cannot be read lets nothing out"
    (tmp_path / "other").mkdir()
    with freedonia(tmp_path / "other") as never:
        never.put(marked())
        assert class_of(hub, an_id("indicator", 1)) == class_of(never, an_id("indicator", 1))
        assert waiting(hub) == waiting(never) == 1


@pytest.mark.parametrize("definition", [AMBER, COPYRIGHT], ids=["a-level", "a-statement"])
def test_when_a_definition_comes_again_it_stands_as_before(hub: Freedonia, definition: Object) -> None:
    hub.put(definition, marked())
    before = class_of(hub, an_id("indicator", 1))
    erase(hub)
    hub.put(definition)
    assert class_of(hub, an_id("indicator", 1)) == before
    assert an_id("indicator", 1) in hub.ids(P)
    assert waiting(hub) == 0


def test_a_stricter_definition_that_comes_in_its_place_holds_for_what_was_there(hub: Freedonia) -> None:
    hub.put(COPYRIGHT, marked())
    erase(hub)
    hub.put(a_marking(1, definition_type="tlp", definition={"tlp": "red"}))
    assert an_id("indicator", 1) not in hub.ids(P)


def test_a_portions_marking_counts_too(hub: Freedonia) -> None:
    granular = [{"marking_ref": MARKING, "selectors": ["description"]}]
    hub.put(AMBER, an_object("indicator", 1, description="for friends", granular_markings=granular))  # type: ignore[arg-type]
    (shown,) = [one for one in hub.objects(P) if one["id"] == an_id("indicator", 1)]
    assert shown["description"] == "for friends"
    erase(hub)
    (shown,) = [one for one in hub.objects(P) if one["id"] == an_id("indicator", 1)]
    assert "description" not in shown


def test_anothers_definition_of_the_same_id_changes_nothing_here(hub: Freedonia) -> None:
    hub.put(AMBER, marked())
    hub.put(COPYRIGHT, source=OTHER)
    erase(hub, source=OTHER)
    assert an_id("indicator", 1) in hub.ids(P)


def test_more_than_one_part_is_closed_before_the_command_returns(
    hub: Freedonia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comity.stores.reclassing.waiting_for_marking.__defaults__", (2,))
    hub.put(COPYRIGHT, *(marked(n) for n in range(1, 8)))
    assert len(hub.ids(P)) == 8
    erase(hub)
    assert hub.ids(P) == [] and waiting(hub) == 7


def test_another_record_of_the_same_definition_takes_its_place(hub: Freedonia) -> None:
    """Other bytes under one id and version are another record, and the first defines."""
    hub.put(AMBER, {**AMBER, "x_note": "the same again"}, marked())
    with hub.node.store.write() as tx:
        held = sorted(keeping.records_under(tx, MARKING), key=lambda row: row.no)
        assert len(held) == 2
        erase_records(hub.node, tx, held[:1], hub.node.clock())
    hub.settle()
    assert an_id("indicator", 1) in hub.ids(P)
    with hub.node.store.read() as tx:
        assert reclassing.bound_by(tx, [held[1].no]) == {held[1].no: MARKING}
