"""Tests that what shows more comes to the reader's present, and that what shows less or the same keeps its date."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from comity.desk import sequence
from comity.desk.mark_item import MarkItemRequest, mark_item
from comity.desk.node_type import Node
from comity.stores import reclassing
from comity.values import Instant
from tests.support.nodes import OFFICER, Freedonia, agreement, an_id, an_object, clause, freedonia

BOTH = ("freedonia-csirt", "ruritania-csirt")
SHARE = clause("1", "share", tlp_at_most="amber")
INDICATOR = an_id("indicator", 1)
STATEMENT = "marking-definition--00000000-0000-4000-8000-000000000077"


def since(hub: Freedonia, moment: int) -> list[dict[str, object]]:
    return [dict(obj) for obj in hub.objects("ruritania-csirt", added_after_ms=moment)]


def test_a_redaction_that_ends_delivers_the_fuller_object_anew(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        redact = clause("2", "redact", properties=["description"], ends="2031-04-01")
        hub.agree(agreement(SHARE + redact), adhere=BOTH)
        hub.put(an_object("indicator", 1, description="full"), an_object("indicator", 2))
        read_until = max(hub.dates("ruritania-csirt").values())
        assert "description" not in hub.objects("ruritania-csirt")[0]
        hub.at("2031-04-01")
        hub.settle()
        (found,) = since(hub, read_until)
        assert (found["id"], found["description"]) == (INDICATOR, "full"), "and the other, which had none, stays"


def test_a_redaction_replaced_by_a_narrower_one_delivers_what_it_freed(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        old = clause("2", "redact", properties=["description", "aliases"], types=["malware"], ends="2031-04-01")
        new = clause("3", "redact", properties=["description"], types=["malware"])
        hub.agree(agreement(SHARE + old + new), adhere=BOTH)
        hub.put(
            an_object("malware", 1, description="full", aliases=["other"]), an_object("malware", 2, description="d")
        )
        read_until = max(hub.dates("ruritania-csirt").values())
        hub.at("2031-04-01")
        hub.settle()
        (found,) = since(hub, read_until)
        assert found["id"] == an_id("malware", 1)
        assert found["aliases"] == ["other"] and "description" not in found


def test_a_redaction_that_begins_moves_nothing(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        redact = clause("2", "redact", properties=["description"], starts="2031-04-01")
        hub.agree(agreement(SHARE + redact), adhere=BOTH)
        hub.put(an_object("indicator", 1, description="full"))
        before = hub.dates("ruritania-csirt")
        hub.at("2031-04-01")
        hub.settle()
        assert hub.dates("ruritania-csirt") == before
        assert "description" not in hub.objects("ruritania-csirt")[0]


def with_portion(number: int, marking: str) -> dict[str, object]:
    return an_object(
        "indicator",
        number,
        description="portion",
        granular_markings=[{"marking_ref": marking, "selectors": ["description"]}],
    )


def test_a_portion_freed_by_a_late_marking_is_delivered_anew(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.agree(agreement(SHARE), adhere=BOTH)
        hub.put(with_portion(1, STATEMENT))
        read_until = max(hub.dates("ruritania-csirt").values())
        assert "description" not in hub.objects("ruritania-csirt")[0]
        hub.later()
        hub.put(
            an_object(
                "marking-definition",
                77,
                id=STATEMENT,
                definition_type="statement",
                definition={"statement": "May be read."},
            )
        )
        found = {str(obj["id"]): obj for obj in since(hub, read_until)}
        assert found[INDICATOR]["description"] == "portion"


def test_a_property_freed_by_an_officers_word_is_delivered_anew_and_hidden_again_it_keeps_its_date(
    tmp_path: Path,
) -> None:
    with freedonia(tmp_path) as hub:
        redact = clause("2", "redact", properties=["description"], personal_data=True)
        hub.agree(agreement(SHARE + redact), adhere=BOTH)
        hub.put(an_object("indicator", 1, description="write to jane.doe@example.com"))
        said = MarkItemRequest(id=INDICATOR, personal="yes", reason="An address.")
        mark_item(hub.node, OFFICER, said)
        read_until = max(hub.dates("ruritania-csirt").values())
        assert "description" not in hub.objects("ruritania-csirt")[0]
        hub.later()
        mark_item(hub.node, OFFICER, MarkItemRequest(id=INDICATOR, personal="no", reason="A role, not a person."))
        (found,) = since(hub, read_until)
        assert "description" in found
        read_until = max(hub.dates("ruritania-csirt").values())
        hub.later()
        mark_item(hub.node, OFFICER, said)
        assert since(hub, read_until) == []


def test_many_that_wait_for_a_marking_are_classed_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reclassing.waiting_for_marking, "__defaults__", (7,))
    parts: list[int] = []
    real = sequence.class_again

    def counted(node: Node, tx: Connection, source_no: int, nos: Sequence[int], now: Instant) -> None:
        parts.append(len(nos))
        real(node, tx, source_no, nos, now)

    monkeypatch.setattr(sequence, "class_again", counted)
    with freedonia(tmp_path) as hub:
        hub.agree(agreement(SHARE), adhere=BOTH)
        hub.put(*(an_object("indicator", n, object_marking_refs=[STATEMENT]) for n in range(20)), tlp="green")
        assert hub.ids("ruritania-csirt") == []
        statement = {"definition_type": "statement", "definition": {"statement": "May be read."}}
        hub.put(an_object("marking-definition", 77, id=STATEMENT, **statement))
        assert parts == [7, 7, 6]
        read = [name for name in hub.ids("ruritania-csirt") if name.startswith("indicator")]
        assert sorted(read) == [an_id("indicator", n) for n in range(20)]


def test_news_of_a_revocation_shows_nothing_that_a_clause_had_dropped(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        redact = clause("2", "redact", properties=["region"], types=["location"])
        hub.agree(agreement(SHARE + redact), adhere=BOTH)
        place = an_object("location", 1, region="hidden", country="FR")
        hub.put(place)
        (served,) = hub.objects("ruritania-csirt")
        assert "region" not in served and served["country"] == "FR"
        hub.end("free-ruri")
        hub.later()
        hub.put({**place, "revoked": True, "modified": "2031-02-09T00:00:00Z"})
        (told,) = hub.objects("ruritania-csirt")
        assert told["revoked"] is True
        assert "region" not in told and told["country"] == "FR"
