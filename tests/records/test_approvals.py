"""Tests that an approval is of one act, byte for byte, and that whoever changes act or approval is found out."""

import base64
import hashlib
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from comity.errors import RecordRejected
from comity.records import codec, reference
from comity.records.approvals import (
    Approval,
    Assertion,
    Laid,
    approval_of,
    check_approvals,
    lay,
    with_approvals,
    without_approvals,
)
from comity.records.codec import UnreadAct
from comity.records.kinds import Erasure, ReleaseGrant
from tests.support.authenticator import Authenticator

SEED = bytes(range(32))
AT = "2031-03-01T12:00:00.000Z"
GRANT = codec.encode(reference.example(ReleaseGrant))
ERASURE = codec.encode(reference.example(Erasure))
PLACE = "http://localhost:8700"


def laid() -> Laid:
    return lay((b"the request", GRANT, ERASURE), SEED)


def asserted(challenge: bytes, *, verified: bool = True, kind: str = "webauthn.get") -> Assertion:
    device = Authenticator()
    text = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
    made: Any = device.answer({"challenge": text, "rpId": "localhost"}, PLACE, verified=verified, kind=kind)
    public = device.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    response = {name: base64.urlsafe_b64decode(value + "==") for name, value in made["response"].items()}
    return Assertion(
        public_key=base64.b64encode(public).decode(),
        client_data=base64.b64encode(response["clientDataJSON"]).decode(),
        authenticator_data=base64.b64encode(response["authenticatorData"]).decode(),
        signature=base64.b64encode(response["signature"]).decode(),
    )


def approval(number: int = 1, assertion: Assertion | None = None) -> Approval:
    given = asserted(laid().challenge) if assertion is None else assertion
    return approval_of(laid(), number, "passkey", "approver", AT, given)


def test_an_approved_act_reads_back_as_the_act_with_its_approval() -> None:
    one = approval()
    act = codec.decode(with_approvals(GRANT, [one]))
    assert isinstance(act, ReleaseGrant) and act.approvals == (one,)
    assert without_approvals(with_approvals(GRANT, [one]), [one]) == GRANT


@pytest.mark.parametrize("by", ["password", "break-glass"])
def test_without_a_passkey_the_approval_says_so_and_has_no_signature(by: Any) -> None:
    one = approval_of(laid(), 2, by, "approver", AT, None)
    check_approvals(with_approvals(ERASURE, [one]), [one])
    with pytest.raises(RecordRejected, match="bad-approval"):
        forged = msgspec.structs.replace(one, assertion=asserted(laid().challenge))
        check_approvals(with_approvals(ERASURE, [forged]), [forged])


def test_an_approval_of_one_act_is_none_of_another() -> None:
    with pytest.raises(RecordRejected, match="bad-approval"):
        codec.decode(with_approvals(ERASURE, [approval(1)]))


def test_each_changed_byte_of_the_act_is_found() -> None:
    good = with_approvals(GRANT, [approval()])
    names = GRANT.index(b"indicator--") + len(b"indicator--")
    for at in range(names, names + 8):
        changed = good[:at] + (b"0" if good[at : at + 1] != b"0" else b"1") + good[at + 1 :]
        with pytest.raises(RecordRejected, match="bad-approval"):
            codec.decode(changed)


def test_approvals_stand_last_and_as_written() -> None:
    one = approval()
    first = b'{"approvals":' + msgspec.json.encode((one,)) + b"," + GRANT[1:]
    with pytest.raises(RecordRejected, match="not the last field"):
        codec.decode(first)
    with pytest.raises(RecordRejected, match="not the last field"):
        codec.decode(with_approvals(GRANT, [one])[:-1] + b" }")
    with pytest.raises(RecordRejected):
        codec.decode(with_approvals(GRANT, []))


@pytest.mark.parametrize(
    "assertion",
    [
        asserted(laid().challenge, verified=False),
        asserted(laid().challenge, kind="webauthn.create"),
        asserted(hashlib.sha256(b"something else").digest()),
    ],
    ids=["nobody verified", "not an answer", "of something else"],
)
def test_an_answer_to_something_else_or_of_nobody_is_refused(assertion: Assertion) -> None:
    with pytest.raises(RecordRejected, match="bad-approval"):
        codec.decode(with_approvals(GRANT, [approval(assertion=assertion)]))


@pytest.mark.parametrize("field", ["public_key", "client_data", "authenticator_data", "signature"])
def test_a_changed_answer_is_refused(field: str) -> None:
    good = asserted(laid().challenge)
    raw = bytearray(base64.b64decode(getattr(good, field)))
    for at in (0, len(raw) // 2, len(raw) - 1):
        changed = bytes(raw[:at]) + bytes([raw[at] ^ 1]) + bytes(raw[at + 1 :])
        bad = msgspec.structs.replace(good, **{field: base64.b64encode(changed).decode()})
        with pytest.raises(RecordRejected):
            codec.decode(with_approvals(GRANT, [approval(assertion=bad)]))


def test_a_proof_of_another_length_or_place_is_refused() -> None:
    one = approval()
    for bad in (
        msgspec.structs.replace(one, nodes=one.nodes[:-1]),
        msgspec.structs.replace(one, size=32),
        msgspec.structs.replace(one, place=one.place ^ 1),
        msgspec.structs.replace(one, salt="00" * 16),
    ):
        with pytest.raises(RecordRejected):
            codec.decode(with_approvals(GRANT, [bad]))


def test_what_a_newer_node_adds_leaves_the_act_unread_not_refused() -> None:
    newer = with_approvals(GRANT, [approval()]).replace(b'"by":"passkey"', b'"by":"passkey","more":1')
    assert isinstance(codec.decode(newer), UnreadAct)


def test_one_approval_tells_nothing_of_how_much_was_asked_for() -> None:
    one, many = (lay((b"the request", GRANT, *more), SEED) for more in ((), (ERASURE,) * 9))
    sizes = {len(msgspec.json.encode(approval_of(laid, 1, "password", "approver", AT, None))) for laid in (one, many)}
    assert len({laid.made.size for laid in (one, many)}) == 1 and max(sizes) - min(sizes) <= 1  # digits of the place
