"""A TLS front on loopback: what stands before a node in life, be it the party's own proxy or somebody else's."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from comity.values import Instant, instant
from comity.wire.tls_keys import make_certificate, pin_of_pem
from tests.support.nodes import CountedEntropy

SINCE = instant("2020-01-01T00:00:00Z")  # the machine's own clock judges certificates, not that of the test


class TlsKey(NamedTuple):
    """A self-signed certificate for 127.0.0.1 with its key, as files, and its pin."""

    certificate: Path
    key: Path
    pin: bytes

    @property
    def pem(self) -> str:
        return self.certificate.read_text()


def a_key(folder: Path, name: str, since: Instant = SINCE, days: int = 36_500) -> TlsKey:
    """Make a TLS key of its own for a name."""
    place, entropy = folder / name, CountedEntropy()
    place.mkdir(parents=True)
    entropy.restart(name)
    made = make_certificate(place, ("127.0.0.1",), since, entropy, days)
    certificate = place / made.certificate
    return TlsKey(certificate, place / made.key, pin_of_pem(certificate.read_bytes()))


class Front:
    """Ends TLS and hands on to a server in clear. State kept: that server, the key it shows, what it has read."""

    def __init__(self, key: TlsKey, base: str = "") -> None:
        self.show(key)
        self.base = base

    def show(self, key: TlsKey) -> None:
        """Show another key from now on; what it has read is forgotten."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key.certificate, key.key)
        self.context, self.read = context, b""

    def serve(self, wire: socket.socket) -> None:
        """Carry one connection."""
        parts = urlsplit(self.base)
        target = (parts.hostname or "", parts.port or 80)
        with (
            suppress(OSError),
            self.context.wrap_socket(wire, server_side=True) as near,
            socket.create_connection(target) as far,
        ):
            back = threading.Thread(target=_carry, args=(far, near))
            back.start()
            with suppress(OSError):
                while part := near.recv(65536):
                    self.read += part
                    far.sendall(part)
            with suppress(OSError):
                far.shutdown(socket.SHUT_WR)
            back.join(timeout=10)


@contextmanager
def fronted(key: TlsKey, base: str = "") -> Iterator[tuple[Front, str]]:
    """Put a front before a server, which may be named later, until the block ends; gives it with its base URL."""
    front, lines = Front(key, base), list[threading.Thread]()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def serve() -> None:
            while True:
                wire, _ = listener.accept()
                if ended.is_set():
                    wire.close()
                    return
                line = threading.Thread(target=front.serve, args=(wire,))
                line.start()
                lines.append(line)

        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield front, f"https://127.0.0.1:{port}"
        finally:
            ended.set()
            with socket.create_connection(("127.0.0.1", port)):
                pass
            for one in (thread, *lines):
                one.join(timeout=10)


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)
