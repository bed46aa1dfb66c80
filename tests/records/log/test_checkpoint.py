"""Tests what a checkpoint says, and that only the log's own key makes it one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.log.checkpoint import (
    Checkpoint,
    decimal,
    open_checkpoint,
    read_checkpoint,
    sign_checkpoint,
    write_checkpoint,
)
from comity.records.log.note import NoteKey, read_note, sign_note
from tests.support.logs import KEY, ORIGIN, SIGNER

EXAMPLE = (Path(__file__).parents[2] / "vectors" / "log" / "checkpoint.txt").read_bytes()
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


def test_the_example_of_the_specification_is_read() -> None:
    found = read_checkpoint(read_note(EXAMPLE).text)
    assert (found.origin, found.size, found.extensions) == ("example.com/behind-the-sofa", 20_852_163, ())
    assert write_checkpoint(found) == read_note(EXAMPLE).text


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_signed_checkpoint_is_opened_again(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert open_checkpoint(sign_checkpoint(checkpoint, SIGNER), KEY) == checkpoint


def test_extension_lines_of_others_are_kept() -> None:
    assert read_checkpoint(f"a\n1\n{ROOT}\nmore\nand more\n").extensions == ("more", "and more")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "bad-checkpoint"),
        (f"a\n1\n{ROOT}", "bad-checkpoint"),
        ("a\n1\n", "bad-checkpoint"),
        (f"\n1\n{ROOT}\n", "bad-checkpoint"),
        (f"a\n1\n{ROOT}\n\n", "bad-checkpoint"),
        (f"a\n1\n{ROOT}\n\nmore\n", "bad-checkpoint"),
        (f"a\n01\n{ROOT}\n", "bad-number at $.size"),
        (f"a\n-1\n{ROOT}\n", "bad-number at $.size"),
        (f"a\n1 \n{ROOT}\n", "bad-number at $.size"),
        (f"a\n١\n{ROOT}\n", "bad-number at $.size"),
        (f"a\n9223372036854775808\n{ROOT}\n", "bad-number at $.size"),
        (f"a\n{'9' * 5000}\n{ROOT}\n", "bad-number at $.size"),
        ("a\n1\nAAAA\n", "bad-checkpoint at $.root"),
        (f"a\n1\n{ROOT[:-2]}3=\n", "bad-base64 at $.root"),
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str, why: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        read_checkpoint(text)
    assert str(refused.value).startswith(why)


def test_a_checkpoint_in_the_name_of_another_log_is_refused() -> None:
    raw = sign_note(write_checkpoint(Checkpoint("other/comity/1", 1, b"r" * 32)), ORIGIN, SIGNER)
    with pytest.raises(RecordRejected, match="wrong-origin"):
        open_checkpoint(raw, KEY)


def test_a_checkpoint_by_another_key_is_refused() -> None:
    raw = sign_checkpoint(Checkpoint(ORIGIN, 1, b"r" * 32), SIGNER)
    with pytest.raises(RecordRejected, match="no-known-signer"):
        open_checkpoint(raw, NoteKey(ORIGIN, b"k" * 32))


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb"])
def test_a_log_whose_name_cannot_be_a_keys_is_not_signed_for(origin: str) -> None:
    with pytest.raises(RecordRejected):
        sign_checkpoint(Checkpoint(origin, 1, b"r" * 32), SIGNER)


def test_a_root_of_another_length_is_not_signed() -> None:
    with pytest.raises(RecordRejected):
        sign_checkpoint(Checkpoint(ORIGIN, 1, b"r" * 31), SIGNER)


def test_numbers_have_one_form() -> None:
    assert decimal("0", "$") == 0
    assert decimal(str(2**63 - 1), "$") == 2**63 - 1
