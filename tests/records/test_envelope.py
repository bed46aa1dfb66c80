import hashlib
import json

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.envelope import UNREADABLE_MARKING, Envelope, read_envelope, record_refs, scan_id
from comity.values import Json, stix_us

INDICATOR = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
IDENTITY = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"
MALWARE = "malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b"
RED = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"


def read(**properties: Json) -> Envelope:
    return read_envelope(json.dumps({"type": "indicator", "id": INDICATOR, **properties}).encode())


def reason_of(**properties: Json) -> tuple[str, str]:
    with pytest.raises(RecordRejected) as refusal:
        read(**properties)
    return refusal.value.reason, refusal.value.path


def test_an_indicator_is_read_beside_its_exact_bytes() -> None:
    body = (
        b'{ "type":"indicator",\n "id":"%s", "spec_version":"2.1", "created_by_ref":"%s",'
        b'"created":"2031-03-01T12:00:00Z","modified":"2031-03-01T12:00:00.120Z","object_marking_refs":["%s"],'
        b'"revoked":true, "x_unknown":{"sample_ref":"%s"} }'
    ) % (INDICATOR.encode(), IDENTITY.encode(), RED.encode(), MALWARE.encode())

    envelope = read_envelope(body)

    assert envelope.body == body
    assert envelope.sha256 == hashlib.sha256(body).digest()
    assert (envelope.stix_id, envelope.type, envelope.spec_version) == (INDICATOR, "indicator", "2.1")
    assert (envelope.version, envelope.version_us) == ("2031-03-01T12:00:00.120Z", stix_us("2031-03-01T12:00:00.12Z"))
    assert (envelope.created_by, envelope.marking_ids, envelope.granular) == (IDENTITY, (RED,), False)
    assert (envelope.ends, envelope.refs, envelope.revoked) == ((), (IDENTITY, MALWARE), True)
    assert envelope.parsed == json.loads(body)


@pytest.mark.parametrize(
    ("properties", "reason", "path"),
    [
        ({"id": None}, "no-id", "$.id"),
        ({"type": None}, "no-type", "$.type"),
        ({"type": ""}, "no-type", "$.type"),
        ({"type": 1}, "no-type", "$.type"),
        ({"id": 1}, "bad-id", "$.id"),
        ({"id": "indicator"}, "bad-id", "$.id"),
        ({"id": "indicator--"}, "bad-id", "$.id"),
        ({"id": "malware--1"}, "bad-id", "$.id"),
        ({"id": "indicator--a b"}, "bad-id", "$.id"),
        ({"id": "indicator--a\n"}, "bad-id", "$.id"),
        ({"id": "indicator--a\u202eb"}, "bad-id", "$.id"),
        ({"id": "indicator--" + "a" * 246}, "bad-id", "$.id"),
        ({"type": "a--b", "id": "a--b--c"}, "bad-id", "$.id"),
        ({"modified": "yesterday"}, "bad-time", "$.modified"),
        ({"modified": 5}, "bad-time", "$.modified"),
        ({"created": "2031-02-30T00:00:00Z"}, "bad-time", "$.created"),
        ({"created": "2031-03-01T00:00:00", "modified": "2031-03-01T00:00:00Z"}, "bad-time", "$.created"),
        ({"modified": "2031-03-01T00:00:00.\u0663Z"}, "bad-time", "$.modified"),
        ({"type": "bundle", "id": "bundle--1"}, "nested-bundle", "$.type"),
    ],
)
def test_what_cannot_be_keyed_is_refused_with_its_path(properties: dict[str, Json], reason: str, path: str) -> None:
    assert reason_of(**properties) == (reason, path)


@pytest.mark.parametrize("odd", ["indicator--1", "indicator--ÄÖ", "indicator--a--b", "indicator--" + "a" * 245])
def test_an_odd_id_is_kept(odd: str) -> None:
    assert read(id=odd).stix_id == odd


def test_without_times_there_is_no_version() -> None:
    envelope = read_envelope(b'{"type":"ipv4-addr","id":"ipv4-addr--1","value":"198.51.100.1"}')

    assert (envelope.version, envelope.version_us, envelope.spec_version) == ("", 0, "2.1")


def test_created_is_the_version_where_nothing_is_modified() -> None:
    assert read(created="2031-03-01T12:00:00Z").version == "2031-03-01T12:00:00Z"


@pytest.mark.parametrize(
    ("properties", "version"),
    [
        ({}, "2.0"),
        ({"spec_version": "2.0"}, "2.0"),
        ({"spec_version": "2.1"}, "2.1"),
        ({"spec_version": "2.2"}, "2.1"),
        ({"type": "marking-definition", "id": RED}, "2.0"),
        ({"type": "grouping", "id": "grouping--1", "created": "2031-01-01T00:00:00Z"}, "2.1"),
        ({"type": "file", "id": "file--1"}, "2.1"),
        ({"type": "x-new", "id": "x-new--1"}, "2.1"),
        (
            {"type": "x-new", "id": "x-new--1", "created": "2031-01-01T00:00:00Z", "modified": "2031-01-01T00:00:00Z"},
            "2.0",
        ),
    ],
)
def test_the_specification_is_inferred_from_the_object_alone(properties: dict[str, Json], version: str) -> None:
    assert read(**properties).spec_version == version


@pytest.mark.parametrize("given", ["TLP:RED", None, 7, {"a": 1}, [None], [["x"]]])
def test_a_marking_that_cannot_be_read_is_not_no_marking(given: Json) -> None:
    assert read(object_marking_refs=given).marking_ids in ((UNREADABLE_MARKING,), ("TLP:RED",))


def test_ten_thousand_markings_are_read_once_each() -> None:
    ids: list[Json] = [f"marking-definition--{n}" for n in range(10_000)]

    assert read(object_marking_refs=ids + ids).marking_ids == tuple(ids)


def test_a_relationship_has_two_ends_and_they_are_not_references() -> None:
    envelope = read_envelope(
        json.dumps(
            {
                "type": "relationship",
                "id": "relationship--1",
                "source_ref": INDICATOR,
                "target_ref": MALWARE,
                "created_by_ref": IDENTITY,
            }
        ).encode()
    )

    assert (envelope.ends, envelope.refs) == ((INDICATOR, MALWARE), (IDENTITY,))


def test_a_sighting_has_what_was_seen_where_and_by_which_data_as_ends() -> None:
    ends, refs = record_refs(
        {
            "type": "sighting",
            "sighting_of_ref": INDICATOR,
            "observed_data_refs": ["observed-data--1", "observed-data--2"],
            "where_sighted_refs": [IDENTITY],
            "created_by_ref": IDENTITY,
        }
    )

    assert ends == (INDICATOR, "observed-data--1", "observed-data--2", IDENTITY)
    assert refs == (IDENTITY,)


def test_references_are_found_at_any_depth_and_markings_are_not_among_them() -> None:
    _, refs = record_refs(
        {
            "type": "report",
            "object_refs": [INDICATOR, MALWARE, INDICATOR],
            "object_marking_refs": [RED],
            "granular_markings": [{"marking_ref": RED, "selectors": ["name"]}],
            "extensions": {
                "x": {"deep": [{"x_author_ref": IDENTITY, "x_refs": [["campaign--1"], {"y_ref": "tool--1"}]}]}
            },
            "objects": {"0": {"parent_ref": "1"}},
            "source_ref": "x-note--1",
        }
    )

    assert refs == (INDICATOR, MALWARE, "x-note--1", IDENTITY, "campaign--1", "tool--1")


def test_a_reference_key_spelt_with_escapes_is_found() -> None:
    body = b'{"type":"indicator","id":"%s","x":{"hidden\\u005fref":"%s"}}' % (INDICATOR.encode(), MALWARE.encode())

    assert read_envelope(body).refs == (MALWARE,)


reference_values = st.sampled_from([INDICATOR, MALWARE, "1", 3, None]) | st.lists(st.sampled_from([IDENTITY, "x--1"]))
reference_keys = st.sampled_from(["a_ref", "b_refs", "x", "not_a_reference", "object_marking_refs", "y", "text_ref_x"])
nested = st.recursive(
    st.dictionaries(reference_keys, reference_values, max_size=4),
    lambda inner: st.dictionaries(reference_keys, inner | st.lists(inner, max_size=3), max_size=4),
    max_leaves=10,
)


@given(nested)
def test_the_fast_way_finds_the_same_references_as_the_full_walk(properties: dict[str, Json]) -> None:
    envelope = read(**properties)

    assert (envelope.ends, envelope.refs) == record_refs(envelope.parsed)


def test_the_id_alone_is_read_without_the_rest() -> None:
    assert scan_id(b'{"type":"x","id":"x--1","other":[1,2]}') == "x--1"
    for body in (b"{}", b"[]", b'{"id":5}', b'{"id":"x', b"", b"\xff", b'{"id":"\xff"}', b"[" * 100_000):
        assert scan_id(body) is None


def test_what_the_reference_library_writes_is_read() -> None:
    made = stix2.Indicator(
        pattern="[url:value = 'https://example.com']", pattern_type="stix", created_by_ref=IDENTITY, revoked=False
    )

    envelope = read_envelope(made.serialize().encode())

    assert envelope.stix_id == made.id
    assert envelope.version_us == round(made.modified.timestamp() * 1_000_000)
    assert envelope.refs == (IDENTITY,)
