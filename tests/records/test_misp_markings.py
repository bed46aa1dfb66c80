"""Tests that tags and distribution become markings that bind at least as strictly, in every spelling seen."""

from typing import Any

import pytest

from comity.catalogue.read import load_catalogue
from comity.records.markings import Handling, handling, read_marking
from comity.records.misp_markings import markings_of
from comity.values import Tlp

RULES = load_catalogue().markings


def handled(*tags: str, distributions: tuple[Any, ...] = ()) -> Handling:
    """How a part with these tags is handled where the source's default is TLP:AMBER."""
    made = markings_of(tags, distributions, RULES.schemes)
    known = {str(one["id"]): read_marking(one, RULES) for one in made}
    return handling(known, known, Tlp.AMBER)


@pytest.mark.parametrize(
    ("tag", "level"),
    [
        ("tlp:white", Tlp.CLEAR), ("tlp:clear", Tlp.CLEAR), ("TLP:GREEN", Tlp.GREEN), ("tlp:amber", Tlp.AMBER),
        ("tlp:amber+strict", Tlp.AMBER_STRICT), ("tlp:amber strict", Tlp.AMBER_STRICT), ("TLP: RED", Tlp.RED),
    ],
)  # fmt: skip
def test_tlp_is_read_in_every_dialect(tag: str, level: Tlp) -> None:
    assert (handled(tag).tlp, handled(tag).restricted) == (level, False)


def test_the_strictest_level_binds_and_no_level_leaves_the_source_s_default() -> None:
    assert handled("tlp:white", "tlp:red").tlp == Tlp.RED
    assert handled().tlp == Tlp.AMBER
    assert handled('misp-galaxy:threat-actor="Sofacy"', "no colon at all", "type:OSINT").tlp == Tlp.AMBER


@pytest.mark.parametrize("tag", ["tlp:unclear", "tlp:purple", "tlp:", "PAP:ULTRAVIOLET", 'nato:classification="XX"'])
def test_a_word_that_no_table_knows_refuses(tag: str) -> None:
    if tag == "tlp:":  # no predicate: no tag of the taxonomy
        assert not handled(tag).restricted
    else:
        assert handled(tag).restricted


def test_the_chatham_house_rule_asks_the_originator() -> None:
    assert handled("tlp:ex:chr").originator_control


@pytest.mark.parametrize("tag", ["PAP:RED", "pap:amber", "PAP:GREEN", "PAP:CLEAR", "PAP:WHITE"])
def test_pap_is_carried_and_withholds_nothing(tag: str) -> None:
    made = handled(tag)
    assert (made.restricted, made.originator_control, made.tlp) == (False, False, Tlp.AMBER)
    assert made.flags


def test_iep_tags_are_one_policy_read_field_by_field() -> None:
    assert handled('iep2-policy:tlp="red"', 'iep2-policy:attribution="may"').tlp == Tlp.RED
    assert handled('iep:traffic-light-protocol="GREEN"', 'iep:provider-attribution="MUST NOT"').originator_control
    assert handled('iep:permitted-actions="EXTERNALLY VISIBLE DIRECT ACTIONS"').restricted is False
    assert handled('iep2-policy:encrypt_in_transit="must"').restricted
    assert handled('iep:commercial-use="MUST NOT"').restricted
    assert handled('iep2-policy:attribution="may"', 'iep2-policy:attribution="must"').restricted


def test_levels_of_national_schemes_are_read_from_their_taxonomies() -> None:
    assert handled('nato:classification="NS"').classification == 3


@pytest.mark.parametrize(
    ("levels", "restricted", "controlled"),
    [
        (("3",), False, False), ((3, 5), False, False), ((None,), False, False), (("",), False, False),
        (("1",), False, True), ((2,), False, True), (("3", "1"), False, True),
        (("0",), True, False), (("4",), True, False), (("3", 0), True, False),
        (("9",), True, False), (("all",), True, False), (([],), True, False), ((1.5,), True, False),
    ],
)  # fmt: skip
def test_distribution_never_widens(levels: tuple[Any, ...], restricted: bool, controlled: bool) -> None:
    made = handled("tlp:clear", distributions=levels)
    assert (made.restricted, made.originator_control) == (restricted, controlled)
    if restricted:
        assert made.tlp == Tlp.RED


def test_the_same_words_give_the_same_definition() -> None:
    assert markings_of(["PAP:RED"], [0], RULES.schemes) == markings_of(["PAP:RED"], ["0"], RULES.schemes)
