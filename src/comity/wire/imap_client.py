"""Fetches new mails from a mailbox over IMAP: to a permitted address, within limits, and leaves them there.

A mail is marked as seen only after the caller has kept it, so a crash between costs a second fetching and no mail.
Source: RFC 3501.
"""

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from comity.errors import NotPermitted, Unauthenticated, Unreachable, UsageError
from comity.wire.addresses import are_listed, permitted
from comity.wire.outbound import Outbound

LARGEST_MAIL_BYTES: Final = 32 << 20
WITHIN_S: Final = 300.0  # for one visit to the mailbox
_PORTS: Final = {"imaps": 993, "imap": 143}
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d{1,12})")


class Mailbox(NamedTuple):
    """A mailbox: `imaps://host` or `imap://host`, with a port where it is not the usual one."""

    url: str
    user: str
    password: str
    folder: str = "INBOX"

    def __repr__(self) -> str:
        return f"Mailbox(url={self.url!r}, user={self.user!r}, folder={self.folder!r})"


class Fetched(NamedTuple):
    """A mail as it lies in the mailbox, by its number there; no bytes if it is too large."""

    uid: str
    body: bytes | None
    size: int


class _Line(imaplib.IMAP4):
    """IMAP over a socket that is opened to a permitted address; no answer may name more than a mail may have."""

    def __init__(self, host: str, port: int, dial: Callable[[], socket.socket], timeout_s: float) -> None:
        self._dial = dial
        super().__init__(host, port, timeout=timeout_s)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._dial()

    def read(self, size: int) -> bytes:
        """Read a literal."""
        if size > LARGEST_MAIL_BYTES:
            raise self.abort("more than a mail may have")
        return super().read(size)


class ImapClient:
    """One visit to a mailbox. State kept consistent: the line, and the timer that ends it."""

    def __init__(self, outbound: Outbound, mailbox: Mailbox, within_s: float = WITHIN_S) -> None:
        self._outbound, self._mailbox, self._within_s = outbound, mailbox, within_s

    def __enter__(self) -> "ImapClient":
        """Sign in and open the folder.

        Raises:
            NotPermitted, Unreachable: the way to it. Unauthenticated: user or password. UsageError: no such address.
        """
        parts = _parts(self._mailbox.url)
        self._host, port, secure = parts
        sock: list[socket.socket] = []

        def dial() -> socket.socket:
            sock.append(self._dialled(self._host, port, secure))
            return sock[0]

        try:
            self._line = _Line(self._host, port, dial, self._outbound.limits.connect_s)
        except (imaplib.IMAP4.error, OSError) as exc:
            raise Unreachable("{host} does not answer as a mailbox", host=self._host) from exc
        self._timer = threading.Timer(self._within_s, _cut, sock)
        self._timer.daemon = True
        self._timer.start()
        try:
            self._line.login(self._mailbox.user, self._mailbox.password)
        except (imaplib.IMAP4.error, OSError, UnicodeError) as exc:
            self.close()
            if isinstance(exc, imaplib.IMAP4.abort | OSError):
                raise Unreachable("{host} does not answer as a mailbox", host=self._host) from exc
            raise Unauthenticated("the mailbox refused the user or the password") from exc
        try:
            self._said(lambda: self._line.select(_quoted(self._mailbox.folder)))
        except Unreachable:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Sign out and hang up."""
        self._timer.cancel()
        with suppress(imaplib.IMAP4.error, OSError):
            self._line.logout()

    def new(self, most: int) -> Iterator[Fetched]:
        """Give the mails that nobody has seen, the oldest first.

        Raises:
            Unreachable: the mailbox does not answer, or answers something else.
        """
        found = self._said(lambda: self._line.uid("SEARCH", "UNSEEN"))
        uids = found[0].split() if isinstance(found[0], bytes) else []
        for uid in [one.decode("ascii", "replace") for one in uids[:most]]:
            size = self._size(uid)
            if size > LARGEST_MAIL_BYTES:
                yield Fetched(uid, None, size)
                continue
            body = self._body(uid)
            if body is not None:  # another program may have taken it away meanwhile
                yield Fetched(uid, body, len(body))

    def seen(self, uid: str) -> None:
        """Mark a mail as seen, now that it is kept."""
        self._said(lambda: self._line.uid("STORE", uid, "+FLAGS", r"(\Seen)"))

    def _body(self, uid: str) -> bytes | None:
        answer = self._said(lambda: self._line.uid("FETCH", uid, "(BODY.PEEK[])"))
        return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)

    def _size(self, uid: str) -> int:
        answer = self._said(lambda: self._line.uid("FETCH", uid, "(RFC822.SIZE)"))
        text = b" ".join(part[0] if isinstance(part, tuple) else part for part in answer if part is not None)
        match = _SIZE.search(text)
        return 0 if match is None else int(match[1])

    def _said(self, ask: Callable[[], tuple[str, list[Any]]]) -> list[Any]:
        try:
            word, answer = ask()
        except (imaplib.IMAP4.error, OSError, ValueError) as exc:
            raise Unreachable("{host} does not answer as a mailbox", host=self._host) from exc
        if word != "OK":
            raise Unreachable("{host} refuses: {why}", host=self._host, why=str(answer)[:200])
        return answer

    def _dialled(self, host: str, port: int, secure: bool) -> socket.socket:
        outbound = self._outbound
        addresses = permitted(host, port, outbound.listed, outbound.resolve)
        if not secure and not are_listed(addresses, outbound.listed):
            raise NotPermitted("{host} is to be called without TLS, which is for listed networks only", host=host)
        failed: OSError | None = None
        for address in addresses:
            try:
                wire = socket.create_connection((address, port), timeout=outbound.limits.connect_s)
                if not secure:
                    return wire
                context = ssl.create_default_context(cafile=outbound.ca_file)
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                return context.wrap_socket(wire, server_hostname=host)
            except OSError as exc:
                failed = exc
        raise Unreachable("{host}:{port} cannot be reached: {why}", host=host, port=port, why=failed) from failed


def _cut(sock: socket.socket) -> None:
    """Hang up, whatever the other side sends until then."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _parts(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise UsageError("a mailbox is imaps://host or imap://host") from exc
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise UsageError("a mailbox is imaps://host or imap://host")
    return parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "imaps"


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
