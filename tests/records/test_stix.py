import json

import pytest
import stix2
import stix2validator
from hypothesis import given

from comity.errors import RecordRejected
from comity.records import codec, dsse, reference, stix
from comity.records.kinds import KINDS, Act, Erasure, Party
from comity.values import JsonObject
from tests.support.acts import KEYS, OWNERS, acts, signed

EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)


def validity(obj: JsonObject) -> tuple[bool, list[str]]:
    result = stix2validator.validate_instance(obj, stix2validator.ValidationOptions(version="2.1"))
    return bool(result.is_valid), [str(error) for error in result.errors]


@given(act=acts)
def test_an_act_survives_an_ordinary_stix_library_to_the_byte(act: Act) -> None:
    envelope = signed(act)
    bundle = {
        "type": "bundle",
        "id": "bundle--2e293720-b67f-4d9e-ae17-b67d92f4cc9c",
        "objects": [stix.act_object(act, envelope), stix.maker(), stix.extension_definition(type(act))],
    }
    relayed = json.loads(stix2.parse(json.dumps(bundle), allow_custom=True, version="2.1").serialize(pretty=True))
    back = stix.envelope_of(relayed["objects"][0])
    assert back == envelope
    assert codec.open_signed(back, KEYS, OWNERS).act == act


def test_an_act_survives_a_library_that_rebuilds_it_as_an_object() -> None:
    properties = [("colour", stix2.properties.StringProperty())]
    stix2.v21.CustomObject("x-comity-erasure", properties)(type("Known", (), {}))
    act = reference.example(Erasure)
    rebuilt = stix2.parse(json.dumps(stix.act_object(act, signed(act))), allow_custom=True, version="2.1")
    assert not isinstance(rebuilt, dict), "parsed to an object of the library, not passed through"
    assert stix.envelope_of(json.loads(rebuilt.serialize())) == signed(act)


@EVERY_KIND
def test_every_kind_is_valid_stix(kind: type[Act]) -> None:
    act = reference.example(kind)
    assert validity(stix.act_object(act, signed(act))) == (True, [])


@EVERY_KIND
def test_every_extension_definition_is_valid_stix_and_holds_the_schema(kind: type[Act]) -> None:
    definition = stix.extension_definition(kind)
    assert validity(definition) == (True, [])
    assert stix2.parse(definition)["id"] == kind.extension
    assert set(json.loads(str(definition["schema"]))["$defs"]) >= {kind.__name__}


def test_the_maker_is_valid_stix() -> None:
    assert validity(stix.maker()) == (True, [])


def test_extension_ids_are_fixed_and_distinct() -> None:
    assert len({kind.extension for kind in KINDS.values()}) == len(KINDS)
    assert Party.extension == "extension-definition--172fb479-513e-49b2-b4e5-e88e50f0f2af"


def test_an_act_has_one_stix_id_which_no_other_issuer_can_give() -> None:
    act = reference.example(Party)
    other = codec.decode(codec.encode(act).replace(b'"issuer":"freedonia-csirt"', b'"issuer":"ruritania-csirt"'))
    assert isinstance(other, Party)
    assert stix.act_id(act) == "x-comity-party--c30f8893-5b68-5fe0-9d47-d1a2ac08b34f"
    assert stix.act_id(other) != stix.act_id(act)


def test_an_object_without_our_envelope_gives_none() -> None:
    act = reference.example(Party)
    whole = stix.act_object(act, signed(act))
    cases: list[JsonObject] = [
        {},
        {**whole, "extensions": None},
        {**whole, "extensions": []},
        {**whole, "extensions": {Party.extension: "text"}},
        {**whole, "extensions": {Party.extension: {"extension_type": "new-sdo"}}},
        {**whole, "extensions": {Party.extension: {"dsse": 5}}},
        {**whole, "extensions": {"extension-definition--00000000-0000-4000-8000-000000000000": {"dsse": "x"}}},
    ]
    assert [stix.envelope_of(case) for case in cases] == [None] * len(cases)


def test_what_stands_beside_the_envelope_is_not_believed() -> None:
    act = reference.example(Party)
    forged = {**stix.act_object(act, signed(act)), "issuer": "ruritania-csirt", "created": "1999-01-01T00:00:00.000Z"}
    envelope = stix.envelope_of(forged)
    assert envelope is not None
    assert codec.open_signed(envelope, KEYS, OWNERS).act == act


def test_a_surrogate_in_a_carried_envelope_is_refused_later_not_here() -> None:
    carried = stix.envelope_of({"extensions": {Party.extension: {"dsse": "\ud800"}}})
    assert carried is not None
    with pytest.raises(RecordRejected, match="not-utf8"):
        dsse.verify(carried, KEYS)


def test_an_envelope_that_is_no_text_is_not_carried() -> None:
    with pytest.raises(RecordRejected, match="not-utf8"):
        stix.act_object(reference.example(Party), b"\xff")
