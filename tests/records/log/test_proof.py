"""Tests proof files: the form of the specification, and that nothing else is one."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.proof import HEAD, LogProof, check_proof, read_proof, write_proof
from tests.support.logs import KEY, ORIGIN, SIGNER, Tiles, entries

GIVEN = entries(300)
TREE = Tiles(GIVEN).tree
NOTE = sign_checkpoint(Checkpoint(ORIGIN, 300, TREE.root(300)), SIGNER)


def a_proof(index: int = 258, extra: bytes | None = None) -> LogProof:
    return LogProof(index, TREE.inclusion(index, 300), NOTE, extra)


def test_a_proof_has_the_form_of_the_specification() -> None:
    lines = write_proof(a_proof(extra=b"salt")).decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra c2FsdA==", "index 258"]
    blank = lines.index("")
    assert [base64.b64decode(line) for line in lines[3:blank]] == list(TREE.inclusion(258, 300))
    assert "\n".join(lines[blank + 1 :]).encode() == NOTE


@given(st.integers(0, 299), st.none() | st.binary(max_size=40))
@settings(max_examples=40)
def test_a_proof_is_read_back_and_holds(index: int, extra: bytes | None) -> None:
    proof = read_proof(write_proof(a_proof(index, extra)))
    assert proof == a_proof(index, extra)
    assert check_proof(proof, GIVEN[index], KEY).size == 300
    with pytest.raises(RecordRejected, match="bad-inclusion"):
        check_proof(proof, GIVEN[index - 1], KEY)


def test_a_log_of_one_entry_needs_no_hash() -> None:
    tree = Tiles(GIVEN[:1]).tree
    note = sign_checkpoint(Checkpoint(ORIGIN, 1, tree.root(1)), SIGNER)
    raw = write_proof(LogProof(0, tree.inclusion(0, 1), note))
    assert check_proof(read_proof(raw), GIVEN[0], KEY).size == 1


def test_no_byte_of_a_proof_can_change_unnoticed() -> None:
    raw = write_proof(a_proof())
    accepted = []
    for at in range(len(raw)):
        for flip in (1, 0x20, 0x80):
            changed = raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :]
            try:
                check_proof(read_proof(changed), GIVEN[258], KEY)
            except RecordRejected:
                continue
            accepted.append((at, flip))
    assert accepted == []


HASH = base64.b64encode(b"h" * 32).decode()


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("", "bad-proof at $"),
        ("c2sp.org/tlog-proof@v2\nindex 0", "bad-proof at $"),
        (HEAD, "bad-proof at $.index"),
        (f"{HEAD}\nextra AAAA", "bad-proof at $.index"),
        (f"{HEAD}\nextra AAA_\nindex 0", "bad-base64 at $.extra"),
        (f"{HEAD}\nextra \nextra AAAA\nindex 0", "bad-proof at $.index"),
        (f"{HEAD}\nindex 00", "bad-number at $.index"),
        (f"{HEAD}\nindex +1", "bad-number at $.index"),
        (f"{HEAD}\nindex 0\nindex 0", "bad-base64 at $.path[0]"),
        (f"{HEAD}\nindex 0\nAAAA", "bad-proof at $.path[0]"),
        (f"{HEAD}\nindex 0\n{HASH} ", "bad-base64 at $.path[0]"),
        (f"{HEAD}\r\nindex 0", "bad-proof at $"),
        (f"{HEAD}\nindex 0\n" + "\n".join([HASH] * 64), "bad-proof at $.path"),
    ],
)
def test_a_malformed_proof_is_refused_with_the_place(head: str, why: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        read_proof(head.encode() + b"\n\n" + NOTE)
    assert str(refused.value).startswith(why)


def test_a_proof_without_a_checkpoint_is_refused() -> None:
    for raw in (f"{HEAD}\nindex 0\n".encode(), f"{HEAD}\nindex 0\n\n".encode(), b"\xff" + write_proof(a_proof())):
        with pytest.raises(RecordRejected):
            read_proof(raw)
