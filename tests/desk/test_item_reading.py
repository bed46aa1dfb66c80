"""Tests what is read of an item's bytes before the store is asked anything."""

import hashlib

import msgspec
import pytest

from comity.catalogue.read import load_catalogue
from comity.desk.derive import derive
from comity.desk.item_reading import ItemReader, Seen
from comity.errors import RecordRejected
from comity.records.envelope import read_envelope
from comity.records.personal import personal_data
from comity.values import id_key
from tests.support.desks import an_object

RULES = load_catalogue().personal
BODY = msgspec.json.encode(
    an_object("indicator", 1, created_by_ref="identity--1", object_marking_refs=["marking-definition--1"])
)


SHA256 = hashlib.sha256(BODY).digest()


def test_an_item_is_looked_up_by_id_and_digest_alone() -> None:
    seen = ItemReader(RULES).look(BODY)

    stix_id = str(an_object("indicator", 1)["id"])
    assert seen == Seen(stix_id, id_key(stix_id), hashlib.sha256(BODY).digest())


@pytest.mark.parametrize("body", [b"{}", b'{"id":5}', b"\xff", b"[" * 10_000])
def test_without_an_id_there_is_nothing_to_look_up(body: bytes) -> None:
    assert ItemReader(RULES).look(body) is None


def test_a_reading_holds_what_follows_from_the_bytes() -> None:
    reading, envelope = ItemReader(RULES).read(BODY, SHA256), read_envelope(BODY)

    read = {name: getattr(envelope, name) for name in ("stix_id", "type", "version", "version_us", "marking_ids")}
    assert {name: getattr(reading, name) for name in read} == read
    assert reading.personal == personal_data(envelope.parsed, RULES)
    assert (reading.flags, reading.ref_keys, reading.companion_keys, reading.links, reading.values) == derive(envelope)


def test_an_item_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(RecordRejected):
        ItemReader(RULES).read(b'{"id":"indicator--1","type":"indicator","a":1,"a":2}', SHA256)


def test_what_is_read_survives_the_way_to_another_process() -> None:
    reader = ItemReader(RULES)
    seen = reader.look(BODY)
    assert seen is not None
    whole = msgspec.structs.replace(seen, reading=reader.read(BODY, SHA256))

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=Seen) == whole
