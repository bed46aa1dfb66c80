"""Tests a mailbox against a real server: new mails once, within limits, over permitted ways."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from comity.errors import ComityError, NotPermitted, Unauthenticated, Unreachable, UsageError
from comity.wire import imap_client
from comity.wire.addresses import networks_of
from comity.wire.imap_client import ImapClient, Mailbox
from comity.wire.outbound import Outbound
from tests.support.mailbox import PASSWORD, USER, a_mailbox, sent
from tests.support.mails import a_mail

FIRST, SECOND = sent(a_mail()), sent(a_mail("second"))
LOOPBACK = Outbound(listed=networks_of(("127.0.0.0/8",)))


def test_new_mails_are_given_once_they_are_marked(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_client, "LARGEST_MAIL_BYTES", 20_000)
    with a_mailbox(free_port) as mailbox:
        mailbox.put(FIRST, SECOND, sent(a_mail("x" * 30_000)))
        there = Mailbox(mailbox.url, USER, PASSWORD)
        with ImapClient(LOOPBACK, there) as client:
            found = list(client.new(10))
            assert [one.body for one in found] == [FIRST, SECOND, None]
            assert found[2].size > 20_000
        assert mailbox.unseen() == 3  # nothing is marked by looking
        with ImapClient(LOOPBACK, there) as client:
            client.seen(next(client.new(1)).uid)
            assert [one.body for one in client.new(1)] == [SECOND]
        assert mailbox.unseen() == 2


def test_a_wrong_password_or_folder_is_told(free_port: int) -> None:
    with a_mailbox(free_port) as mailbox:
        with pytest.raises(Unauthenticated), ImapClient(LOOPBACK, Mailbox(mailbox.url, USER, "wrong")):
            pass
        with pytest.raises(Unreachable), ImapClient(LOOPBACK, Mailbox(mailbox.url, USER, PASSWORD, 'no "folder"')):
            pass


@pytest.mark.parametrize(
    ("url", "outbound", "error"),
    [
        ("imap://127.0.0.1:{port}", Outbound(), NotPermitted),
        ("imaps://127.0.0.1:{port}", Outbound(), NotPermitted),
        ("imap://mail.ruritania.example", Outbound(resolve=lambda host, port: ["9.9.9.9"]), NotPermitted),
        ("imap://127.0.0.1:{port}", LOOPBACK, Unreachable),
        ("http://127.0.0.1:{port}", LOOPBACK, UsageError),
        ("imap://user@127.0.0.1:{port}", LOOPBACK, UsageError),
        ("imap://127.0.0.1:99999", LOOPBACK, UsageError),
    ],
)
def test_only_permitted_ways_are_taken(url: str, outbound: Outbound, error: type[ComityError], free_port: int) -> None:
    with pytest.raises(error), ImapClient(outbound, Mailbox(url.format(port=free_port), USER, PASSWORD)):
        pass


@contextmanager
def a_talker(*says: bytes) -> Iterator[int]:
    """Serve one line that says this, one answer to each command, whatever is asked; then is silent."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def talk() -> None:
            wire, _ = door.accept()
            with suppress(OSError), wire, wire.makefile("rb") as asked:
                for words in says:
                    wire.sendall(words)
                    tag = asked.readline().split(b" ")[0]
                    wire.sendall(b"" if not tag else tag + b" OK done\r\n")
                asked.readline()

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield door.getsockname()[1]


OPENED = (b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1\r\n", b"", b"* 1 EXISTS\r\n")


@pytest.mark.parametrize(
    "says",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (*OPENED, b"* SEARCH 1\r\n", b"* 1 FETCH (RFC822.SIZE 9)\r\n", b"* 1 FETCH (BODY[] {99999999999}\r\n"),
        (*OPENED, b"\0\xff" * 100 + b"\r\n"),
    ],
)  # fmt: skip
def test_a_hostile_server_is_given_up(says: tuple[bytes, ...]) -> None:
    def visit(port: int) -> None:
        with ImapClient(LOOPBACK, Mailbox(f"imap://127.0.0.1:{port}", USER, PASSWORD), within_s=5) as client:
            list(client.new(5))

    with a_talker(*says) as port, pytest.raises(Unreachable):
        visit(port)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Mailbox("imaps://mail.example", "duty", "secret"))
