"""Tests notes against the note of another implementation, and that no byte of one can change unnoticed."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.dsse import signer_of
from comity.records.log import note
from comity.records.log.note import NoteKey, is_key_name, names_key, read_key, read_note, sign_note, verify_note
from tests.support.logs import KEY, ORIGIN, SIGNER

VECTORS = Path(__file__).parents[2] / "vectors" / "log"
PUBLISHED = json.loads((VECTORS / "note.json").read_text(encoding="utf-8"))
RAW = PUBLISHED["note"].encode()
THEIRS = read_key(PUBLISHED["key"])


def refusal(raw: bytes) -> str:
    with pytest.raises(RecordRejected) as refused:
        read_note(raw)
    return f"{refused.value.reason} {refused.value.path}"


def test_a_note_of_another_implementation_is_verified() -> None:
    assert verify_note(read_note(RAW), (KEY, THEIRS)) == (THEIRS,)
    assert read_note(RAW).text.endswith("your problem is.\n")


def test_a_key_is_written_as_others_write_it() -> None:
    assert THEIRS.text == PUBLISHED["key"]
    assert read_key(KEY.text) == KEY


@pytest.mark.parametrize(
    "word",
    ["", "a+b", "a+00000000+AQ==", PUBLISHED["key"].replace("c74f", "c74e"), PUBLISHED["key"][:-1], "x" * 2000]
    + [PUBLISHED["key"].replace("PeterNeumann", name) for name in ("", "Peter Neumann", "Other")],
)
def test_a_key_that_does_not_hold_together_is_refused(word: str) -> None:
    with pytest.raises(RecordRejected):
        read_key(word)


def test_no_byte_of_a_note_can_change_unnoticed() -> None:
    accepted = []
    for at in range(len(RAW)):
        for flip in (1, 0x20, 0x80):
            raw = RAW[:at] + bytes([RAW[at] ^ flip]) + RAW[at + 1 :]
            try:
                verify_note(read_note(raw), (THEIRS,))
            except RecordRejected:
                continue
            accepted.append((at, flip))
    assert accepted == []


def test_signatures_of_other_keys_and_types_are_passed_over() -> None:
    witness = "— witness.example " + base64.b64encode(b"\x00\x01\x02\x03" + b"\x04" * 2424).decode() + "\n"
    same_name = f"— {ORIGIN} " + base64.b64encode(b"\xff\xff\xff\xff" + b"\x06" * 64).decode() + "\n"
    raw = sign_note("text\n", ORIGIN, SIGNER) + witness.encode() + same_name.encode()
    assert verify_note(read_note(raw), (KEY,)) == (KEY,)
    with pytest.raises(RecordRejected, match="no-known-signer"):
        verify_note(read_note(raw), (THEIRS,))


def test_a_bad_signature_of_a_known_key_refuses_the_whole_note() -> None:
    raw = sign_note("text\n", ORIGIN, SIGNER)
    forged = f"— {ORIGIN} " + base64.b64encode(KEY.id + b"x" * 64).decode() + "\n"
    with pytest.raises(RecordRejected, match="bad-signature"):
        verify_note(read_note(b"text\n\n" + forged.encode()), (KEY,))
    with pytest.raises(RecordRejected, match="repeated-signature"):
        read_note(raw + forged.encode())


LINE = "— a AAAAAAA=\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "bad-note $"),
        (b"text\n", "bad-note $"),
        (b"\n\n" + LINE.encode(), "bad-note $"),
        (b"text\n\n", "bad-note $"),
        (("text\n\n" + LINE[:-1]).encode(), "bad-note $"),
        (("te\txt\n\n" + LINE).encode(), "bad-note $"),
        (("text\r\n\n" + LINE).encode(), "bad-note $"),
        (b"\xff\n\n" + LINE.encode(), "not-utf8 $"),
        (b"text\n\n- a AAAAAAA=\n", "bad-note $.signatures[0]"),
        ("text\n\n— a\n".encode(), "bad-note $.signatures[0]"),
        ("text\n\n— a AAAAAAA= \n".encode(), "bad-note $.signatures[0]"),
        ("text\n\n— a+b AAAAAAA=\n".encode(), "bad-note $.signatures[0]"),
        ("text\n\n— a\u00a0b AAAAAAA=\n".encode(), "bad-note $.signatures[0]"),
        ("text\n\n— a AAAA\n".encode(), "bad-note $.signatures[0]"),
        ("text\n\n— a AAAAAAB=\n".encode(), "bad-base64 $.signatures[0]"),
        ("text\n\n— a AAA_AAA=\n".encode(), "bad-base64 $.signatures[0]"),
        (("text\n\n" + LINE + LINE).encode(), "repeated-signature $.signatures[1]"),
        (("t" * 65_536 + "\n\n" + LINE).encode(), "too-large $"),
    ],
)
def test_a_malformed_note_is_refused_with_the_place(raw: bytes, why: str) -> None:
    assert refusal(raw) == why


def test_sixteen_signatures_are_read_and_no_more() -> None:
    lines = "".join(f"— k{number} AAAAAAA=\n" for number in range(17))
    assert refusal(("text\n\n" + lines).encode()) == "bad-note $.signatures"
    assert len(read_note(("text\n\n" + lines[: lines.index("— k16")]).encode()).signatures) == note.MOST_SIGNATURES


def test_a_text_may_hold_empty_lines() -> None:
    raw = sign_note("one\n\ntwo\n", ORIGIN, SIGNER)
    assert read_note(raw).text == "one\n\ntwo\n"


def test_what_could_not_be_read_back_is_not_signed() -> None:
    for text in ("no end", "", "a\tb\n"):
        with pytest.raises(RecordRejected):
            sign_note(text, ORIGIN, SIGNER)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80))
def test_what_is_signed_is_read_back(text: str) -> None:
    raw = sign_note(text + "\n", ORIGIN, SIGNER)
    assert read_note(raw).text == text + "\n"
    assert verify_note(read_note(raw), (KEY,)) == (KEY,)


def test_names_of_keys_have_no_spaces_and_no_plus() -> None:
    assert is_key_name("freedonia-csirt/comity/1")
    assert not any(map(is_key_name, ["", "a b", "a+b", "a\u3000b", "a\x01", "a\udc99"]))
    assert NoteKey("a", b"k" * 32).id != NoteKey("b", b"k" * 32).id


def test_two_keys_of_one_name_sign_one_note() -> None:
    other = signer_of(Ed25519PrivateKey.from_private_bytes(b"2" * 32))
    note = read_note(sign_note("text\n", ORIGIN, other, SIGNER))
    keys = [NoteKey(ORIGIN, one.public) for one in (other, SIGNER)]
    assert verify_note(note, keys[::-1]) == tuple(keys)
    assert [names_key(note, key) for key in (*keys, NoteKey(ORIGIN, b"k" * 32), NoteKey("x", SIGNER.public))] == [
        True, True, False, False,
    ]  # fmt: skip
