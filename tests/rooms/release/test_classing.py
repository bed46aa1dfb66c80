import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.records.envelope import Envelope, read_envelope
from comity.records.markings import STANDARD_MARKINGS, Marking, handling
from comity.rooms.release.classing import MOST_PORTIONS, Classed, Origin, classify
from comity.values import Json, PartyName, Tlp, instant

FREE, RURI = PartyName("freedonia-csirt"), PartyName("ruritania-csirt")
STANDARD = {marking.tlp: stix_id for stix_id, marking in STANDARD_MARKINGS.items()}
CLEAR, GREEN, AMBER, RED = (STANDARD[level] for level in (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.RED))
SECRET = Marking(stix_id="marking-definition--secret", classification=3)
ORCON = Marking(stix_id="marking-definition--orcon", originator_control=True)
EMBARGOED = Marking(stix_id="marking-definition--later", starts=instant("2031-01-01"), expires=instant("2032-01-01"))
ODD = Marking(stix_id="marking-definition--odd", unknown=True)
COPYRIGHT = Marking(stix_id="marking-definition--copyright")
KNOWN = {marking.stix_id: marking for marking in (SECRET, ORCON, EMBARGOED, ODD, COPYRIGHT)}
MISSING = "marking-definition--never-came"


def an_item(*markings: str, granular: Json = None, **properties: Json) -> Envelope:
    item: dict[str, Json] = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": "indicator--6e2a0c6b-2a8e-4d6e-9a55-0a1c9f1f2b11",
        "created": "2030-01-01T00:00:00Z",
        "modified": "2030-01-01T00:00:00Z",
        "name": "n",
        "description": "d",
        "labels": ["a", "b"],
        "pattern": "[file:size = 1]",
        "pattern_type": "stix",
        "valid_from": "2030-01-01T00:00:00Z",
        **properties,
    }
    if markings:
        item["object_marking_refs"] = list(markings)
    if granular is not None:
        item["granular_markings"] = granular
    return read_envelope(json.dumps(item).encode())


def portion(marking: str, *selectors: str) -> Json:
    return {"marking_ref": marking, "selectors": list(selectors)}


def classed(item: Envelope, default: Tlp = Tlp.AMBER, personal: str = "no") -> Classed:
    return classify(item, Origin(originator=RURI, received_from=FREE, default_tlp=default), KNOWN, personal)


def test_an_items_class_holds_its_facts() -> None:
    origin = Origin(originator=RURI, received_from=FREE, default_tlp=Tlp.RED)

    facts = classify(an_item(GREEN, SECRET.stix_id), origin, KNOWN, "undetermined", (FREE,)).facts

    assert (facts.originator, facts.received_from) == (RURI, FREE)
    assert (facts.type, facts.category) == ("indicator", "indicator")
    assert (facts.tlp, facts.classification, facts.personal) == (Tlp.GREEN, 3, "undetermined")
    assert (facts.originator_control, facts.restricted, facts.consents) == (False, False, (FREE,))


def test_originator_control_is_a_fact() -> None:
    assert classed(an_item(ORCON.stix_id)).facts.originator_control


def test_an_unknown_type_is_other() -> None:
    item = read_envelope(b'{"type":"x-thing","id":"x-thing--1"}')

    assert (classed(item).facts.type, classed(item).facts.category) == ("other", "other")


@pytest.mark.parametrize("default", [Tlp.GREEN, Tlp.AMBER, Tlp.RED])
def test_what_is_unmarked_has_the_default_level_of_its_source(default: Tlp) -> None:
    assert classed(an_item(), default).facts.tlp is default
    assert classed(an_item(COPYRIGHT.stix_id), default).facts.tlp is default
    assert classed(an_item(CLEAR), default).facts.tlp is Tlp.CLEAR


@pytest.mark.parametrize("marking", [MISSING, ODD.stix_id])
def test_a_marking_that_is_missing_or_unreadable_is_most_restrictive(marking: str) -> None:
    found = classed(an_item(CLEAR, marking))

    assert (found.facts.tlp, found.facts.restricted) == (Tlp.RED, True)
    assert found.handling.unresolved == ((MISSING,) if marking == MISSING else ())


@pytest.mark.parametrize("standard", sorted(STANDARD_MARKINGS))
def test_the_standard_markings_themselves_are_clear_whatever_they_are_marked_with(standard: str) -> None:
    body = {"type": "marking-definition", "id": standard, "object_marking_refs": [RED, MISSING]}

    found = classed(read_envelope(json.dumps(body).encode()), Tlp.RED, "yes")

    assert (found.facts.tlp, found.facts.personal, found.facts.restricted) == (Tlp.CLEAR, "no", False)
    assert found.portions == ()


def test_a_stricter_portion_has_a_class_of_its_own() -> None:
    found = classed(an_item(GREEN, granular=[portion(RED, "description"), portion(SECRET.stix_id, "labels.[1]")]))

    assert found.facts.tlp is Tlp.GREEN
    red, secret = found.portions
    assert (red.marking_id, red.facts.tlp, red.required) == (RED, Tlp.RED, False)
    assert (secret.facts.tlp, secret.facts.classification) == (Tlp.GREEN, 3)
    assert (found.facts.classification, found.classification) == (0, 3)


def test_a_portion_that_the_object_cannot_be_without_is_said_to_be_required() -> None:
    (found,) = classed(an_item(GREEN, granular=[portion(RED, "description", "pattern")])).portions

    assert found.required


@pytest.mark.parametrize(
    ("markings", "freer", "level"),
    [((AMBER,), GREEN, Tlp.AMBER), ((RED,), CLEAR, Tlp.RED), ((), CLEAR, Tlp.AMBER), ((), GREEN, Tlp.AMBER)],
)
def test_a_portion_marked_freer_than_its_object_is_handled_as_the_object(
    markings: tuple[str, ...], freer: str, level: Tlp
) -> None:
    found = classed(an_item(*markings, granular=[portion(freer, "description")]))

    assert found.facts.tlp is level
    assert found.portions == ()  # nothing to tell apart


@pytest.mark.parametrize(
    "granular",
    [
        [portion(RED, "nothing_there")],
        [portion(RED, "labels.[2]")],
        [portion(RED, "description", "labels.[x]")],
        [portion(RED)],
        [{"marking_ref": RED}],
        [{"marking_ref": RED, "selectors": [5]}],
    ],
)
def test_a_bad_selector_marks_the_whole_object(granular: Json) -> None:
    found = classed(an_item(GREEN, granular=granular))

    assert found.facts.tlp is Tlp.RED
    assert found.portions == ()


@pytest.mark.parametrize("granular", ["odd", [5], {"a": 1}, [{"selectors": ["description"]}]])
def test_granular_markings_that_cannot_be_read_restrict(granular: Json) -> None:
    found = classed(an_item(CLEAR, granular=granular))

    assert found.facts.restricted or any(part.facts.restricted for part in found.portions)


def test_a_bad_selector_under_a_freer_marking_frees_nothing() -> None:
    assert classed(an_item(granular=[portion(GREEN, "gone")]), Tlp.AMBER).facts.tlp is Tlp.AMBER


def test_a_whole_object_portion_binds_the_other_portions_too() -> None:
    granular: Json = [portion(SECRET.stix_id, "gone"), portion(AMBER, "description")]

    found = classed(an_item(GREEN, granular=granular))

    assert (found.facts.tlp, found.facts.classification) == (Tlp.GREEN, 3)
    assert [(p.facts.tlp, p.facts.classification) for p in found.portions] == [(Tlp.AMBER, 3)]


def test_a_portion_whose_definition_has_not_come_is_waited_for() -> None:
    found = classed(an_item(GREEN, granular=[portion(MISSING, "description")]))

    assert found.facts.tlp is Tlp.GREEN
    assert found.portions[0].facts.restricted
    assert found.handling.unresolved == (MISSING,)


def test_the_dates_of_a_portion_hold_for_the_object() -> None:
    found = classed(an_item(GREEN, granular=[portion(EMBARGOED.stix_id, "description")]))

    # A class has no dates: were they left out, the portion would flow before its time.
    assert (found.handling.starts, found.handling.expires) == (EMBARGOED.starts, EMBARGOED.expires)


def test_selectors_under_one_marking_are_one_portion() -> None:
    granular: Json = [portion(RED, "description"), portion(RED, "labels.[0]", "pattern")]

    (found,) = classed(an_item(GREEN, granular=granular)).portions

    assert found.required  # by the pattern of the second


marking_ids = st.lists(st.sampled_from([*STANDARD_MARKINGS, *KNOWN, MISSING]), max_size=3)
selectors = st.lists(
    st.sampled_from(["name", "description", "labels", "labels.[0]", "labels.[9]", "pattern", "id", "x", ""]), max_size=3
)
granulars = st.lists(
    st.builds(lambda name, chosen: portion(name, *chosen), marking_ids.map(lambda ids: (*ids, AMBER)[0]), selectors),
    max_size=4,
)


@given(marking_ids, granulars, st.sampled_from(Tlp), st.sampled_from(["no", "yes", "undetermined"]))
def test_no_portion_is_freer_than_its_object_and_no_object_freer_than_its_markings(
    markings: list[str], granular: list[Json], default: Tlp, personal: str
) -> None:
    found = classed(an_item(*markings, granular=granular), default, personal)

    least = handling(markings, KNOWN, default)
    for facts in (found.facts, *(part.facts for part in found.portions)):
        assert facts.personal == personal
        assert facts.tlp >= found.facts.tlp >= least.tlp
        assert facts.classification >= found.facts.classification >= least.classification
        assert facts.originator_control >= found.facts.originator_control >= least.originator_control
        assert facts.restricted >= found.facts.restricted >= least.restricted
    assert all(part.facts != found.facts for part in found.portions)
    assert found.classification == max([found.facts.classification, *(p.facts.classification for p in found.portions)])


@given(marking_ids, granulars, st.randoms(use_true_random=False))
def test_the_order_of_markings_does_not_matter(
    markings: list[str], granular: list[Json], random: st.DataObject
) -> None:
    mixed, mixed_granular = list(markings), list(granular)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    random.shuffle(mixed_granular)  # type: ignore[attr-defined]  # as above

    one, other = classed(an_item(*markings, granular=granular)), classed(an_item(*mixed, granular=mixed_granular))

    assert one.facts == other.facts
    assert sorted(one.portions, key=str) == sorted(other.portions, key=str)


def test_very_many_portions_bind_the_whole_object_and_take_a_moment() -> None:
    marks = [portion(f"marking-definition--{n}", f"labels.[{n}]") for n in range(4_000)]
    found = classed(an_item(GREEN, granular=marks, labels=["x"] * 4_000))

    assert (found.facts.restricted, found.portions) == (True, ())


def test_the_portions_told_apart_are_as_many_as_there_can_be() -> None:
    marks = [portion(f"marking-definition--{n}", f"labels.[{n}]") for n in range(MOST_PORTIONS)]
    found = classed(an_item(GREEN, granular=marks, labels=["x"] * (MOST_PORTIONS + 1)))

    assert (found.facts.restricted, len(found.portions)) == (False, MOST_PORTIONS)
    assert not any(part.required for part in found.portions)
