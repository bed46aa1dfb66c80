"""Carries every call that the node makes to others over HTTP: to a listed address, within limits, without detours.

The caller names one origin (scheme, host, port) and speaks to nobody else: a redirect is an error, not a way. Clear
text goes to listed networks only. Where the server's party has stated its TLS keys, they alone count, and nothing is
sent before the key is known. Size and time of an answer are bounded before it is read, packed or not.
"""

import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec

from comity.errors import NotPermitted, TooLarge, Unreachable, UsageError, WrongTlsKey
from comity.wire.addresses import Network, Resolve, are_listed, permitted, resolve
from comity.wire.tls_keys import pin_of_certificate

CONNECT_WITHIN_S = 10.0
ANSWER_WITHIN_S = 60.0
LARGEST_ANSWER_BYTES = 128 << 20
_CHUNK = 1 << 16
_MOST_DIGITS = 18
_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Whom a caller speaks to: scheme, host and port, and nobody else."""

    scheme: str
    host: str
    port: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the node an answer may take."""

    answer_bytes: int = LARGEST_ANSWER_BYTES
    connect_s: float = CONNECT_WITHIN_S
    answer_s: float = ANSWER_WITHIN_S  # for the whole exchange, not for one packet


class Pins(NamedTuple):
    """What a party has stated of its server's TLS keys, each by its pin.

    While one is `live`, those alone are taken, whoever signed the certificate, whatever name and dates it bears
    (RFC 7671 §5.1). Else the certificate authorities judge. One that is `revoked` is never taken.
    """

    live: frozenset[bytes] = frozenset()
    revoked: frozenset[bytes] = frozenset()


class Answer(NamedTuple):
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound(msgspec.Struct, frozen=True, kw_only=True):
    """How this node may call others: networks listed besides the public ones, whom it trusts, and its limits."""

    listed: tuple[Network, ...] = ()
    ca_file: Path | None = None  # PEM; the system's authorities where none is given
    limits: Limits = Limits()
    resolve: Resolve = resolve
    pins: Pins = Pins()


def origin_of(url: str) -> Origin:
    """Read whom a URL speaks to.

    Raises:
        UsageError: not http or https, a user in it, no host, or characters that no URL has.
    """
    if not url.isascii() or any(char <= " " or char in '\\"<>^`{|}\x7f' for char in url):
        raise UsageError("a URL has no spaces, control characters or other letters than ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise UsageError("this is no URL") from exc
    if parts.scheme not in _PORTS:
        raise UsageError("only http and https are called")
    if "@" in parts.netloc:
        raise UsageError("a URL names no user: credentials are given apart")
    if not parts.hostname:
        raise UsageError("the URL names no host")
    return Origin(parts.scheme, parts.hostname.rstrip("."), port or _PORTS[parts.scheme])


def whole_number(text: str) -> int | None:
    """Read a number out of a header; none if it is not one. The larger ones all count as the largest of 18 digits."""
    if not (
        text.isascii() and text.isdigit()
    ):  # isdigit alone takes ² and other scripts, and int() refuses 5,000 digits
        return None
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS


class Line:
    """One origin's line: called again and again, kept open while the other side keeps it.

    State kept consistent: the open connection, which is dropped after any failure.
    """

    def __init__(self, outbound: Outbound, origin: Origin) -> None:
        self._outbound, self._origin = outbound, origin
        self._open: http.client.HTTPConnection | None = None

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def call(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Make one call and read its answer whole.

        A line that the other side has closed meanwhile is opened anew, once, for a call that may be repeated.

        Raises:
            NotPermitted: another origin, an address that is not allowed, or clear text beyond the listed networks.
            Unreachable: no connection, no answer in time, a redirect, or an answer that is not HTTP.
            TooLarge: the answer is over the limit.
        """
        if origin_of(url) != self._origin:
            raise NotPermitted(
                "{host} sent the node to another address, which it does not follow", host=self._origin.host
            )
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        give_up_at = time.monotonic() + self._outbound.limits.answer_s
        had_line = self._open is not None
        try:
            return self._exchange(method, path, headers, body, give_up_at)
        except _Hung:
            self.close()
            if not had_line or method not in ("GET", "HEAD"):
                raise Unreachable("{host} hung up", host=self._origin.host) from None
        return self._once_more(method, path, headers, give_up_at)

    def _once_more(self, method: str, path: str, headers: Mapping[str, str], give_up_at: float) -> Answer:
        try:
            return self._exchange(method, path, headers, None, give_up_at)
        except _Hung as exc:
            self.close()
            raise Unreachable("{host} hung up", host=self._origin.host) from exc

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, give_up_at: float
    ) -> Answer:
        try:
            line = self._open or self._dial()
            self._open = line
            with _cut_off(line.sock, give_up_at) as is_late:
                try:
                    line.request(method, path, body=body, headers={**headers, "accept-encoding": "gzip"})
                    answer = line.getresponse()
                    with closing(answer):  # http.client leaves it open, and with it the socket, after a failure too
                        found = Answer(answer.status, _headers(answer), self._read(answer))
                    if is_late():  # headers that are cut off look like headers that have ended
                        raise Unreachable("late")
                except (OSError, http.client.HTTPException, Unreachable) as exc:
                    if is_late():
                        raise Unreachable("{host} takes too long to answer", host=self._origin.host) from exc
                    raise
        except (http.client.RemoteDisconnected, http.client.NotConnected, BrokenPipeError, ConnectionResetError) as exc:
            raise _Hung from exc
        except (OSError, http.client.HTTPException) as exc:
            self.close()
            raise Unreachable(
                "{host} does not answer as it should: {why}", host=self._origin.host, why=_why(exc)
            ) from exc
        except (TooLarge, Unreachable):
            self.close()
            raise
        if answer.will_close:
            self.close()
        if 300 <= found.status < 400:
            raise Unreachable(
                "{host} answers with a redirect, which is not followed: name the new URL", host=self._origin.host
            )
        return found

    def _dial(self) -> http.client.HTTPConnection:
        origin, limits, listed = self._origin, self._outbound.limits, self._outbound.listed
        addresses = permitted(origin.host, origin.port, listed, self._outbound.resolve)
        if origin.scheme == "http" and not are_listed(addresses, listed):
            raise NotPermitted(
                "{host} is to be called without TLS, which is for listed networks only", host=origin.host
            )
        context = None
        if origin.scheme == "https":
            context = _context(self._outbound)
        failed: OSError | None = None
        for address in addresses:
            try:
                wire = socket.create_connection((address, origin.port), timeout=limits.connect_s)
            except OSError as exc:
                failed = exc
                continue
            line = http.client.HTTPConnection(origin.host, origin.port, timeout=limits.connect_s)
            line.auto_open = 0  # never dials by itself: it would resolve the name again
            line.sock = wire if context is None else _wrapped(context, wire, origin.host, self._outbound.pins)
            return line
        raise Unreachable(
            "{host}:{port} cannot be reached: {why}", host=origin.host, port=origin.port, why=_why(failed)
        ) from failed

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        most = self._outbound.limits.answer_bytes
        said = answer.getheader("content-length", "")
        if (count := whole_number(said)) is not None and count > most:
            raise TooLarge(most)
        packing = (answer.getheader("content-encoding") or "identity").strip().lower()
        if packing not in ("identity", "gzip"):
            raise Unreachable("{host} answers packed in a way that was not asked for", host=self._origin.host)
        unpack = zlib.decompressobj(wbits=31) if packing == "gzip" else None
        parts: list[bytes] = []
        size = 0
        while raw := answer.read1(_CHUNK):
            part = raw if unpack is None else _unpacked(unpack, raw, most - size + 1)
            if unpack is not None and unpack.unused_data:  # kept by zlib, and without an end
                raise Unreachable("{host} sends more behind its packed answer", host=self._origin.host)
            size += len(part)
            if size > most:
                raise TooLarge(most)
            parts.append(part)
        # http.client is silent about a body that ends too soon.
        if answer.length or (unpack is not None and size and not unpack.eof):
            raise Unreachable("{host} broke off in the middle of its answer", host=self._origin.host)
        return b"".join(parts)


class AnyLine(Protocol):
    """What a caller needs of a line, be it one that opens sockets or another that is given in its place."""

    def close(self) -> None:
        """Hang up."""

    def call(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Make one call and read its answer whole; raises as `Line.call` does."""


Dial = Callable[[Outbound, Origin], AnyLine]


class _Hung(Exception):
    """The other side closed the line before it answered."""


def _context(outbound: Outbound) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=outbound.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # TAXII 2.1 §8.5.1
    if outbound.pins.live:  # the key is compared as soon as hands are shaken, which shows that the server has it
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _wrapped(context: ssl.SSLContext, wire: socket.socket, host: str, pins: Pins) -> socket.socket:
    shaken = wire
    try:
        shaken = line = context.wrap_socket(wire, server_hostname=host)
        _check_key(line.getpeercert(binary_form=True) or b"", host, pins)
    except BaseException:
        shaken.close()
        raise
    return line


def _check_key(certificate: bytes, host: str, pins: Pins) -> None:
    if not pins.live and not pins.revoked:
        return
    pin = pin_of_certificate(certificate)
    if pin in pins.revoked:
        raise WrongTlsKey(
            "{host} shows a TLS key that its party has revoked: somebody else may have it. Nothing was sent there",
            certificate,
            host=host,
        )
    if pins.live and pin not in pins.live:
        raise WrongTlsKey(
            "{host} shows another TLS key than its party has stated: somebody may stand in between. Nothing was sent "
            "there. Ask the party; if it has a new key, accept its new anchor",
            certificate,
            host=host,
        )


@contextmanager
def _cut_off(wire: socket.socket, give_up_at: float) -> Iterator[Callable[[], bool]]:
    """Hang up at an instant, whatever the other side sends until then: one byte a second keeps nobody here.

    Gives the question whether that has happened.
    """
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, give_up_at - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield late.is_set
    finally:
        timer.cancel()


def _unpacked(unpack: "zlib._Decompress", raw: bytes, most: int) -> bytes:
    try:
        return unpack.decompress(raw, most)
    except zlib.error as exc:
        raise Unreachable("the answer says that it is gzip, and is not") from exc


def _headers(answer: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.getheaders()}


def _why(failure: BaseException | None) -> str:
    if isinstance(failure, TimeoutError):
        return "no answer in time"
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({failure.verify_message})"
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    return type(failure).__name__
