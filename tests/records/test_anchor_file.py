"""Tests which anchor files are believed: only those that are, byte for byte, what the root key signed."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records import codec, dsse
from comity.records.anchor_file import LARGEST_FILE, read_anchor, warnings_on, write_anchor
from comity.records.kinds import Anchor, KeySet
from comity.records.kinds.key_set import MOST_KEYS
from comity.values import instant
from tests.support.acts import a_signer
from tests.support.anchors import a_key_set, an_anchor, anchor_file, stated

ROOT = a_signer(50)


def refusal(file: bytes) -> str:
    with pytest.raises(RecordRejected) as refused:
        read_anchor(file)
    return refused.value.reason


def test_an_anchor_reads_back_as_it_was_written() -> None:
    file = anchor_file(ROOT)
    read = read_anchor(file)
    assert read.anchor == an_anchor(ROOT)
    assert read.key_set == a_key_set(ROOT)
    assert read.root == ROOT.public
    assert codec.decode(read.payload) == read.anchor
    assert codec.decode(read.key_set_payload) == read.key_set


def test_every_byte_flipped_is_refused() -> None:
    file = anchor_file(ROOT)
    accepted = []
    for place in range(len(file)):
        for mask in (0x01, 0x20, 0x80):
            flipped = bytearray(file)
            flipped[place] ^= mask
            try:
                read_anchor(bytes(flipped))
            except RecordRejected:
                continue
            accepted.append((place, mask))
    assert accepted == []
    assert len(file) > 2_000


@given(data=st.data())
def test_a_file_that_lost_or_gained_something_is_refused(data: st.DataObject) -> None:
    file = anchor_file(ROOT)
    start = data.draw(st.integers(0, len(file) - 1))
    end = data.draw(st.integers(start, min(len(file), start + 40)))
    put = data.draw(st.binary(max_size=20))
    other = file[:start] + put + file[end:]
    if other.replace(b"\r\n", b"\n") != file:
        refusal(other)


@given(file=st.binary(max_size=300))
def test_anything_else_is_refused_without_another_error(file: bytes) -> None:
    refusal(file)
    refusal(b"COMITY ANCHOR 1\n\n-----BEGIN COMITY ANCHOR-----\n" + file + b"\n-----END COMITY ANCHOR-----\n")


def test_line_ends_of_another_system_do_no_harm() -> None:
    file = anchor_file(ROOT)
    assert read_anchor(file.replace(b"\n", b"\r\n")).anchor == an_anchor(ROOT)


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    assert refusal(b"COMITY ANCHOR 1\n" + b"A" * LARGEST_FILE) == "too-large"


def test_lines_for_people_cannot_be_put_into_a_title() -> None:
    title = "Freedonia CSIRT\nFingerprint: 00000 00000"
    lines = anchor_file(ROOT, title=title).decode().split("\n")
    assert "Party:       Freedonia CSIRT<U+000A>Fingerprint: 00000 00000" in lines
    assert sum(line.startswith("Fingerprint:") for line in lines) == 1


def test_a_key_set_of_another_root_another_party_or_the_other_world_is_refused() -> None:
    other = a_signer(51)
    for key_set, signer, reason in (
        (a_key_set(other), other, "no-known-signer"),
        (a_key_set(ROOT), other, "no-known-signer"),
        (a_key_set(ROOT, issuer="ruritania-csirt"), ROOT, "wrong-signer"),
        (a_key_set(other), ROOT, "wrong-signer"),
        (a_key_set(ROOT, exercise=False), ROOT, "wrong-world"),
    ):
        inner = dsse.sign(codec.encode(key_set), signer)
        anchor = an_anchor(ROOT, key_set=inner.decode())
        assert refusal(write_anchor(anchor, dsse.sign(codec.encode(anchor), ROOT)).encode()) == reason


def test_an_anchor_signed_by_another_key_than_it_carries_is_refused() -> None:
    anchor = an_anchor(ROOT)
    assert refusal(write_anchor(anchor, dsse.sign(codec.encode(anchor), a_signer(51))).encode()) == "no-known-signer"


def test_the_largest_anchor_fits() -> None:
    ends = {"valid_until": "2032-03-01T12:00:00.123456789Z", "suspect_from": "2031-06-01T00:00:00.123456789Z"}
    keys = tuple(stated(seed, use="encryption-of-the-longest-name-x", **ends) for seed in range(60, 60 + MOST_KEYS))
    endpoints = tuple(f"https://hub.elbonia.example/{'x' * 470}{n}" for n in range(8))
    key_set = a_key_set(ROOT, *keys)
    file = anchor_file(ROOT, key_set, title="\u732b" * 200, endpoints=endpoints)
    assert read_anchor(file).key_set == key_set
    assert len(file) < LARGEST_FILE / 2


def test_another_kind_of_act_is_no_anchor() -> None:
    key_set = a_key_set(ROOT)
    assert isinstance(key_set, KeySet)
    envelope = dsse.sign(codec.encode(key_set), ROOT)
    assert refusal(write_anchor(an_anchor(ROOT), envelope).encode()) == "not-an-anchor"


@pytest.mark.parametrize(
    ("title", "warned"),
    [
        ("Freedonia CSIRT", []),
        ("\u0420uritania CSIRT", ["mixed-scripts CYRILLIC, LATIN"]),
        ("\u65e5\u672c\u306e\u30c1\u30fc\u30e0", []),
        ("Freedonia\u202e TRISC", ["hidden U+202E"]),
        ("Freedonia\u200bCSIRT", ["hidden U+200B"]),
    ],
)
def test_a_name_that_may_deceive_is_named(title: str, warned: list[str]) -> None:
    assert list(warnings_on(an_anchor(ROOT, title=title), instant("2031-03-01"))) == warned


def test_an_old_anchor_and_one_without_an_address_are_named() -> None:
    anchor = msgspec.structs.replace(an_anchor(ROOT), endpoints=())
    assert isinstance(anchor, Anchor)
    assert warnings_on(anchor, instant(anchor.valid_until)) == ("expired", "no-endpoint")
