"""Tests that levels are read out of the words of people, and out of nothing else."""

import pytest

from comity.records.tlp_words import levels_in
from comity.values import Tlp


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("[TLP:AMBER] Locker", (Tlp.AMBER,)),
        ("tlp: amber+strict, later TLP:GREEN", (Tlp.AMBER_STRICT, Tlp.GREEN)),
        ("TLP RED / TLP-WHITE / TLP_CLEAR", (Tlp.RED, Tlp.CLEAR)),
        ("TLP:AMBER-STRICT", (Tlp.AMBER_STRICT,)),
        ("the amber light, TLPs, TLP:AMBERGRIS, xTLP:RED, TLP:PURPLE", ()),
    ],
)
def test_levels_are_read_the_strictest_first(text: str, levels: tuple[Tlp, ...]) -> None:
    assert levels_in(text) == levels
