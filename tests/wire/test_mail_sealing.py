"""Tests that a text is encrypted to a public key, and that nothing else counts as one."""

import pysequoia
import pytest

from comity.errors import UsageError
from comity.wire.mail_sealing import LARGEST_KEY_BYTES, sealed_to
from tests.support.key_ring import a_key_ring

TSK = pysequoia.Tsk.generate("mara@csirt.example")


def test_what_is_sealed_is_opened_by_its_reader_alone() -> None:
    with a_key_ring() as ring:
        sealed = sealed_to(ring.public.encode(), "An act waits – ü\n")
        assert ring.opened(sealed.message.encode()) == "An act waits – ü\n" and "act" not in sealed.message
    with pytest.raises(RuntimeError):
        pysequoia.decrypt(sealed.message.encode(), decryptor=TSK.decryptor())


@pytest.mark.parametrize("key", [b"", b"no key", bytes(TSK), str(TSK).encode(), b"x" * (LARGEST_KEY_BYTES + 1)])
def test_nothing_is_sealed_to_what_is_no_public_key(key: bytes) -> None:
    with pytest.raises(UsageError):
        sealed_to(key, "x")
