"""Tests what an entry commits to: every covered column, and nothing without the salt."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.records.log.entry import ENTRY_BYTES, Covered, encoded, entry_of, padding
from tests.support.logs import SALT, a_covered

texts = st.text(max_size=20)
covereds = st.builds(
    Covered, st.sampled_from(["item", "act"]), texts, texts, texts, texts, st.integers(-(2**62), 2**62),
    st.sampled_from([20, 21]), st.binary(min_size=32, max_size=32), st.integers(0, 2**60),
)  # fmt: skip


def test_the_form_is_the_one_that_the_guide_states() -> None:
    """Another program must be able to make the same entry from the words of the guide."""
    covered = a_covered()
    parts = [
        b"item", b"freedonia-csirt", b"indicator--1", b"indicator", b"2031-03-01T12:00:00.000Z", b"1930132800000000",
        b"21", covered.sha256, b"1930132800000",
    ]  # fmt: skip
    body = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    wanted = b"\x01" + hmac.new(SALT, b"comity-log-v1\0" + body, hashlib.sha256).digest()
    assert entry_of(SALT, covered) == wanted
    assert len(wanted) == ENTRY_BYTES


@pytest.mark.parametrize("column", Covered._fields)
def test_every_column_is_covered(column: str) -> None:
    covered = a_covered()
    value = getattr(covered, column)
    other = value + (1 if isinstance(value, int) else "x" if isinstance(value, str) else b"x")
    assert entry_of(SALT, covered._replace(**{column: other})) != entry_of(SALT, covered)


@given(covereds, covereds)
def test_two_records_never_have_one_form(one: Covered, other: Covered) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)


def test_another_salt_gives_another_entry() -> None:
    assert entry_of(SALT, a_covered()) != entry_of(SALT[::-1], a_covered())


def test_padding_has_the_form_of_entries() -> None:
    found = padding(bytes(range(96)), 3)
    assert [len(entry) for entry in found] == [ENTRY_BYTES] * 3
    assert len({*found}) == 3
    assert {entry[:1] for entry in found} == {b"\x01"}
