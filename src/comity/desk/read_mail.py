"""Says what a mail consists of, before anything of it is taken: its head, its parts, and the indicators found in it."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.held_versions import newest_held
from comity.desk.import_items import source_of
from comity.desk.mail_intake import key_of, level_for, named
from comity.desk.node_type import Node
from comity.errors import NotFound, TooLarge, UsageError
from comity.records.indicators import NOTHING_SAID, Value, ValueKind, indicator_id, indicator_of
from comity.records.mail_items import artifact_id, body_in
from comity.records.search_values import search_values
from comity.records.strict_json import read_object
from comity.stores import keeping
from comity.stores.tables import LIVE
from comity.wire.mail_reader import MailAttached, is_mail, keys_in, see_mail
from comity.wire.mail_seals import Seal
from comity.wire.warning_files import read_warning_lists


class ReadMailRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as bytes with its file's name, or by the `id` under which it is kept. `source`: who it comes from."""

    body: bytes = b""
    name: str = "mail.eml"
    id: str | None = None
    source: str | None = None


class MailIndicator(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator in a mail. `choice` or `key`: how it is named when it is taken.

    `where`: the attachment; '' for the body. `held`: an indicator of this party says so already. `lists`: the warning
    lists that name it. `proposed`: likely meant: neither doubtful, nor on a list, nor of the mail's own addresses.
    """

    choice: str
    key: str
    kind: ValueKind
    value: str
    where: str
    sentence: str
    held: bool
    lists: tuple[str, ...]
    proposed: bool


class MailRead(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail consists of. `heads`: as the mail says, which anybody can write. `kept`: it is kept already.

    `protected`: how it says it is signed or encrypted. `seal`: `good` if it is signed by `signer`, a party whose key is
    held; `bad` if that signature does not hold; `unknown-key`; `not-opened`; '' if it has none. `tlp`: the strictest
    level that it names; '' if none. `more`: it names more indicators than are given.
    """

    id: str
    form: str
    heads: dict[str, str]
    text: str
    attached: tuple[MailAttached, ...]
    parts: int
    protected: tuple[str, ...]
    seal: Seal
    signer: str
    was_encrypted: bool
    tlp: str
    indicators: tuple[MailIndicator, ...]
    more: bool
    kept: bool


def read_mail(node: Node, actor: Actor, request: ReadMailRequest) -> MailRead:
    """Read a mail; nothing of it is kept.

    Raises:
        NotFound: no such party, or no such mail. UsageError: it cannot be read. TooLarge: over a request's limit.
        NodeError: what reads mails is not installed.
    """
    body = request.body if request.id is None else mail_kept(node, request.id)
    if len(body) > node.settings.max_content_length:
        raise TooLarge(node.settings.max_content_length)
    if not is_mail(request.name, body):
        raise UsageError("this is no mail that can be read: {why}", why="no-head")
    party = source_of(node, request.source)
    seen = see_mail(body, keys_in(node.folder))
    level = level_for(seen, None)
    values = [Value(one.kind, one.value) for one in seen.findings]
    ids = [indicator_id(party.name, value) for value in values]
    own = artifact_id(party.name, body)
    held = newest_held(node, party.no, [*ids, own])
    lists = read_warning_lists(node.folder)
    people = {word.strip("<>,;").lower() for name in ("from", "to", "cc") for word in seen.heads.get(name, "").split()}
    theirs = people | {word.rpartition("@")[2] for word in people if "@" in word}
    found = []
    for stix_id, value, one in zip(ids, values, seen.findings, strict=True):
        probe = indicator_of(party.name, value, NOTHING_SAID, None, node.clock())
        naming = () if lists is None else lists.naming(search_values(probe))
        found.append(
            MailIndicator(
                choice=named(one),
                key=key_of(one),
                kind=one.kind,
                value=one.value,
                where=one.where,
                sentence=one.sentence,
                held=stix_id in held,
                lists=naming,
                proposed=not one.doubtful and not naming and not _is_of(one.value, theirs),
            )
        )
    return MailRead(
        id=own,
        form=seen.form,
        heads=seen.heads,
        text=seen.text,
        attached=seen.attached,
        parts=seen.parts,
        protected=seen.protected,
        seal=seen.seal,
        signer=seen.signer,
        was_encrypted=seen.was_encrypted,
        tlp="" if level is None else level.word,
        indicators=tuple(found),
        more=seen.more,
        kept=own in held,
    )


def _is_of(value: str, theirs: set[str]) -> bool:
    """Tell whether a value is one of these addresses or names, or lies under one of the names."""
    plain = value.lower()
    host = plain.partition("://")[2].partition("/")[0].partition(":")[0] or plain.partition("/")[0]
    return plain in theirs or any(host == one or host.endswith(f".{one}") for one in theirs)


def mail_kept(node: Node, stix_id: str) -> bytes:
    """Give the bytes of a mail that is kept.

    Raises:
        NotFound: no such mail.
    """
    with node.store.read() as tx:
        for held in keeping.records_under(tx, stix_id):
            if held.state == LIVE and held.body is not None:
                body = body_in(read_object(held.body))
                if body is not None:
                    return body
    raise NotFound("no mail {id} is kept", id=stix_id[:80])
