"""Tests into which column of the matrix a class falls."""

import pytest

from comity.desk.release_columns import ALL_COLUMNS, chosen, column_of
from comity.errors import UsageError
from comity.records.facts import CATEGORIES, ClassFacts
from comity.values import PartyName, Tlp


def facts(category: str = "indicator", personal: str = "no", tlp: Tlp = Tlp.GREEN) -> ClassFacts:
    me = PartyName("freedonia-csirt")
    return ClassFacts(originator=me, received_from=me, type="x", category=category, tlp=tlp, personal=personal)


def test_every_category_has_a_column_and_personal_data_stands_apart() -> None:
    assert {column_of(facts(category)) for category in CATEGORIES} == set(ALL_COLUMNS) - {"personal"}
    assert column_of(facts(personal="yes")) == column_of(facts(personal="undetermined")) == "personal"


def test_classes_are_chosen_by_column_and_level() -> None:
    keys = {
        1: facts().key,
        2: facts("threat").key,
        3: facts(tlp=Tlp.AMBER_STRICT).key,
        4: facts(personal="yes", tlp=Tlp.AMBER_STRICT).key,
    }
    assert set(chosen(keys, None, None)) == {1, 2, 3, 4}
    assert set(chosen(keys, "indicator", None)) == {1, 3}
    assert set(chosen(keys, None, "amber+strict")) == {3, 4}
    assert set(chosen(keys, "personal", "amber+strict")) == {4}
    assert chosen(keys, "threat", "red") == {}


@pytest.mark.parametrize(("column", "tlp"), [("nothing", None), (None, "white"), ("", None), (None, "<script>")])
def test_what_is_no_column_or_level_is_refused(column: str | None, tlp: str | None) -> None:
    with pytest.raises(UsageError):
        chosen({}, column, tlp)
