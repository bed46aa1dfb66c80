import json
from pathlib import Path

import msgspec
import pytest
import stix2
import stix2validator
from hypothesis import given
from hypothesis import strategies as st

from comity.records.envelope import record_refs
from comity.rooms.release.renditions import (
    CODES,
    RECIPE_VERSION,
    RENDITION_AUTHOR,
    RENDITION_DEFINITIONS,
    RENDITION_EXTENSION,
    Recipe,
    Rendered,
    Withheld,
    render,
)
from comity.values import Json, JsonObject

RED = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
HIDDEN = "malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b"
SHOWN = "malware--92a78814-b191-47ca-909c-1ccfe3777414"
AUTHOR = "identity--b38dfe21-7477-40d1-aa90-5c8671ce51ca"


def a_report(**fields: Json) -> JsonObject:
    return {
        "type": "report",
        "spec_version": "2.1",
        "id": "report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3",
        "created": "2031-01-01T00:00:00.000Z",
        "modified": "2031-01-01T00:00:00.000Z",
        "name": "On two families",
        "description": "A summary.",
        "report_types": ["threat-report"],
        "published": "2031-01-01T00:00:00Z",
        "object_refs": [HIDDEN, SHOWN],
        **fields,
    }


def rendered(obj: JsonObject, recipe: Recipe) -> JsonObject:
    result = render(obj, recipe)
    assert isinstance(result, Rendered), result
    made = msgspec.json.decode(result.body)
    assert isinstance(made, dict)
    return made


def mark_of(obj: JsonObject) -> Json:
    extensions = obj["extensions"]
    assert isinstance(extensions, dict)
    return extensions[RENDITION_EXTENSION]


def a_mark(*codes: Json) -> Json:
    return {"extension_type": "property-extension", "rendition": [*codes], "recipe_version": RECIPE_VERSION}


@pytest.mark.parametrize(
    "recipe",
    [Recipe(), Recipe(hidden_refs=frozenset({"malware--x"})), Recipe(hidden_portions=(RED,)), Recipe(drop=("absent",))],
)
def test_where_nothing_changes_the_original_bytes_are_to_be_served(recipe: Recipe) -> None:
    result = render(a_report(), recipe)
    assert result == Rendered(b"", ())
    assert Rendered(b"", ()).unchanged


def test_a_hidden_id_goes_from_a_list_and_the_rendition_says_so() -> None:
    obj = a_report()
    made = rendered(obj, Recipe(hidden_refs=frozenset({HIDDEN})))
    assert made["object_refs"] == [SHOWN]
    assert mark_of(made) == a_mark("references-removed")
    assert list(made) == [*obj, "extensions"]  # the order of the source
    assert obj == a_report()  # what was given stays as it is


def test_a_required_list_that_would_be_empty_withholds_the_object() -> None:
    result = render(a_report(), Recipe(hidden_refs=frozenset({HIDDEN, SHOWN})))
    assert result == Withheld("hidden-reference", "object_refs")


@pytest.mark.parametrize(
    ("obj", "path"),
    [
        ({"type": "note", "content": "c", "object_refs": [HIDDEN]}, "object_refs"),
        ({"type": "opinion", "opinion": "agree", "object_refs": [HIDDEN]}, "object_refs"),
        ({"type": "grouping", "context": "c", "object_refs": [HIDDEN]}, "object_refs"),
        ({"type": "observed-data", "number_observed": 1, "object_refs": [HIDDEN]}, "object_refs"),
        ({"type": "relationship", "source_ref": SHOWN, "target_ref": HIDDEN}, "target_ref"),
        ({"type": "sighting", "sighting_of_ref": HIDDEN}, "sighting_of_ref"),
        ({"type": "language-content", "object_ref": HIDDEN, "contents": {}}, "object_ref"),
        ({"type": "network-traffic", "protocols": ["tcp"], "src_ref": HIDDEN}, "src_ref"),
        (
            {"type": "file", "name": "a.zip", "extensions": {"archive-ext": {"contains_refs": [HIDDEN]}}},
            "extensions.archive-ext",
        ),
    ],
)
def test_an_object_that_is_about_what_is_hidden_is_withheld(obj: JsonObject, path: str) -> None:
    result = render(obj, Recipe(hidden_refs=frozenset({HIDDEN})))
    if path.startswith("extensions"):  # an optional extension goes whole
        assert isinstance(result, Rendered) and HIDDEN.encode() not in result.body
    else:
        assert result == Withheld("hidden-reference", path)


def test_optional_and_custom_references_go_at_any_depth() -> None:
    obj = a_report(
        created_by_ref=HIDDEN,
        x_acme_ref=HIDDEN,
        x_acme_refs=[HIDDEN],
        x_acme={"deep": [{"other_ref": HIDDEN, "kept": 1}], "some_refs": [SHOWN, HIDDEN]},
        extensions={"extension-definition--1": {"extension_type": "property-extension", "of_ref": HIDDEN}},
        object_refs=[SHOWN],
    )
    made = rendered(obj, Recipe(hidden_refs=frozenset({HIDDEN})))
    assert HIDDEN not in json.dumps(made)
    assert made["x_acme"] == {"deep": [{"kept": 1}], "some_refs": [SHOWN]}
    assert "created_by_ref" not in made and "x_acme_refs" not in made


trees = st.recursive(
    st.sampled_from([HIDDEN, SHOWN]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("a_ref a_refs marking_ref object_marking_refs".split()), inner, max_size=3)
    ),
)


@given(trees, trees)
def test_every_reference_that_the_envelope_sees_can_be_stripped(one: Json, other: Json) -> None:
    obj = a_report(object_refs=[SHOWN], x_a_refs=one, x_b={"x_ref": other})
    _, refs = record_refs(obj)
    made = render(obj, Recipe(hidden_refs=frozenset({HIDDEN})))
    assert isinstance(made, Rendered)
    assert (HIDDEN in refs) == (not made.unchanged)
    assert HIDDEN.encode() not in made.body


def test_markings_are_never_stripped() -> None:
    obj = a_report(object_marking_refs=[RED], granular_markings=[{"marking_ref": GREEN, "selectors": ["name"]}])
    assert render(obj, Recipe(hidden_refs=frozenset({RED, GREEN}))) == Rendered(b"", ())


def test_an_id_in_prose_is_no_reference() -> None:
    obj = a_report(object_refs=[SHOWN], description=HIDDEN, x_reference=HIDDEN)
    assert render(obj, Recipe(hidden_refs=frozenset({HIDDEN}))) == Rendered(b"", ())


def test_a_hidden_portion_goes_and_other_portions_keep_their_marking() -> None:
    obj = a_report(
        granular_markings=[
            {"marking_ref": RED, "selectors": ["description", "object_refs.[0]"]},
            {"marking_ref": GREEN, "selectors": ["object_refs.[1]", "name"]},
        ]
    )
    made = rendered(obj, Recipe(hidden_portions=(RED,)))
    assert "description" not in made and made["object_refs"] == [SHOWN]
    assert made["granular_markings"] == [{"marking_ref": GREEN, "selectors": ["object_refs.[0]", "name"]}]
    assert mark_of(made) == a_mark("portions-removed")


def test_a_hidden_portion_that_is_required_or_unclear_withholds_the_object() -> None:
    for selector, path in (("name", "name"), ("nowhere", "granular_markings")):
        obj = a_report(granular_markings=[{"marking_ref": RED, "selectors": [selector]}])
        assert render(obj, Recipe(hidden_portions=(RED,))) == Withheld("hidden-portion", path)


def test_a_dropped_property_goes_on_top_and_inside_extensions() -> None:
    obj = a_report(extensions={"extension-definition--1": {"extension_type": "property-extension", "description": "x"}})
    made = rendered(obj, Recipe(drop=("description",)))
    extensions = made["extensions"]
    assert isinstance(extensions, dict)
    assert "description" not in made and extensions["extension-definition--1"] == {
        "extension_type": "property-extension"
    }
    assert mark_of(made) == a_mark("properties-removed")


@pytest.mark.parametrize("name", ["name", "published", "id", "object_marking_refs", "revoked"])
def test_a_dropped_property_that_is_required_withholds_the_object(name: str) -> None:
    obj = a_report(object_marking_refs=[RED], revoked=True)
    assert render(obj, Recipe(drop=(name,))) == Withheld("dropped-property", name)


def test_what_was_done_is_said_in_one_order_whatever_was_done_first() -> None:
    obj = a_report(granular_markings=[{"marking_ref": RED, "selectors": ["description"]}])
    recipe = Recipe(hidden_refs=frozenset({HIDDEN}), hidden_portions=(RED,), drop=("report_types",))
    made = rendered(obj, recipe)
    assert mark_of(made) == a_mark("references-removed", "portions-removed", "properties-removed")


def test_a_rendition_of_a_rendition_keeps_the_earlier_mark() -> None:
    first = rendered(a_report(), Recipe(hidden_refs=frozenset({HIDDEN})))
    second = rendered(first, Recipe(drop=("description",)))
    assert mark_of(second) == a_mark("references-removed", "properties-removed")


def test_a_mark_made_up_by_a_sender_says_only_what_a_mark_can_say() -> None:
    claimed: Json = {RENDITION_EXTENSION: {"rendition": ["approved", 5], "losses": "x", "signed": True}}
    made = rendered(a_report(extensions=claimed), Recipe(drop=("description",)))
    assert mark_of(made) == a_mark("properties-removed")


def test_an_object_of_stix_2_0_is_upgraded() -> None:
    obj: JsonObject = {key: value for key, value in a_report().items() if key not in ("spec_version", "report_types")}
    obj["labels"] = ["threat-report"]
    made = rendered(obj, Recipe(upgrade=True))
    assert made["spec_version"] == "2.1"
    mark = mark_of(made)
    assert isinstance(mark, dict) and mark["rendition"] == ["upgraded-2.0"]


def test_a_property_dropped_by_its_old_or_its_new_name_does_not_survive_the_upgrade() -> None:
    obj: JsonObject = {key: value for key, value in a_report().items() if key not in ("spec_version", "report_types")}
    obj["labels"] = ["a-telling-label"]
    for names in (("labels",), ("labels", "report_types")):
        assert "a-telling-label" not in json.dumps(rendered(obj, Recipe(upgrade=True, drop=names)))


def test_a_standard_marking_is_upgraded_without_a_mark() -> None:
    obj: JsonObject = {
        "type": "marking-definition",
        "id": RED,
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "definition": {"tlp": "red"},
    }
    made = rendered(obj, Recipe(upgrade=True))
    assert "extensions" not in made
    assert stix2.parse(made).id == RED


ids = st.sampled_from([f"malware--{n}" for n in range(4)])
names = st.sampled_from("name description report_types x_a x_a_ref x_b_refs published labels".split())
reports = st.builds(
    a_report,
    object_refs=st.lists(ids, min_size=1, max_size=4),
    x_a=st.fixed_dictionaries({"z": st.just("prose")}, optional={"y_ref": ids, "y_refs": st.lists(ids, max_size=3)}),
    x_a_ref=ids,
    x_b_refs=st.lists(ids, max_size=3),
    granular_markings=st.lists(
        st.builds(
            lambda ref, selectors: {"marking_ref": ref, "selectors": selectors},
            st.sampled_from([RED, GREEN]),
            st.lists(st.sampled_from(["description", "object_refs.[0]", "x_b_refs.[1]", "x_a.z", "name"]), min_size=1),
        ),
        max_size=3,
    ),
)
recipes = st.builds(
    Recipe,
    hidden_refs=st.frozensets(ids),
    hidden_portions=st.lists(st.sampled_from([RED, GREEN]), max_size=2).map(tuple),
    drop=st.lists(names, max_size=2).map(tuple),
)


@given(reports, recipes)
def test_a_rendition_is_the_same_every_time_and_rendering_it_again_changes_nothing(
    obj: JsonObject, recipe: Recipe
) -> None:
    once = render(obj, recipe)
    again = Recipe(
        hidden_refs=frozenset(sorted(recipe.hidden_refs, reverse=True)),
        hidden_portions=recipe.hidden_portions[::-1],
        drop=recipe.drop[::-1] * 2,
    )
    assert render(msgspec.json.decode(msgspec.json.encode(obj)), again) == once
    if isinstance(once, Rendered) and not once.unchanged:
        made = msgspec.json.decode(once.body)
        assert render(made, recipe) == Rendered(b"", ())
        text = json.dumps({key: value for key, value in made.items() if key != "granular_markings"})
        assert not [hidden for hidden in recipe.hidden_refs if hidden in text]
        assert not set(recipe.drop) & made.keys()


def test_real_objects_without_their_first_reference_name_it_no_more(shared_data: Path) -> None:
    done = 0
    for path in sorted((shared_data / "stix-idioms").rglob("*.json")):
        bundle = json.loads(path.read_bytes())
        for obj in bundle.get("objects", []) if isinstance(bundle, dict) else []:
            hidden = frozenset(record_refs(obj)[1][:1])
            recipe = Recipe(upgrade=True, hidden_refs=hidden)
            result = render(obj, recipe)
            if isinstance(result, Rendered) and not result.unchanged:
                assert not [ref for ref in hidden if ref.encode() in result.body]
                assert render(msgspec.json.decode(result.body), recipe) == Rendered(b"", ())
                done += 1
    assert done > 20  # the folder was found and read


def test_the_mark_and_its_definition_are_valid_stix() -> None:
    obj = a_report(created_by_ref=AUTHOR, granular_markings=[{"marking_ref": RED, "selectors": ["description"]}])
    recipe = Recipe(hidden_refs=frozenset({HIDDEN}), hidden_portions=(RED,), drop=("report_types",))
    made = [*RENDITION_DEFINITIONS, rendered(obj, recipe)]
    for one in made:
        result = stix2validator.validate_instance(one, stix2validator.ValidationOptions(version="2.1", strict=False))
        assert result.is_valid, result.errors
        stix2.parse(one)
    assert [one["id"] for one in RENDITION_DEFINITIONS] == [RENDITION_AUTHOR, RENDITION_EXTENSION]
    schema = str(RENDITION_DEFINITIONS[1]["schema"])
    assert all(code in schema for code in CODES)


def test_what_goes_goes_from_the_source_form_of_misp_too() -> None:
    carried: JsonObject = {"x_comity_misp_source": '{"info":"A summary."}', "x_comity_misp": {"event": "e"}}
    obj = a_report(**carried)
    without = render(obj, Recipe(drop=("description",)))
    assert isinstance(without, Rendered) and b"summary" not in without.body and b"x_comity_misp" not in without.body
    kept = render(obj, Recipe(hidden_refs=frozenset({"identity--none"})))
    assert isinstance(kept, Rendered) and kept.unchanged
