import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records import codec, dsse, reference
from comity.records.base import kind_of
from comity.records.codec import UnreadAct
from comity.records.kinds import KINDS, Act, Party, Retraction
from comity.values import PartyName
from tests.support.acts import KEYS, OWNERS, PARTIES, SIGNERS, a_signer, acts, signed

EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
UNKNOWN = b"""{ "rid":"01f2a3b4-c5d6-7e8f-9a0b-1c2d3e4f5a6b",
 "type":"x-comity-sealed-opinion","issuer":"freedonia-csirt",
 "at":"2031-03-01T12:00:00Z","exercise":true,"re":[],"future":{"a":[1.50, "\\u00e9"]} }"""


def refusal(payload: bytes) -> tuple[str, str]:
    with pytest.raises(RecordRejected) as refused:
        codec.decode(payload)
    return refused.value.reason, refused.value.path


@given(act=acts)
@settings(max_examples=300)
def test_every_act_reads_back_as_it_was_written(act: Act) -> None:
    payload = codec.encode(act)
    assert codec.decode(payload) == act
    assert codec.encode(act) == payload, "made again it is the same, so a test may compare bytes"


@given(act=acts)
def test_every_act_goes_through_the_envelope_to_itself(act: Act) -> None:
    envelope = signed(act)
    opened = codec.open_signed(envelope, KEYS, OWNERS)
    assert opened.act == act
    assert opened.payload == codec.encode(act)
    assert opened.envelope == envelope
    assert opened.key_ids == (SIGNERS[act.issuer].key_id,)


@EVERY_KIND
@pytest.mark.parametrize(
    "signer", [SIGNERS[PARTIES[1]], SIGNERS[PARTIES[2]], a_signer(77)], ids=["peer", "company", "stranger"]
)
def test_no_kind_is_accepted_from_a_wrong_signer(kind: type[Act], signer: dsse.Signer) -> None:
    act = reference.example(kind)
    assert act.issuer == PARTIES[0]
    with pytest.raises(RecordRejected) as refused:
        codec.open_signed(dsse.sign(codec.encode(act), signer), KEYS, OWNERS)
    assert refused.value.reason in ("wrong-signer", "no-known-signer")


@given(act=acts, signer=st.sampled_from(PARTIES))
def test_an_act_is_accepted_just_when_its_issuer_signed_it(act: Act, signer: PartyName) -> None:
    envelope = dsse.sign(codec.encode(act), SIGNERS[signer])
    if signer == act.issuer:
        assert codec.open_signed(envelope, KEYS, OWNERS).act == act
    else:
        with pytest.raises(RecordRejected, match="wrong-signer"):
            codec.open_signed(envelope, KEYS, OWNERS)


def test_an_act_of_an_unknown_kind_is_bound_to_its_signer_too() -> None:
    with pytest.raises(RecordRejected, match="wrong-signer"):
        codec.open_signed(dsse.sign(UNKNOWN, SIGNERS[PARTIES[1]]), KEYS, OWNERS)


def test_an_unknown_kind_is_kept_to_the_byte_and_shown_as_unread() -> None:
    opened = codec.open_signed(dsse.sign(UNKNOWN, SIGNERS[PARTIES[0]]), KEYS, OWNERS)
    assert opened.act == UnreadAct(
        kind="x-comity-sealed-opinion",
        rid="01f2a3b4-c5d6-7e8f-9a0b-1c2d3e4f5a6b",
        issuer=PARTIES[0],
        at="2031-03-01T12:00:00Z",
        exercise=True,
        re=(),
        payload=UNKNOWN,
        why="unknown-kind",
    )


@EVERY_KIND
def test_an_unknown_field_makes_any_kind_unread_and_is_named(kind: type[Act]) -> None:
    payload = json.dumps({"reserved_for": [1], **msgspec.to_builtins(reference.example(kind))}).encode()
    act = codec.decode(payload)
    assert isinstance(act, UnreadAct)
    assert (act.kind, act.why, act.payload) == (kind_of(kind), "unknown-field $.reserved_for", payload)


@pytest.mark.parametrize(("kind", "field"), [(Party, "keys"), (Retraction, "items")])
def test_an_unknown_field_deep_inside_makes_the_act_unread(kind: type[Act], field: str) -> None:
    fields = msgspec.to_builtins(reference.example(kind))
    fields[field] = [*fields[field], {**fields[field][0], "since": None}]
    act = codec.decode(json.dumps(fields).encode())
    assert isinstance(act, UnreadAct)
    assert act.why == f"unknown-field $.{field}[1].since"


def test_a_breach_of_a_known_kinds_rules_is_refused_in_spite_of_unknown_fields() -> None:
    fields = {**msgspec.to_builtins(reference.example(Party)), "kind": "empire", "new": 1}
    assert refusal(json.dumps(fields).encode()) == ("bad-field", "$.kind")


@pytest.mark.parametrize(
    ("payload", "reason", "path"),
    [
        (b"[]", "not-an-act", "$.type"),
        (b"{}", "not-an-act", "$.type"),
        (b'{"type":["x-comity-party"]}', "not-an-act", "$.type"),
        (b'{"type":"indicator"}', "bad-field", "$.type"),
        (UNKNOWN.replace(b"sealed-opinion", b"Sealed"), "bad-field", "$.type"),
        (UNKNOWN.replace(b"freedonia-csirt", b"Freedonia"), "bad-field", "$.issuer"),
        (UNKNOWN.replace(b"03-01T", b"02-30T"), "bad-field", "$.at"),
        (UNKNOWN.replace(b'"future"', b'"rid"'), "repeated-key", "$.rid"),
        (b" " * (dsse.LARGEST_PAYLOAD_BYTES + 1), "too-large", "$"),
    ],
)
def test_what_is_no_act_is_refused_with_its_path(payload: bytes, reason: str, path: str) -> None:
    found_reason, found_path = refusal(payload)
    assert (found_reason, found_path.partition("[")[0]) == (reason, path) or path in found_path


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("title", "", "bad-field"),
        ("title", "x" * 201, "bad-field"),
        ("title", "\ud800", "lone-surrogate"),
        ("issuer", "Freedonia", "bad-field"),
        ("rid", "1", "bad-field"),
        ("default_tlp", "white", "bad-field"),
    ],
)
def test_an_unsound_act_is_never_written(field: str, value: str, reason: str) -> None:
    act = msgspec.structs.replace(reference.example(Party), **{field: value})
    with pytest.raises(RecordRejected) as refused:
        codec.encode(act)
    assert refused.value.reason == reason


def test_the_digest_is_the_sha256_of_the_payload() -> None:
    assert codec.digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.binary(max_size=80) | acts.map(codec.encode), st.integers(0, 400), st.integers(0, 255))
def test_a_spoilt_payload_is_read_kept_unread_or_refused_and_nothing_else(
    payload: bytes, place: int, value: int
) -> None:
    spoilt = payload[: place % (len(payload) + 1)] + bytes([value]) + payload[place % (len(payload) + 1) + 1 :]
    try:
        codec.decode(spoilt)
    except RecordRejected as refused:
        assert refused.path.startswith("$")
