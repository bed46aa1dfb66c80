"""Tests the sidecar: written and read back, valid STIX that a stock library keeps, strict about everything it says."""

import json
from contextlib import suppress

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st
from stix2validator import ValidationOptions, validate_string

from comity.errors import RecordRejected
from comity.records.sidecar import (
    EXTENSION,
    TYPE,
    Entry,
    Sidecar,
    exact_bytes,
    is_sidecar,
    node_list,
    node_text,
    read_sidecar,
    salt_of,
    sidecar_object,
)
from comity.values import instant

AT = instant("2031-03-01T12:00:00Z")
SALT = "ab" * 16
WHOLE = Sidecar(
    statement='{"payload":"x"}',
    set='{"payload":"y"}',
    nodes=node_text((bytes(32), b"\x01" * 32)),
    entries=(Entry(leaf=0, salt=SALT, place=3), Entry(leaf=2), Entry(leaf=1, salt=SALT, bytes="e30=")),
    absent=(3,),
    renditions='{"payload":"z"}',
)


def test_what_is_written_is_read_back_the_same_each_time() -> None:
    body = sidecar_object(WHOLE, AT)
    assert read_sidecar(body) == WHOLE
    assert sidecar_object(WHOLE, AT) == body
    assert is_sidecar(body)
    assert [salt_of(entry) for entry in WHOLE.entries] == [b"\xab" * 16, None, b"\xab" * 16]


def test_it_is_valid_stix_and_a_stock_library_keeps_all_of_it() -> None:
    body = sidecar_object(WHOLE, AT)
    told = validate_string(body.decode(), ValidationOptions(version="2.1", strict=False))
    assert told.is_valid, told.errors
    written = stix2.v21.Bundle(stix2.parse(body.decode(), allow_custom=True), allow_custom=True).serialize()
    (kept,) = json.loads(written)["objects"]
    assert kept["extensions"][EXTENSION]["extension_type"] == "new-sdo"
    assert read_sidecar(json.dumps(kept).encode()) == WHOLE


@pytest.mark.parametrize(
    "change",
    [
        {"type": "indicator"},
        {"statement": 5},
        {"acts": ["x" * 2_000_000]},
        {"entries": [{"leaf": -1}]},
        {"entries": [{"leaf": 1000}]},
        {"entries": [{"leaf": 0, "salt": "AB" * 16}]},
        {"entries": [{"leaf": 0, "salt": "ab"}]},
        {"entries": [{"leaf": 0, "place": 1024}]},
        {"entries": [{"leaf": n} for n in range(1001)]},
        {"absent": ["x"]},
        {"set": "x" * 2_000_000},
    ],
)
def test_what_is_no_sidecar_is_refused(change: dict[str, object]) -> None:
    obj = {**json.loads(sidecar_object(WHOLE, AT)), **change}
    with pytest.raises(RecordRejected):
        read_sidecar(json.dumps(obj).encode())


def test_a_key_that_stands_twice_is_refused() -> None:
    body = sidecar_object(WHOLE, AT)[:-1] + b',"statement":"{}"}'
    with pytest.raises(RecordRejected, match="repeated-key"):
        read_sidecar(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    try:
        read_sidecar(body)
    except RecordRejected:
        return
    raise AssertionError("two hundred bytes hold no sidecar")


@given(st.data())
def test_a_sidecar_that_was_damaged_is_refused_or_read(data: st.DataObject) -> None:
    body = sidecar_object(WHOLE, AT)
    start = data.draw(st.integers(0, len(body) - 1))
    end = data.draw(st.integers(start, min(len(body), start + 40)))
    put = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from([b"null", b"7", b"[]", b"{}", b'""', b"-"])))
    with suppress(RecordRejected):  # nothing else may be raised
        read_sidecar(body[:start] + put + body[end:])


@pytest.mark.parametrize("text", ["#", "AAAA", "e30", "e31=", "e30=\n"])
def test_nodes_and_bytes_are_canonical_base64_of_whole_nodes(text: str) -> None:
    with pytest.raises(RecordRejected):
        node_list(text)
    with pytest.raises(RecordRejected):
        exact_bytes("e3" + text, "$.bytes")


def test_other_objects_are_passed_over_at_a_look() -> None:
    assert not is_sidecar(b'{"type":"indicator"}')
    assert not is_sidecar(json.dumps({"pad": "x" * 5_000, "type": TYPE}).encode())
