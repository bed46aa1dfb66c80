import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.values import Tlp


def test_a_higher_level_is_more_restrictive() -> None:
    assert Tlp.CLEAR < Tlp.GREEN < Tlp.AMBER < Tlp.AMBER_STRICT < Tlp.RED


@pytest.mark.parametrize("level", Tlp)
def test_each_level_is_read_back_from_its_word_in_any_dress(level: Tlp) -> None:
    for dressed in (level.word, level.word.upper(), f"TLP:{level.word}", f" tlp: {level.word} ", level.name):
        assert Tlp.of(dressed) is level


def test_white_of_tlp_1_is_clear() -> None:
    assert Tlp.of("TLP:WHITE") is Tlp.of("white") is Tlp.CLEAR


def test_amber_strict_is_written_with_a_plus_and_read_with_a_space() -> None:
    assert Tlp.AMBER_STRICT.word == "amber+strict"
    assert Tlp.of("TLP:AMBER STRICT") is Tlp.AMBER_STRICT


@pytest.mark.parametrize("word", ["", "TLP:", "black", "amber-strict", "red+", "amberstrict", "2", "tlp:tlp:red"])
def test_another_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="not a TLP label"):
        Tlp.of(word)


@given(st.text(max_size=12))
def test_any_text_is_a_level_or_refused(word: str) -> None:
    try:
        level = Tlp.of(word)
    except ValueError:
        return
    assert Tlp.of(level.word) is level
