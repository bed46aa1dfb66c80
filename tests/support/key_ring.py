"""Gives a person's OpenPGP key ring, kept by GnuPG where that is installed: another program than what encrypts."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysequoia


class KeyRing:
    """One key; `public` is its public half in armour."""

    def __init__(self, home: Path) -> None:
        self._home, self._key = home, None if shutil.which("gpg") else pysequoia.Tsk.generate("mara@csirt.example")
        if self._key is None:
            made = ("--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", "mara@csirt.example")
            self._gpg(*made, "default", "encr")
            self.public = self._gpg("--armor", "--export").decode()
        else:
            self.public = str(self._key.extract_certificate())

    def opened(self, message: object) -> str:
        """Decrypt a message, as its reader would."""
        assert isinstance(message, bytes)
        if self._key is None:
            return self._gpg("--decrypt", said=message).decode()
        return bytes(pysequoia.decrypt(message, decryptor=self._key.decryptor()).bytes).decode()

    def _gpg(self, *words: str, said: bytes = b"") -> bytes:
        gpg = ["gpg", "--homedir", str(self._home), "--batch", "--quiet", *words]
        return subprocess.run(gpg, input=said, check=True, capture_output=True).stdout


@contextmanager
def a_key_ring() -> Iterator[KeyRing]:
    """Give a ring of its own; its agent ends with the block."""
    with tempfile.TemporaryDirectory(prefix="ring-") as home:  # short, for the agent's socket
        try:
            yield KeyRing(Path(home))
        finally:
            if shutil.which("gpgconf"):
                subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
