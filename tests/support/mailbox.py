"""A mailbox on loopback: pymap, an IMAP server, in memory and in a process of its own."""

import imaplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

USER, PASSWORD = "duty", "plum-river-cabinet"


def sent(body: bytes) -> bytes:
    """Give a mail as it is on the wire, with its lines ended as RFC 5322 asks."""
    return body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class ServedMailbox(NamedTuple):
    """Where a mailbox is served."""

    port: int

    @property
    def url(self) -> str:
        """Its address, without TLS."""
        return f"imap://127.0.0.1:{self.port}"

    def put(self, *bodies: bytes) -> None:
        """Deliver mails."""
        with self._signed_in() as line:
            for body in bodies:
                assert line.append("INBOX", None, None, body)[0] == "OK"  # type: ignore[arg-type]  # no flags, no date

    def unseen(self) -> int:
        """Count the mails that nobody has seen."""
        with self._signed_in() as line:
            line.select("INBOX", readonly=True)
            return len(line.search(None, "UNSEEN")[1][0].split())

    def _signed_in(self) -> imaplib.IMAP4:
        line = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        line.login(USER, PASSWORD)
        return line


@contextmanager
def a_mailbox(port: int) -> Iterator[ServedMailbox]:
    """Serve an empty mailbox until the block ends."""
    program = Path(sys.executable).parent / "pymap"
    words = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "admin", "--no-service", "sieve"]
    user = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    with subprocess.Popen([program, *words, *user], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            served = ServedMailbox(port)
            _wait_for(served, time.monotonic() + 30)
            yield served
        finally:
            server.terminate()


def _wait_for(served: ServedMailbox, until: float) -> None:
    while True:
        try:
            served.unseen()
            return
        except (OSError, imaplib.IMAP4.error):
            if time.monotonic() > until:
                raise
