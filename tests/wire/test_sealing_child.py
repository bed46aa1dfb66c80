"""Tests what the process that encrypts answers."""

import pysequoia
import pytest

from comity.wire.sealing_child import answer_to

TSK = pysequoia.Tsk.generate("mara@csirt.example")


def test_it_gives_a_message_and_the_fingerprint_of_the_key() -> None:
    certificate = TSK.extract_certificate()
    answer = answer_to(bytes(certificate), "hello")
    assert answer["fingerprint"] == str(certificate.fingerprint)
    opened = pysequoia.decrypt(answer["message"].encode(), decryptor=TSK.decryptor())
    assert bytes(opened.bytes) == b"hello"


@pytest.mark.parametrize(("key", "why"), [(b"x", "key"), (bytes(TSK), "secret")])
def test_it_says_why_there_is_none(key: bytes, why: str) -> None:
    assert answer_to(key, "hello") == {"failed": why}
