"""What is taken in, how it is classed, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.intake import MARKING_REDEFINED
from comity.desk.spilling import ABOVE_CEILING
from tests.support.nodes import TLP, Freedonia, a_marking, agreement, an_id, an_object, clause, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"
INDICATOR = an_id("indicator", 1)
GREEN = agreement(clause("1", "share", tlp_at_most="green"), name="green")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        made.agree(GREEN)
        yield made


def test_one_bad_object_does_not_sink_its_bundle(hub: Freedonia) -> None:
    answer = hub.put(an_object("indicator", 1), b'{"type":"malware"}', b'{"a":1,"a":2}', an_object("malware", 2))

    assert (answer.objects, answer.new, answer.quarantined) == (4, 2, 2)
    assert hub.ids(P) == [INDICATOR, an_id("malware", 2)]


def test_the_same_bytes_again_are_a_duplicate_and_other_bytes_a_version(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1))

    again = hub.put(an_object("indicator", 1), an_object("indicator", 1, description="more"))

    assert (again.duplicate, again.new) == (1, 1)


def test_two_sources_hold_different_bytes_under_one_id(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1, description="ours"))

    assert hub.put(an_object("indicator", 1, description="theirs"), source=OTHER).new == 1

    assert [obj["description"] for obj in hub.objects(P)] == ["ours"]


@pytest.mark.parametrize(("said", "visible"), [("green", True), ("amber", False)])
def test_unmarked_objects_have_the_level_that_is_stated(hub: Freedonia, said: str, visible: bool) -> None:
    hub.put(an_object("indicator", 1), tlp=said)

    assert hub.ids(P) == [INDICATOR] * visible


def test_unmarked_objects_are_never_clear(hub: Freedonia) -> None:
    hub.end("green")
    hub.agree(agreement(clause("1", "share", tlp_at_most="clear")))

    hub.put(an_object("indicator", 1), an_object("indicator", 2, object_marking_refs=[TLP["clear"]]))

    assert hub.ids(P) == [an_id("indicator", 2)]


def test_an_unknown_marking_is_the_most_restrictive(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1, object_marking_refs=[TLP["clear"], an_id("marking-definition", 9)]))

    told = hub.explain(INDICATOR, P)
    assert (told.released, told.explanation.facts.tlp.word) == (False, "red")


def test_a_marking_cannot_be_redefined(hub: Freedonia) -> None:
    hub.put(a_marking(1), an_object("indicator", 1, object_marking_refs=[an_id("marking-definition", 1)]))

    answer = hub.put(a_marking(1, definition_type="tlp", definition={"tlp": "red"}))

    assert [line.reason for line in answer.quarantine] == [MARKING_REDEFINED]
    assert INDICATOR in hub.ids(P)


def test_what_is_above_the_ceiling_stands_in_no_file_of_the_node(tmp_path: Path) -> None:
    with freedonia(tmp_path, in_memory=False) as hub:
        marking = a_marking(1, definition_type="statement", definition={"statement": "Classification: PROTECTED"})
        secret = an_object("indicator", 1, object_marking_refs=[marking["id"]], description="Operation Marmalade")

        answer = hub.put(marking, secret)

        assert ABOVE_CEILING in [line.reason for line in answer.quarantine]
        files = [path for path in (tmp_path / "node").rglob("*") if path.is_file()]
        assert not any(b"Operation Marmalade" in path.read_bytes() for path in files)
        assert hub.put(an_object("indicator", 2)).new == 1


def test_a_forbidden_portion_is_left_out_if_optional(hub: Freedonia) -> None:
    marks = [{"marking_ref": TLP["red"], "selectors": ["description"]}]
    hub.put(an_object("indicator", 1, description="source", granular_markings=marks))

    (got,) = hub.objects(P)
    assert "description" not in got
    assert "source" not in str(got)


def test_a_forbidden_portion_that_is_required_withholds_the_object(hub: Freedonia) -> None:
    marks = [{"marking_ref": TLP["red"], "selectors": ["pattern"]}]
    hub.put(an_object("indicator", 1, granular_markings=marks))

    assert hub.ids(P) == []
    assert [one.by for one in hub.explain(INDICATOR, P).hindered] == ["portion"]


def test_a_bad_selector_applies_to_the_whole_object(hub: Freedonia) -> None:
    marks = [{"marking_ref": TLP["red"], "selectors": ["no.such.[9]"]}]
    hub.put(an_object("indicator", 1, granular_markings=marks))

    assert hub.ids(P) == []


def test_personal_data_that_nobody_has_judged_are_refused_under_a_clause_on_them(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "withhold", personal_data=True), name="private"))
    hub.put(an_object("identity", 1, identity_class=None), an_object("identity", 2))

    assert hub.explain(an_id("identity", 1), P).explanation.facts.personal == "undetermined"
    assert hub.ids(P) == [an_id("identity", 2)]
