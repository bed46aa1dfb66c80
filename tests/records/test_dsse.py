import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from comity.errors import RecordRejected
from comity.records import codec, dsse, reference
from comity.records.dsse import KeyId
from comity.records.kinds import KINDS
from comity.values import PartyName
from tests.support.acts import KEYS, OWNERS, PARTIES, SIGNERS, a_signer, signed

VECTORS = Path(__file__).parent.parent / "vectors" / "dsse"
PUBLISHED = json.loads((VECTORS / "vectors.json").read_text(encoding="utf-8"))
# General DSSE takes these; our profile does not, so that no byte of an envelope can change unnoticed.
OUTSIDE_OUR_PROFILE = {"url-safe-base64": "bad-base64", "threshold-two-without-keyids": "bad-envelope"}
ISSUER, OTHER, _ = PARTIES


def refusal(envelope: bytes, keys: dict[KeyId, bytes] = KEYS) -> str:
    with pytest.raises(RecordRejected) as refused:
        dsse.verify(envelope, keys)
    return refused.value.reason


def altered(envelope: bytes, **fields: object) -> bytes:
    return json.dumps({**json.loads(envelope), **fields}).encode()


def test_the_signed_bytes_are_those_of_the_protocol() -> None:
    vector = json.loads((VECTORS / "protocol.json").read_text(encoding="utf-8"))
    message = dsse.pae(vector["payloadType"], vector["payload"].encode())
    signature = base64.b64decode(vector["envelope"]["signatures"][0]["sig"])
    public = ec.EllipticCurvePublicNumbers(vector["key"]["x"], vector["key"]["y"], ec.SECP256R1()).public_key()
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")

    assert message == vector["pae"].encode()
    public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=lambda vector: vector["id"])
def test_the_published_vectors_are_taken_and_refused_as_published(vector: dict[str, object]) -> None:
    keys = {KeyId(name): bytes.fromhex(PUBLISHED["keys"][name]["public"]) for name in vector["trustedKeys"]}  # type: ignore[attr-defined]  # decoded JSON
    outcomes: list[str] = []
    for payload_type in vector["supportedPayloadTypes"]:  # type: ignore[attr-defined]  # decoded JSON
        try:
            verified = dsse.verify(json.dumps(vector["envelope"]).encode(), keys, payload_type=payload_type)
        except RecordRejected as refused:
            outcomes.append(refused.reason)
        else:
            assert dsse.pae(payload_type, verified.payload).hex() == vector["pae"]
            outcomes.append("accept" if len(set(verified.key_ids)) >= int(str(vector["threshold"])) else "too few")
    wanted = OUTSIDE_OUR_PROFILE.get(str(vector["id"]), vector["expect"])

    assert ("accept" in outcomes) == (wanted == "accept")
    assert wanted in ("accept", "reject") or outcomes == [wanted]


@pytest.mark.parametrize("seed", ["A", "B"])
def test_a_signature_is_the_one_that_the_published_keys_give(seed: str) -> None:
    vector = PUBLISHED["vectors"][6]
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(PUBLISHED["keys"][seed]["seed"]))
    payload = base64.b64decode(vector["envelope"]["payload"])
    envelope = dsse.sign(payload, dsse.signer_of(private), payload_type=vector["envelope"]["payloadType"])
    given = {entry["keyid"]: entry["sig"] for entry in vector["envelope"]["signatures"]}
    assert json.loads(envelope)["signatures"][0]["sig"] == given[seed]


@given(payload=st.binary(max_size=300), second=st.booleans())
def test_another_implementation_verifies_what_we_sign(payload: bytes, second: bool) -> None:
    signers = [a_signer(1), a_signer(2)][: 2 if second else 1]
    theirs = Envelope.from_dict(json.loads(dsse.sign(payload, *signers)))
    keys = [SSlibKey(signer.key_id, "ed25519", "ed25519", {"public": signer.public.hex()}) for signer in signers]
    assert theirs.payload == payload
    assert theirs.pae() == dsse.pae(dsse.PAYLOAD_TYPE, payload)
    assert len(theirs.verify(keys, threshold=len(signers))) == len(signers)


@given(payload=st.binary(max_size=300))
def test_what_is_signed_is_verified_to_the_same_bytes(payload: bytes) -> None:
    signers = (a_signer(1), a_signer(2), a_signer(9))
    verified = dsse.verify(dsse.sign(payload, *signers), KEYS)
    assert verified.payload == payload
    assert verified.key_ids == (signers[0].key_id, signers[1].key_id), "the third key is unknown and passed over"


ALL = [signed(reference.example(kind)) for kind in KINDS.values()]
TWENTY = (ALL * 3)[:13] + [dsse.sign(bytes([number]) * (number + 1), SIGNERS[ISSUER]) for number in range(7)]


def test_every_byte_of_twenty_envelopes_flipped_and_none_is_accepted() -> None:
    accepted = 0
    for number, envelope in enumerate(TWENTY):
        for place in range(len(envelope)):
            # Every bit in turn over the envelopes, and the whole byte.
            for mask in (1 << ((place + number) % 8), 0xFF):
                flipped = bytearray(envelope)
                flipped[place] ^= mask
                try:
                    dsse.verify(bytes(flipped), KEYS)
                except RecordRejected:
                    continue
                accepted += 1
    assert len(TWENTY) == 20
    assert accepted == 0


def test_every_other_value_of_every_byte_of_a_short_envelope_is_refused() -> None:
    envelope = dsse.sign(b"{}?>", SIGNERS[ISSUER])
    for place in range(len(envelope)):
        for value in range(256):
            if value != envelope[place]:
                with pytest.raises(RecordRejected):
                    dsse.verify(envelope[:place] + bytes([value]) + envelope[place + 1 :], KEYS)


@given(place=st.integers(0, 2_000), value=st.integers(0, 255))
def test_a_byte_changed_under_two_signatures_never_changes_the_payload(place: int, value: int) -> None:
    envelope = dsse.sign(b'{"a":1}', SIGNERS[ISSUER], SIGNERS[OTHER])
    place %= len(envelope)
    try:
        verified = dsse.verify(envelope[:place] + bytes([value]) + envelope[place + 1 :], KEYS)
    except RecordRejected:
        return
    assert verified.payload == b'{"a":1}'


def test_base64_has_one_form() -> None:
    envelope = dsse.sign(b"ab?>", SIGNERS[ISSUER])
    text = json.loads(envelope)["payload"]
    assert text == "YWI/Pg=="
    for other in (
        "YWI/Ph==",
        "YWI/Pg",
        "YWI/Pg=",
        "YWI/Pg===",
        "YWI_Pg==",
        "YWI/ Pg==",
        "YWI/Pg==\n",
        "=YWI/Pg=",
        5,
        None,
    ):
        assert refusal(altered(envelope, payload=other)) == "bad-base64"


def test_an_envelope_has_exactly_its_fields() -> None:
    envelope = dsse.sign(b"{}", SIGNERS[ISSUER])
    entry = json.loads(envelope)["signatures"][0]
    cases: list[bytes] = [
        b"[]",
        b"{}",
        altered(envelope, note="unsigned"),
        altered(envelope, signatures=[]),
        altered(envelope, signatures={}),
        altered(envelope, signatures=["x"]),
        altered(envelope, signatures=[{**entry, "cert": "x"}]),
        altered(envelope, signatures=[{**entry, "keyid": None}]),
        altered(envelope, signatures=[{**entry, "keyid": str(n)} for n in range(17)]),
    ]
    assert {refusal(case) for case in cases} == {"bad-envelope"}
    assert refusal(altered(envelope, signatures=[entry, entry])) == "repeated-signature"
    assert refusal(envelope[:-1] + b',"payload":""}') == "repeated-key"


def test_another_payload_type_is_refused_though_it_is_signed() -> None:
    envelope = dsse.sign(b"{}", SIGNERS[ISSUER], payload_type="application/vnd.in-toto+json")
    assert refusal(envelope) == "wrong-payload-type"
    assert refusal(altered(envelope, payloadType=dsse.PAYLOAD_TYPE)) == "bad-signature"


def test_a_signature_under_another_keys_id_is_refused() -> None:
    envelope = dsse.sign(b"{}", SIGNERS[ISSUER])
    entry = json.loads(envelope)["signatures"][0]
    swapped = altered(envelope, signatures=[{**entry, "keyid": SIGNERS[OTHER].key_id}])
    assert refusal(swapped) == "bad-signature"


def test_no_known_key_is_no_signature() -> None:
    assert refusal(dsse.sign(b"{}", a_signer(77))) == "no-known-signer"
    assert refusal(dsse.sign(b"{}", SIGNERS[ISSUER]), {}) == "no-known-signer"
    with pytest.raises(RecordRejected):
        dsse.sign(b"{}")


def test_a_bad_signature_of_a_known_key_refuses_the_good_one_beside_it() -> None:
    envelope = dsse.sign(b"{}", SIGNERS[ISSUER], SIGNERS[OTHER])
    first, second = json.loads(envelope)["signatures"]
    spoilt = altered(envelope, signatures=[first, {**second, "sig": first["sig"]}])
    assert refusal(spoilt) == "bad-signature"


def test_too_large_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(RecordRejected, match="too-large"):
        dsse.sign(b"x" * (dsse.LARGEST_PAYLOAD_BYTES + 1), SIGNERS[ISSUER])
    assert refusal(b"x" * (dsse.LARGEST_ENVELOPE_BYTES + 1)) == "too-large"
    whole = dsse.sign(b"x" * dsse.LARGEST_PAYLOAD_BYTES, SIGNERS[ISSUER])
    assert len(dsse.verify(whole, KEYS).payload) == dsse.LARGEST_PAYLOAD_BYTES


def test_a_key_id_is_the_start_of_the_keys_digest() -> None:
    # RFC 8032 §7.1, TEST 1.
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert dsse.key_id(public) == "21fe31dfa154a261626bf854046fd227"


def test_only_an_owner_of_a_signing_key_may_be_the_issuer() -> None:
    mine, theirs = SIGNERS[ISSUER].key_id, SIGNERS[OTHER].key_id
    dsse.bind(ISSUER, [mine], OWNERS)
    dsse.bind(ISSUER, [theirs, mine], OWNERS)
    for issuer, key_ids in ((ISSUER, [theirs]), (ISSUER, []), (PartyName("nobody"), [mine]), (ISSUER, ["unknown"])):
        with pytest.raises(RecordRejected, match="wrong-signer"):
            dsse.bind(issuer, map(KeyId, key_ids), OWNERS)


def test_an_act_goes_through_envelope_and_back_to_the_same_bytes() -> None:
    for kind in KINDS.values():
        payload = codec.encode(reference.example(kind))
        assert dsse.verify(dsse.sign(payload, SIGNERS[ISSUER]), KEYS).payload == payload


def test_a_payload_can_be_looked_at_without_its_keys_and_is_then_nobodys() -> None:
    envelope = dsse.sign(b"{}", a_signer(1))
    assert dsse.unverified_payload(envelope) == b"{}"
    for broken in (b"", b"{}", altered(envelope, payload="?")):
        with pytest.raises(RecordRejected):
            dsse.unverified_payload(broken)
