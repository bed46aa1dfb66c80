"""A table of an agreement is read key by key, and a key that nobody asked for is refused with advice."""

import pytest

from comity.errors import AgreementRejected
from comity.rooms.release.fields import LONGEST_LIST, Fields, short_name


def test_a_key_that_nobody_asked_for_is_refused_with_the_nearest_known() -> None:
    fields = Fields({"colour": "red", "color": "blue"}, "paint")
    assert fields.text("colour") == "red"

    with pytest.raises(AgreementRejected, match="did you mean colour") as refused:
        fields.done()
    assert refused.value.path == "paint.color"


def test_a_key_like_none_known_lists_what_is_known() -> None:
    fields = Fields({"zzzzz": 1}, "")
    fields.flag("personal_data")

    with pytest.raises(AgreementRejected, match="known here: personal_data"):
        fields.done()


def test_long_lists_are_refused() -> None:
    with pytest.raises(AgreementRejected, match="at most"):
        Fields({"names": ["x"] * (LONGEST_LIST + 1)}, "").names("names")


def test_a_short_name_is_taken_as_it_stands_or_the_right_one_told() -> None:
    assert short_name("northwind-energy") == "northwind-energy"
    with pytest.raises(ValueError, match="short name: northwind-energy"):
        short_name("Northwind Energy")
