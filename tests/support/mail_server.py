"""Takes mail on loopback as a small SMTP server does, or as a test tells it to; remembers every line and every mail."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


class MailBox:
    """What came. `answers` replaces the answer to a command; `slow` sends one byte of the greeting now and then."""

    def __init__(self, certificate: tuple[Path, Path] | None) -> None:
        self.port = 0
        self.lines: list[str] = []
        self.mails: list[bytes] = []
        self.answers: dict[str, str] = {}
        self.slow = False
        self.over = threading.Event()
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)


class _Session(socketserver.BaseRequestHandler):
    box: MailBox

    def handle(self) -> None:
        if self.box.slow:
            while not self.box.over.wait(0.05):
                self.request.sendall(b"2")
            return
        try:
            with suppress(OSError):  # the client hung up
                self._talk()
        finally:
            self.request.close()

    def _talk(self) -> None:
        with ExitStack() as stack:
            self._answer(stack)

    def _answer(self, stack: ExitStack) -> None:
        wire, secured = self.request, False
        wire.sendall(b"220 mail.example\r\n")
        file = stack.enter_context(wire.makefile("rb"))
        while line := file.readline():
            said = line.decode().rstrip("\r\n")
            self.box.lines.append(said)
            verb = said[:8].split(" ")[0].upper()
            if verb in self.box.answers:
                wire.sendall(self.box.answers[verb].encode() + b"\r\n")
            elif verb == "EHLO":
                offers = "250-mail.example\r\n" + ("" if secured or not self.box.context else "250-STARTTLS\r\n")
                wire.sendall((offers + "250 AUTH PLAIN\r\n").encode())
            elif verb == "STARTTLS" and self.box.context is not None:
                wire.sendall(b"220 go on\r\n")
                wire, secured = self.box.context.wrap_socket(wire, server_side=True), True
                self.request = wire
                file.close()
                file = stack.enter_context(wire.makefile("rb"))
            elif verb == "DATA":
                wire.sendall(b"354 go on\r\n")
                body = b""
                while (part := file.readline()) not in (b".\r\n", b""):
                    body += part
                self.box.mails.append(body)
                wire.sendall(self.box.answers.get("TAKEN", "250 taken").encode() + b"\r\n")
            elif verb == "QUIT":
                wire.sendall(b"221 bye\r\n")
                return
            else:
                wire.sendall((b"235" if verb == "AUTH" else b"250") + b" fine\r\n")


@contextmanager
def a_mail_server(certificate: tuple[Path, Path] | None = None) -> Iterator[MailBox]:
    """Serve until the block ends; with a certificate and its key STARTTLS is offered."""
    box = MailBox(certificate)
    session = type("Session", (_Session,), {"box": box})

    class Server(socketserver.ThreadingTCPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a handshake that failed: the test looks at the client

    with Server(("127.0.0.1", 0), session) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield box
        finally:
            box.over.set()
            server.shutdown()
            thread.join()
