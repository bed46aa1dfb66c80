import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import UsageError
from comity.records.fingerprints import fingerprint, same_fingerprint

ROOT = bytes(range(32))


def test_a_fingerprint_is_twelve_groups_of_five_digits_out_of_the_digest() -> None:
    number = str(int(hashlib.sha256(ROOT).hexdigest(), 16))
    groups = fingerprint(ROOT).split(" ")
    assert [len(group) for group in groups] == [5] * 12
    assert number.endswith("".join(groups))


@given(st.binary(min_size=32, max_size=32))
def test_what_is_read_out_is_typed_with_any_blanks(root: bytes) -> None:
    shown = fingerprint(root)
    for typed in (shown, shown.replace(" ", ""), shown.replace(" ", "-"), f"  {shown.replace(' ', '  ')}\n"):
        assert same_fingerprint(typed, root)


def test_one_wrong_digit_is_another_fingerprint() -> None:
    digits = fingerprint(ROOT).replace(" ", "")
    for place in range(60):
        other = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
        assert not same_fingerprint(other, ROOT)


@pytest.mark.parametrize(
    "typed", ["", "1234", fingerprint(ROOT)[:-1], fingerprint(ROOT) + "1", "x" * 60, "\u0661" * 60]
)
def test_half_a_fingerprint_is_none(typed: str) -> None:
    with pytest.raises(UsageError, match="12 groups of 5 digits"):
        same_fingerprint(typed, ROOT)
