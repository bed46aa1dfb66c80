import copy
import json
import random
import re
import warnings
from collections import defaultdict
from pathlib import Path

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st
from stix2validator import ValidationOptions, validate_instance

from comity.records.envelope import record_refs
from comity.records.upgrade import upgrade_20
from comity.values import Json, JsonObject

TIMES: JsonObject = {"created": "2017-01-01T00:00:00.000Z", "modified": "2017-01-02T00:00:00.120Z"}
UUID = "b67d30ff-02ac-498a-92f9-32f845f448cf"
REMARK = re.compile(r"[a-z0-9.-]+ \$\..+", re.DOTALL)


def a_20(kind: str, **properties: Json) -> JsonObject:
    return {"type": kind, "id": f"{kind}--{UUID}", **TIMES, **properties}


def is_valid_21(obj: JsonObject) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stix2.parse(copy.deepcopy(obj), allow_custom=True)
        return bool(validate_instance(copy.deepcopy(obj), ValidationOptions(version="2.1")).is_valid)


ONE_OF_EACH = [
    a_20("attack-pattern", name="a", kill_chain_phases=[{"kill_chain_name": "k", "phase_name": "p"}]),
    a_20("campaign", name="c", first_seen="2016-01-01T00:00:00Z"),
    a_20("course-of-action", name="c"),
    a_20("identity", name="i", identity_class="organization", labels=["CSIRT"]),
    a_20(
        "indicator",
        labels=["malicious-activity", "ours"],
        pattern="[url:value = 'x']",
        valid_from="2016-01-01T00:00:00Z",
    ),
    a_20("intrusion-set", name="i", aliases=["j"]),
    a_20("malware", name="m", labels=["ransomware"]),
    a_20(
        "observed-data",
        first_observed="2016-01-01T00:00:00Z",
        last_observed="2016-01-01T00:00:00Z",
        number_observed=1,
        objects={"0": {"type": "domain-name", "value": "example.com"}},
    ),
    a_20(
        "report", name="r", labels=["threat-report"], published="2016-01-01T00:00:00Z", object_refs=[f"malware--{UUID}"]
    ),
    a_20("threat-actor", name="t", labels=["crime-syndicate"]),
    a_20("tool", name="t", labels=["remote-access"]),
    a_20("vulnerability", name="CVE-2017-0001"),
    a_20("relationship", relationship_type="uses", source_ref=f"campaign--{UUID}", target_ref=f"tool--{UUID}"),
    a_20("sighting", sighting_of_ref=f"malware--{UUID}", count=2),
    {
        "type": "marking-definition",
        "id": f"marking-definition--{UUID}",
        "created": "2017-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
    },
    {
        "type": "marking-definition",
        "id": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "definition": {"tlp": "white"},
    },
]


@pytest.mark.parametrize("obj", ONE_OF_EACH, ids=lambda obj: str(obj["type"]))
def test_each_type_of_2_0_becomes_valid_2_1(obj: JsonObject) -> None:
    before = copy.deepcopy(obj)

    made, remarks = upgrade_20(obj)

    assert obj == before
    assert is_valid_21(made)
    assert made["spec_version"] == "2.1"
    assert [made.get(key) for key in ("id", "created", "modified")] == [
        obj.get(key) for key in ("id", "created", "modified")
    ]
    assert all(REMARK.fullmatch(remark) for remark in remarks)
    assert upgrade_20(made) == (made, ())


def test_labels_of_the_vocabulary_become_types_and_others_stay() -> None:
    made, remarks = upgrade_20(a_20("malware", name="m", labels=["malware", "trojan", "ours", "worm"]))

    assert (made["malware_types"], made["labels"]) == (["trojan", "worm"], ["malware", "ours"])
    assert made["is_family"] is True
    assert remarks == ("labels-became-types $.labels", "is-family-assumed $.is_family")


def test_the_roles_of_an_identity_were_its_labels() -> None:
    made, remarks = upgrade_20(a_20("identity", name="i", identity_class="group", labels=["CSIRT"]))

    assert made["roles"] == ["CSIRT"]
    assert "labels" not in made
    assert remarks == ("labels-became-roles $.labels",)


def test_an_untouched_pattern_says_its_version() -> None:
    made, remarks = upgrade_20(a_20("indicator", pattern="[file:name = 'START']", valid_from="2017-01-01T00:00:00Z"))

    assert (made["pattern"], made["pattern_type"], made["pattern_version"]) == ("[file:name = 'START']", "stix", "2.0")
    assert remarks == ("pattern-of-2.0 $.pattern",)


def test_times_of_start_and_stop_become_timestamps_and_texts_stay() -> None:
    old = r"[file:name = 'it\'s START \'x'] START '2017-01-01T00:00:00Z' STOP '2017-02-01T00:00:00Z'"
    new = r"[file:name = 'it\'s START \'x'] START t'2017-01-01T00:00:00Z' STOP t'2017-02-01T00:00:00Z'"

    made, remarks = upgrade_20(a_20("indicator", pattern=old, valid_from="2017-01-01T00:00:00Z"))

    assert (made["pattern"], made["pattern_version"]) == (new, "2.1")
    assert remarks == ("pattern-times-rewritten $.pattern",)
    assert is_valid_21(made)


def test_a_name_that_2_1_took_is_moved_aside_if_it_means_something_else() -> None:
    made, remarks = upgrade_20(a_20("tool", name="t", confidence="High", aliases="x", x_confidence=1, lang="en"))

    assert (made["x_x_confidence"], made["x_confidence"], made["x_aliases"], made["lang"]) == ("High", 1, "x", "en")
    assert remarks == ("name-taken-by-2.1 $.confidence", "name-taken-by-2.1 $.aliases")


def test_an_unknown_type_gets_the_version_and_keeps_everything() -> None:
    made, remarks = upgrade_20(a_20("x-mitre-tactic", name="t", x_mitre_shortname="s"))

    assert made == a_20("x-mitre-tactic", name="t", x_mitre_shortname="s", spec_version="2.1")
    assert remarks == ("type-not-in-2.0 $.type",)


def test_observables_get_ids_new_names_and_references_by_id() -> None:
    obj = a_20(
        "observed-data",
        first_observed="2016-01-01T00:00:00Z",
        last_observed="2016-01-01T00:00:00Z",
        number_observed=1,
        objects={
            "0": {"type": "file", "name": "a", "hashes": {"ssdeep": "3:a"}, "created": "2016-01-01T00:00:00Z"},
            "1": {"type": "process", "pid": 5, "name": "p", "binary_ref": "0", "child_refs": ["3"]},
            "2": {
                "type": "network-traffic",
                "dst_ref": "4",
                "protocols": ["tcp"],
                "extensions": {
                    "http-request-ext": {
                        "request_method": "get",
                        "request_value": "/",
                        "request_header": {"Host": "example.com"},
                    }
                },
            },
            "3": {"type": "process", "pid": 6, "created": "2016-01-01T00:00:00Z"},
            "4": {"type": "ipv4-addr", "value": "198.51.100.1"},
        },
    )

    made, remarks = upgrade_20(obj)

    inside = made["objects"]
    assert isinstance(inside, dict)
    file, process, traffic, *_ = inside.values()
    assert isinstance(file, dict) and isinstance(process, dict) and isinstance(traffic, dict)
    assert (file["hashes"], file["ctime"]) == ({"SSDEEP": "3:a"}, "2016-01-01T00:00:00Z")
    assert (process["image_ref"], process["x_name"]) == (file["id"], "p")
    assert list(inside) == [observable["id"] for observable in inside.values() if isinstance(observable, dict)]
    assert record_refs(made) == record_refs(obj) == ((), ())
    assert traffic["extensions"]["http-request-ext"]["request_header"] == {"Host": ["example.com"]}  # type: ignore[call-overload,index]  # deep JSON
    assert set(remarks) == {
        "renamed-by-2.1 $.objects.0.created",
        "renamed-by-2.1 $.objects.1.binary_ref",
        "dropped-by-2.1 $.objects.1.name",
        "renamed-by-2.1 $.objects.3.created",
        "objects-kept-in-deprecated-form $.objects",
    }
    assert is_valid_21(made)
    assert upgrade_20(obj) == (made, remarks)


def test_a_marked_portion_stays_marked_when_it_moves() -> None:
    obj = a_20(
        "indicator",
        labels=["ours", "benign"],
        pattern="[url:value = 'x']",
        confidence="secret",
        granular_markings=[
            {"marking_ref": "marking-definition--1", "selectors": ["labels", "labels.[1]", "labels.[0]", "name"]},
            {"marking_ref": "marking-definition--2", "selectors": ["confidence", 7]},
            "odd",
        ],
    )

    made, _ = upgrade_20(obj)

    assert made["granular_markings"] == [
        {
            "marking_ref": "marking-definition--1",
            "selectors": ["indicator_types", "labels", "indicator_types.[0]", "labels.[0]", "name"],
        },
        {"marking_ref": "marking-definition--2", "selectors": ["x_confidence", 7]},
        "odd",
    ]


def test_a_marked_portion_of_an_observable_stays_marked() -> None:
    obj = a_20(
        "observed-data",
        objects={"0": {"type": "file", "created": "x", "hashes": {"ssdeep": "3:a"}}},
        granular_markings=[
            {"marking_ref": "m", "selectors": ["objects.0.created", "objects.0.hashes.ssdeep", "objects.0.size"]}
        ],
    )

    made, _ = upgrade_20(obj)

    (inside,) = made["objects"]  # type: ignore[misc]  # the only key
    assert made["granular_markings"] == [
        {
            "marking_ref": "m",
            "selectors": [f"objects.{inside}.ctime", f"objects.{inside}.hashes.SSDEEP", f"objects.{inside}.size"],
        }
    ]


words = st.sampled_from("labels name pattern objects roles confidence selectors granular_markings type id 0".split())
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["stix", "0", "START '", "labels.[0]", "x--1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from([str(obj["type"]) for obj in ONE_OF_EACH]), st.dictionaries(words, anything))
def test_any_object_is_upgraded_the_same_way_twice_and_loses_no_reference(kind: str, properties: JsonObject) -> None:
    obj: JsonObject = {**properties, "type": kind}
    before = json.dumps(obj)

    made, remarks = upgrade_20(obj)

    assert upgrade_20(obj) == (made, remarks)
    assert json.dumps(obj) == before
    assert made["spec_version"] == "2.1"
    assert set(record_refs(obj)[1]) <= set(record_refs(made)[1])


def real_objects(paths: list[Path]) -> list[JsonObject]:
    return [obj for path in paths for obj in json.loads(path.read_bytes())["objects"]]


def test_real_attack_data_become_valid_2_1_without_exception(shared_data: Path) -> None:
    objects = real_objects([shared_data / "mitre-attack" / "enterprise-attack-core-stix20.json"])
    by_type: defaultdict[str, list[JsonObject]] = defaultdict(list)
    for obj in objects:
        by_type[str(obj["type"])].append(obj)
    chosen = random.Random(20310301)
    sample = [obj for some in by_type.values() for obj in chosen.sample(some, min(len(some), 80))]
    assert len(sample) >= 500

    invalid = [obj["id"] for obj in sample if not is_valid_21(upgrade_20(obj)[0])]

    assert invalid == []


def test_real_playbooks_become_valid_2_1_but_for_their_own_faults(shared_data: Path) -> None:
    objects = real_objects(sorted((shared_data / "unit42-playbooks").glob("*.json")))
    sample = [obj for obj in objects if obj["type"] != "relationship"] + objects[::25]
    assert len(sample) >= 500

    invalid = {str(obj["id"]) for obj in sample if not is_valid_21(upgrade_20(obj)[0])}

    # Its `entity_class` of the identity was a list already.
    assert {stix_id.partition("--")[0] for stix_id in invalid} <= {"identity"}
