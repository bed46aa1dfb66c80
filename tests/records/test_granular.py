import json
from pathlib import Path

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st

from comity.records.envelope import UNREADABLE_MARKING
from comity.records.granular import Needed, Portion, portions, redact, resolve, without
from comity.values import Json, JsonObject

RED = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"


def an_indicator(**fields: Json) -> JsonObject:
    return {
        "type": "indicator",
        "id": "indicator--1",
        "name": "Fake mail",
        "description": "Known to be used by The Joker.",
        "indicator_types": ["malicious-activity", "attribution", "benign"],
        "pattern": "[url:value = 'x']",
        "kill_chain_phases": [{"kill_chain_name": "k", "phase_name": "p"}],
        "external_references": [{"source_name": "a", "url": "https://a"}, {"source_name": "b", "external_id": "7"}],
        **fields,
    }


def marked(ref: str, *selectors: Json) -> Json:
    return {"marking_ref": ref, "selectors": [*selectors]}


def test_selectors_lead_to_properties_and_list_elements() -> None:
    obj = an_indicator()
    assert resolve(obj, "indicator_types.[1]") == ("indicator_types", 1)
    assert resolve(obj, "external_references.[0].url") == ("external_references", 0, "url")


@pytest.mark.parametrize(
    "selector",
    [
        "", "absent", "indicator_types.[3]", "indicator_types.1", "indicator_types.[01]", "indicator_types.[-1]",
        "indicator_types.[99999999999999999999]", "name.[0]", "description.x", ".name", "name.", "indicator_types[0]",
        "x" + ".x" * 10_000, None, 5, ["name"], "NAME",
    ],
)  # fmt: skip
def test_a_selector_that_leads_nowhere_covers_the_whole_object(selector: Json) -> None:
    obj = an_indicator(granular_markings=[marked(RED, "name", selector)])
    assert portions(obj) == (Portion(marking_ref=RED, whole=True),)


@pytest.mark.parametrize("markings", [{}, "red", [5], [{}], [{"selectors": ["name"]}], [{"marking_ref": 5}]])
def test_a_granular_marking_that_cannot_be_read_covers_the_whole_object(markings: Json) -> None:
    found = portions(an_indicator(granular_markings=markings))
    assert [(p.marking_ref, p.whole) for p in found if p.whole or p.marking_ref == UNREADABLE_MARKING] != []


def test_language_markings_restrict_nothing() -> None:
    obj = an_indicator(granular_markings=[{"lang": "fr", "selectors": ["name"]}, marked(RED, "description")])
    assert portions(obj) == (Portion(marking_ref=RED, selectors=("description",)),)
    with_both = an_indicator(granular_markings=[{"lang": "fr", "marking_ref": RED, "selectors": ["name"]}])
    assert portions(with_both) == (Portion(marking_ref=RED, selectors=("name",)),)


def test_an_optional_portion_goes_with_its_marking() -> None:
    obj = an_indicator(granular_markings=[marked(RED, "description"), marked(GREEN, "name")])
    left = redact(obj, ["description"])
    assert left is not None and "description" not in left
    assert left["granular_markings"] == [marked(GREEN, "name")]
    assert "description" in obj  # the object given stays as it is


def test_the_last_granular_marking_takes_the_property_with_it() -> None:
    left = redact(an_indicator(granular_markings=[marked(RED, "description")]), ["description"])
    assert left is not None and "granular_markings" not in left


def test_other_selectors_keep_their_meaning_when_list_elements_go() -> None:
    obj = an_indicator(
        granular_markings=[
            marked(RED, "indicator_types.[0]", "external_references.[0]"),
            marked(GREEN, "indicator_types.[2]", "indicator_types.[0]", "external_references.[1].external_id"),
            marked(GREEN, "indicator_types"),
        ]
    )
    left = redact(obj, ["indicator_types.[0]", "external_references.[0]"])
    assert left is not None
    assert left["indicator_types"] == ["attribution", "benign"]
    assert left["granular_markings"] == [
        marked(GREEN, "indicator_types.[1]", "external_references.[0].external_id"),
        marked(GREEN, "indicator_types"),
    ]


def test_a_list_that_is_emptied_goes_and_its_selectors_with_it() -> None:
    obj = an_indicator(granular_markings=[marked(GREEN, "indicator_types", "name")])
    left = redact(obj, [f"indicator_types.[{n}]" for n in (2, 0, 1)])
    assert left is not None and "indicator_types" not in left
    assert left["granular_markings"] == [marked(GREEN, "name")]


@pytest.mark.parametrize(
    "selector",
    [
        "pattern", "id", "type", "kill_chain_phases.[0].phase_name", "external_references.[0].url",
        "external_references.[0].source_name", "granular_markings", "granular_markings.[0]", "revoked", "absent",
    ],
)  # fmt: skip
def test_what_the_object_cannot_be_without_withholds_it(selector: str) -> None:
    assert redact(an_indicator(revoked=True, granular_markings=[marked(RED, "name")]), [selector]) is None


def test_a_required_list_is_not_emptied() -> None:
    report: JsonObject = {"type": "report", "name": "r", "object_refs": ["a--1", "b--2"], "description": "d"}
    assert redact(report, ["object_refs.[0]"]) == {**report, "object_refs": ["b--2"]}
    assert redact(report, ["object_refs.[1]", "object_refs.[0]"]) is None


def test_the_extension_that_makes_a_type_does_not_go() -> None:
    obj: JsonObject = {
        "type": "x-a",
        "id": "x-a--1",
        "text": "t",
        "extensions": {"extension-definition--1": {"extension_type": "new-sdo", "more": 1}, "other": {"a": 1, "b": 2}},
    }
    assert redact(obj, ["extensions"]) is None
    assert redact(obj, ["extensions.extension-definition--1"]) is None
    assert redact(obj, ["extensions.extension-definition--1.extension_type"]) is None
    assert redact(obj, ["extensions.extension-definition--1.more"]) is not None
    left = redact(obj, ["extensions.other"])
    assert left is not None and "other" not in str(left)


def test_embedded_observables_are_withheld_whole() -> None:
    obj: JsonObject = {"type": "observed-data", "objects": {"0": {"type": "url", "value": "x"}, "1": {"type": "mutex"}}}
    assert redact(obj, ["objects.0"]) is None
    assert without(obj, [("objects", "0")]) == Needed(path="objects.0")


def test_ten_thousand_selectors_take_a_moment() -> None:
    names: Json = [f"alias-{n}" for n in range(10_000)]
    obj: JsonObject = {
        "type": "tool",
        "name": "t",
        "aliases": names,
        "granular_markings": [marked(GREEN, *(f"aliases.[{n}]" for n in range(10_000)))],
    }
    left = redact(obj, [f"aliases.[{n}]" for n in range(0, 10_000, 2)])
    assert left is not None and portions(left)[0].selectors[-1] == "aliases.[4999]"


words = st.text("abcdefgh", min_size=1, max_size=4)
values = st.recursive(
    words, lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(words, inner, min_size=1)
)


def _paths(value: Json, path: str = "") -> list[str]:
    inner: list[tuple[str, Json]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = [(f"[{n}]", item) for n, item in enumerate(value)]
    found = []
    for step, item in inner:
        here = f"{path}.{step}" if path else step
        found += [here, *_paths(item, here)]
    return found


def _leaves(value: Json) -> list[str]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [str(value)]


def _numbered(value: Json, count: list[int]) -> Json:
    """Give every leaf its own text, so that it can be searched for."""
    if isinstance(value, dict):
        return {key: _numbered(item, count) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbered(item, count) for item in value]
    count[0] += 1
    return f"leaf-{count[0]}-end"


def _value_at(obj: JsonObject, selector: str) -> Json:
    here: Json = obj
    for step in resolve(obj, selector) or ():
        here = here[step]  # type: ignore[index]  # the path was resolved in this object
    return here


@given(st.dictionaries(words.map(lambda w: f"x_{w}"), values, min_size=1, max_size=4), st.data())
def test_no_text_of_a_hidden_portion_is_left_and_every_other_selector_means_what_it_meant(
    properties: dict[str, Json], data: st.DataObject
) -> None:
    made: JsonObject = {"type": "x-acme", "id": "x-acme--1", "kept": "kept", **properties}
    obj = {
        key: _numbered(value, [n * 1000]) if key[:2] == "x_" else value for n, (key, value) in enumerate(made.items())
    }
    every = [path for path in _paths(obj) if path.startswith("x_")]
    hidden = data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=4))
    shown = data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=4))
    obj["granular_markings"] = [marked(RED, *hidden), marked(GREEN, *shown)]
    left = redact(obj, hidden)
    assert left is not None
    text = json.dumps(left)
    gone = {leaf for selector in hidden for leaf in _leaves(_value_at(obj, selector))}
    assert not [leaf for leaf in gone if leaf in text]
    assert all(leaf in text for leaf in _leaves({k: v for k, v in obj.items() if k[:2] == "x_"}) if leaf not in gone)
    meant = {leaf for selector in shown for leaf in _leaves(_value_at(obj, selector))} - gone
    means = {
        leaf
        for portion in portions(left)
        if portion.marking_ref == GREEN
        for selector in portion.selectors
        for leaf in _leaves(_value_at(left, selector))
    }
    assert means == meant
    assert not any(portion.whole or portion.marking_ref == RED for portion in portions(left))


def test_the_published_example_is_read_as_the_stix2_library_reads_it(shared_data: Path) -> None:
    bundle = json.loads((shared_data / "stix-examples" / "using-granular-markings.json").read_bytes())
    indicator = next(obj for obj in bundle["objects"] if "granular_markings" in obj)
    for portion in portions(indicator):
        assert not portion.whole
        for selector in portion.selectors:
            assert portion.marking_ref in stix2.markings.get_markings(indicator, selector)
    left = redact(indicator, portions(indicator)[1].selectors)
    assert left is not None and left["indicator_types"] == ["malicious-activity"]
