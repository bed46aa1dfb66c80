"""Hands one mail to the node's mail server, over TLS, within limits; of what it says back only the code counts.

Every address and subject is one line of what can be printed: nothing that somebody else named can add a header, a
recipient or a command. RFC 5321, RFC 5322, RFC 3207 (STARTTLS), RFC 8314 (TLS from the start).
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.encoders import encode_7or8bit
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from comity.errors import NotPermitted, TooLarge, Unreachable, UsageError
from comity.values import Instant
from comity.wire.addresses import are_listed, permitted
from comity.wire.outbound import Outbound
from comity.wire.taxii_client import Login

Security: TypeAlias = Literal["starttls", "tls", "none"]
CONNECT_WITHIN_S, SENT_WITHIN_S = 10.0, 60.0
LARGEST_BODY_BYTES = 256 * 1024
LONGEST_SUBJECT = 200
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PERMANENT = 500


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail is handed in. Without TLS to listed networks alone, and never with a login."""

    host: str
    port: int
    security: Security = "starttls"
    login: Login = Login()
    sent_within_s: float = SENT_WITHIN_S  # for the whole exchange, not for one line


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one person. `id`: the same whenever this mail is sent again, so that a mailbox can show it once."""

    sender: str
    to: str
    subject: str
    body: str
    id: str
    at: Instant
    sealed: str = ""  # an OpenPGP message, in its armour, that goes in the place of the body


def checked_address(address: str) -> str:
    """Give an address that mail can be sent to.

    Raises:
        UsageError: it is none, or one that would need quoting.
    """
    if not _ADDRESS.fullmatch(address) or len(address) > 254:  # RFC 5321 §4.5.3.1.3: a path of 256 with its brackets
        raise UsageError("a mail address is of plain letters, digits and dots: mara.ellend@csirt.example")
    return address


def one_line(subject: str) -> str:
    """Give what somebody named as one line that can be printed, cut where it is too long."""
    plain = "".join(sign if sign.isprintable() else " " for sign in subject)
    return " ".join(plain.split())[:LONGEST_SUBJECT]


def message_of(mail: Mail) -> bytes:
    """Write a mail as it goes over the wire.

    Raises:
        UsageError: an address that is none, or an id that is no plain word. TooLarge: the body is.
    """
    if max(len(mail.body.encode("utf-8", "replace")), len(mail.sealed)) > LARGEST_BODY_BYTES:
        raise TooLarge(LARGEST_BODY_BYTES)
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,100}", mail.id):
        raise UsageError("a mail's id is of letters, digits, dots and hyphens")
    message: Message = _sealed_parts(mail) if mail.sealed else EmailMessage(policy=SMTP)
    sender = checked_address(mail.sender)
    message["From"], message["To"] = sender, checked_address(mail.to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(datetime.fromtimestamp(mail.at / 1000, UTC))
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: nobody's absence answers it
    if isinstance(message, EmailMessage):
        message.set_content(mail.body.encode("utf-8", "replace").decode(), cte="quoted-printable")
    try:
        return message.as_bytes()
    except MessageError as exc:
        raise UsageError("this cannot be written as a mail") from exc


def _sealed_parts(mail: Mail) -> Message:
    """Give the two parts of an encrypted mail. RFC 3156 §4."""
    message = MIMEMultipart("encrypted", f"sealed-{mail.id}", protocol="application/pgp-encrypted", policy=SMTP)
    message.attach(MIMEApplication(b"Version: 1\r\n", "pgp-encrypted", encode_7or8bit, policy=SMTP))
    sealed = mail.sealed.encode("ascii", "replace")
    message.attach(MIMEApplication(sealed, "octet-stream", encode_7or8bit, name="encrypted.asc", policy=SMTP))
    return message


def post_mail(outbound: Outbound, server: MailServer, mail: Mail) -> None:
    """Hand one mail in; on return the server has taken it.

    Raises:
        UsageError, TooLarge: what cannot be a mail. NotPermitted: an address that the node may not call, clear text
            where TLS is needed, or the server refuses for good. Unreachable: no TLS with a trusted certificate, no
            answer in time, or a refusal for now; it may be tried again.
    """
    written = message_of(mail)
    line = _Line(outbound, server)
    try:
        with _cut_off(line, server.sent_within_s):
            line.connect(server.host, server.port)
            _secured(line, server, outbound.ca_file)
            line.sendmail(mail.sender, [mail.to], written)
            # The mail is taken by now: a server that stumbles over the farewell must not have it sent again.
            with suppress(OSError, smtplib.SMTPException):
                line.quit()
    except smtplib.SMTPRecipientsRefused as exc:
        code = next((said[0] for said in exc.recipients.values()), 0)
        raise _refusal(server.host, code) from exc
    except smtplib.SMTPResponseException as exc:
        raise _refusal(server.host, exc.smtp_code) from exc
    except smtplib.SMTPNotSupportedError as exc:
        raise Unreachable("{host} does not offer what a mail needs: TLS, or a login", host=server.host) from exc
    except ssl.SSLCertVerificationError as exc:
        raise Unreachable("{host} has a certificate that is not trusted", host=server.host) from exc
    except (OSError, smtplib.SMTPException) as exc:
        raise Unreachable("{host} does not take the mail in time, or hangs up", host=server.host) from exc
    finally:
        line.close()


def _secured(line: "_Line", server: MailServer, authorities: Path | None) -> None:
    if server.security == "starttls":
        line.starttls(context=_context(authorities))
    line.ehlo_or_helo_if_needed()
    if server.login.user and server.security != "none":
        line.login(server.login.user, server.login.password)


def _refusal(host: str, code: int) -> NotPermitted | Unreachable:
    if code >= _PERMANENT:
        return NotPermitted("{host} refuses the mail for good (code {code})", host=host, code=code)
    return Unreachable("{host} refuses the mail for now (code {code})", host=host, code=code)


def _context(authorities: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Line(smtplib.SMTP):
    """A line to the mail server at an address that the node may call: the name is resolved once."""

    def __init__(self, outbound: Outbound, server: MailServer) -> None:
        self._outbound, self._server = outbound, server
        super().__init__(local_hostname="localhost", timeout=CONNECT_WITHIN_S)
        self._host = server.host  # by which smtplib checks the certificate

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        listed = self._outbound.listed
        addresses = permitted(host, port, listed, self._outbound.resolve)
        if self._server.security == "none" and not are_listed(addresses, listed):
            raise NotPermitted("{host} is to be called without TLS, which is for listed networks only", host=host)
        wire = socket.create_connection((addresses[0], port), timeout=timeout)
        if self._server.security != "tls":
            return wire
        try:
            return _context(self._outbound.ca_file).wrap_socket(wire, server_hostname=host)
        except BaseException:
            wire.close()
            raise


@contextmanager
def _cut_off(line: _Line, within_s: float) -> Iterator[None]:
    """Hang up after a time, whatever the server sends until then: one byte a second keeps nobody here."""

    def cut() -> None:
        with suppress(OSError, AttributeError):  # the line may have none just now
            line.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # what it has none of is suppressed

    timer = threading.Timer(within_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
