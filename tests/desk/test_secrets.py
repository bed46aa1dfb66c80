"""Tests passwords, six-digit codes and one-time codes: what is taken, what is kept, what it costs to guess."""

import time
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.desk import secrets
from comity.errors import NodeError, UsageError
from comity.values import Instant
from tests.support.nodes import CountedEntropy, Freedonia, freedonia

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("plum river cabinet forty", True),
        ("eleven char", False),
        ("twelve chars", True),
        ("x" * 201, False),
        ("aaaaaaaaaaaaaaaa", False),
        ("Mara.Ellend is my name", False),
        ("пароль длинный очень", True),
    ],
)
def test_a_password_is_long_and_not_the_name(password: str, good: bool) -> None:
    if good:
        secrets.check_password(password, "mara.ellend")
    else:
        with pytest.raises(UsageError):
            secrets.check_password(password, "mara.ellend")


def test_what_is_kept_of_a_password_is_stretched_and_salted(tmp_path: Path) -> None:
    with freedonia(tmp_path, in_memory=False) as life:
        one, two = (secrets.stretched(life.node, "plum river cabinet") for _ in range(2))
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") and one != two
    assert secrets.is_password(one, "plum river cabinet")
    assert not secrets.is_password(one, "plum river cabine")
    assert not secrets.is_password("no hash", "plum river cabinet")


def test_an_account_that_is_not_there_takes_as_long_as_one_that_is(tmp_path: Path) -> None:
    with freedonia(tmp_path, in_memory=False) as life:
        kept = secrets.stretched(life.node, "plum river cabinet")
    took = []
    for held in (kept, None):
        began = time.perf_counter()
        assert not secrets.is_password(held, "another password")
        took.append(time.perf_counter() - began)
    assert 0.2 < took[0] / took[1] < 5


def test_codes_are_those_of_the_standard_library_of_authenticators() -> None:
    # RFC 6238, appendix B, SHA-1, cut to six digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        assert secrets.totp_step(secret, code, Instant(seconds * 1000)) == seconds // 30


@given(st.integers(min_value=-4, max_value=4))
def test_a_code_is_good_one_step_to_either_side(steps: int) -> None:
    now = 1_930_000_000
    code = pyotp.TOTP(SECRET).at(now + 30 * steps)
    found = secrets.totp_step(SECRET, code, Instant(now * 1000))
    assert found == (now // 30 + steps if abs(steps) <= 1 else None)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert secrets.totp_step(SECRET, typed, Instant(1_930_000_000_000)) is None


def test_a_code_may_be_typed_with_blanks() -> None:
    code = pyotp.TOTP(SECRET).at(1_930_000_000)
    assert secrets.totp_step(SECRET, f" {code[:3]} {code[3:]}", Instant(1_930_000_000_000)) is not None


def test_a_source_of_codes_has_160_bits() -> None:
    made = secrets.new_totp(CountedEntropy())
    assert secrets.is_totp_secret(made) and len(made) == 32
    for wrong in ("", "JBSWY3DP", "not base32!", "é"):
        assert not secrets.is_totp_secret(wrong)
    assert secrets.totp_address(made, "mara", "Freedonia CSIRT").startswith("otpauth://totp/Freedonia%20CSIRT:mara?")


def test_a_sealed_source_opens_for_its_account_at_its_node_alone(hub: Freedonia) -> None:
    box = secrets.sealed(hub.node, "mara", SECRET)
    assert SECRET.encode() not in box
    assert secrets.unsealed(hub.node, "mara", box) == SECRET
    with pytest.raises(NodeError):
        secrets.unsealed(hub.node, "tomas", box)
    with pytest.raises(NodeError):
        secrets.unsealed(hub.node, "mara", box[:-1] + bytes([box[-1] ^ 1]))


def test_a_one_time_code_is_read_however_it_is_typed() -> None:
    code = secrets.new_code(CountedEntropy())
    assert len(code) == 23 and code.count("-") == 3
    same = {secrets.code_bytes(form) for form in (code, code.lower(), code.replace("-", " "), code.replace("0", "O"))}
    assert len(same) == 1


def test_one_time_codes_have_a_hundred_bits() -> None:
    entropy = CountedEntropy()
    made = [secrets.new_code(entropy).replace("-", "") for _ in range(500)]
    assert len(set(made)) == 500
    assert all(len({code[place] for code in made}) > 25 for place in range(20))
