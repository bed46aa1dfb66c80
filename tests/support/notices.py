"""Gives a node with people, a mail server and a webhook on loopback that remember what came, and things to be told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Literal

from comity.cli.notice_words import worded
from comity.desk.actor import Actor, PersonRole
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.change_channels import AddChannelRequest, ChannelAdded, add_channel
from comity.desk.confirm_channel import ConfirmChannelRequest, code_of, confirm_channel
from comity.desk.send_notices import NoticesRun, RunNoticesRequest, run_notices
from comity.stores import noticing
from tests.support.mail_server import MailBox, a_mail_server
from tests.support.nodes import OFFICER, Freedonia, freedonia

CANARY = "canary-7f31-locker"
ADDRESS = "mara.ellend@csirt.example"


class Hook:
    """A webhook: answers with a status, and remembers what came."""

    def __init__(self) -> None:
        self.status, self.url = 204, ""
        self.came: list[tuple[dict[str, str], bytes]] = []


@contextmanager
def a_webhook() -> Iterator[Hook]:
    """Serve until the block ends."""
    made = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            made.came.append(({name.lower(): said for name, said in self.headers.items()}, body))
            self.send_response(made.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


def confirm(hub: Freedonia, number: int) -> None:
    """Give a channel's code."""
    with hub.node.store.read() as tx:
        asked = noticing.confirmation(tx, number)
    assert asked is not None
    code = code_of(hub.node, number, asked.nonce)
    confirm_channel(hub.node, OFFICER, ConfirmChannelRequest(number=number, code=code))


class Post:
    """A node with one account, and where its mails come."""

    def __init__(self, hub: Freedonia, box: MailBox) -> None:
        self.hub, self.box = hub, box

    def person(self, *roles: PersonRole, name: str = "mara.ellend") -> Actor:
        """Make an account."""
        add_account(self.hub.node, OFFICER, AddAccountRequest(name=name, title=name, roles=roles))
        return Actor(name=name, role=roles[0], via="web")

    def channel(self, actor: Actor, target: str = ADDRESS, *, confirmed: bool = True, **said: object) -> ChannelAdded:
        """Add a channel to the actor's account; its code is given back without its mail."""
        kind: Literal["mail", "webhook"] = "webhook" if "://" in target else "mail"
        added = add_channel(self.hub.node, actor, AddChannelRequest(kind=kind, target=target, **said))  # type: ignore[arg-type]  # as a test says
        if confirmed and kind == "mail":
            confirm(self.hub, added.channel.number)
        return added

    def run(self) -> NoticesRun:
        """Look what needs whom, and send."""
        return run_notices(self.hub.node, OFFICER, RunNoticesRequest())

    def mails(self) -> list[EmailMessage]:
        """Give the mails that came."""
        found = [message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=policy.default) for raw in self.box.mails]
        return [mail for mail in found if isinstance(mail, EmailMessage)]

    def spoil(self, source: str | None = None) -> None:
        """Put something into quarantine that names the canary."""
        self.hub.put({"type": "malware", "name": CANARY}, source=source)


@contextmanager
def a_post(folder: Path, *, in_memory: bool = True, **settings: object) -> Iterator[Post]:
    """Serve a mail server, and give a node that hands its mails in there."""
    with a_mail_server() as box:
        said: dict[str, object] = {
            "notice_mail_server": f"smtp-clear://127.0.0.1:{box.port}",
            "notice_mail_from": "desk@csirt.example",
            "outbound_networks": ("127.0.0.0/8",),
            "public_url": "https://desk.csirt.example",
        }
        with freedonia(folder, in_memory=in_memory, **(said | settings)) as hub:  # type: ignore[arg-type]  # as the file
            hub.node = hub.node._replace(wording=worded)
            yield Post(hub, box)
