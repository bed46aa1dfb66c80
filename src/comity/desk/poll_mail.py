"""Fetches new mails from the node's mailbox and keeps them as they came, for a person to say what is meant."""

from contextlib import suppress

import msgspec

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.import_items import source_of
from comity.desk.intake import Intake, Source
from comity.desk.node_type import Node
from comity.desk.peers import outbound
from comity.desk.sequence import settle
from comity.errors import NodeError, NotPermitted, UsageError
from comity.records.mail_items import artifact_of
from comity.values import Tlp
from comity.wire.bundles import Found
from comity.wire.imap_client import Fetched, ImapClient, Mailbox
from comity.wire.mail_parts import OLE
from comity.wire.mail_reader import keys_in, see_mail

MOST_AT_ONCE = 50
MOST_LISTED = 50


class PollMailRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The mailbox is the node's own, as its settings say."""


class MailPolled(msgspec.Struct, frozen=True, kw_only=True):
    """`new`: kept now; `held`: kept before. `left`: numbers, in the mailbox, of mails that were too large."""

    new: int = 0
    held: int = 0
    left: tuple[str, ...] = ()


def poll_mail(node: Node, actor: Actor, request: PollMailRequest) -> MailPolled:
    """Fetch what nobody has seen; each mail is durable before it is marked as seen.

    Raises:
        UsageError: no mailbox is set. NodeError: its password cannot be read. Unauthenticated, Unreachable,
        NotPermitted: what the mailbox or the way to it says.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("{verb} is not open to the role {role}", verb="mail poll", role=actor.role)
    mailbox = _mailbox(node)
    counts = {"new": 0, "duplicate": 0}
    left: list[str] = []
    with ImapClient(outbound(node), mailbox) as client:
        for mail in client.new(MOST_AT_ONCE):
            if mail.body is None:
                left.append(mail.uid)
                continue
            counts[_kept(node, mail)] += 1
            client.seen(mail.uid)
    answer = MailPolled(new=counts["new"], held=counts["duplicate"], left=tuple(left[:MOST_LISTED]))
    if answer.new or answer.left:
        with node.store.write() as tx:
            note(tx, actor, "mail poll", {"new": answer.new, "held": answer.held, "left": len(left)}, node.clock())
        settle(node)
    return answer


def _kept(node: Node, mail: Fetched) -> str:
    """Keep one mail; gives what became of it."""
    body = mail.body or b""
    heads: dict[str, str] = {}
    form = "msg" if body.startswith(OLE) else "eml"
    with suppress(UsageError):  # what cannot be read is kept all the same; whoever opens it is told why
        heads = see_mail(body, keys_in(node.folder)).heads
    party = source_of(node, None)
    found = msgspec.json.encode(artifact_of(party.name, body, form, heads))
    with node.store.write() as tx:
        intake = Intake(node, Source(party, Tlp.RED, "mail"))
        outcome = intake.keep(tx, [Found(found, None, "$", len(found))], node.clock()).outcomes[0]
    return "duplicate" if outcome.result == "duplicate" else "new"


def _mailbox(node: Node) -> Mailbox:
    settings = node.settings
    if not settings.mail_server:
        raise UsageError("no mailbox is set: see mail_server in the settings")
    path = node.folder / settings.mail_password_file
    try:
        password = path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise NodeError("the password of the mailbox cannot be read: {path}", path=path) from exc
    return Mailbox(settings.mail_server, settings.mail_user, password, settings.mail_folder)
