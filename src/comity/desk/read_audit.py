"""Decides which reading is noted in the audit, and what of it: a closed table, for every door.

Noted is who read what and when, never what it said. Items count from a level on (`audit_reads_from`), or if they are of
personal data or classified; lists of people and their ways in, exports, and the audit itself always do. An observable's
id is made of its value (STIX 2.1 §2.9), so in its place stands a mark that only this node can make of it.
"""

import hmac
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.views import ReaderActor
from comity.errors import ComityError
from comity.stores.read_counts import VERB as TAXII_READ
from comity.stores.reads import ReadLine, forget_reads
from comity.values import Instant, JsonObject, Tlp

MOST_NAMED: Final = 50  # items in one line; beyond it they are counted
DAY_MS: Final = 86_400_000
FORGET_EVERY_MS: Final = 3_600_000
_RANDOM_UUID: Final = 4
log = logging.getLogger("comity.audit")

TaxiiRead: TypeAlias = Literal["objects", "manifest", "versions"]
# What a request and its answer say of what was read; None: nothing of it is sensitive.
Facts = Callable[[Node, Any, Any], JsonObject | None]


def _accounts(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"accounts": len(answer.accounts)}


def _recoveries(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"recoveries": len(answer.recoveries)} if answer.recoveries else None


def _act(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"act": asked.number}


def _audit(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"lines": len(answer.lines)}


def _backup(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"bytes": answer.size_bytes, "with_keys": answer.with_keys}


def _evidence(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"alarm": asked.number}


def _export(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"objects": answer.objects, "format": asked.format, "to": asked.to or ""}


def _outlet(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"party": asked.party}


def _readers(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"readers": len(answer.readers)}


def _tokens(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"tokens": len(answer.tokens)}


def _channels(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"channels": len(answer.channels)}


def _notices(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"notices": len(answer.notices)}


def _item(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    sensitive = [one for one in answer.versions if _is_sensitive(node, one)]
    return _named(node, [asked.id], 1) if sensitive else None


def _mail(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return None if asked.id is None else _named(node, [asked.id], 1)


def _mails(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return _named(node, [one.id for one in answer.mails], len(answer.mails)) if answer.mails else None


def _has_item(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return _named(node, [asked.id], 1)


def _search(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    found = [one.id for one in answer.items if _is_sensitive(node, one)]
    return _named(node, found, len(found)) if found else None


def _relations(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    found = [one.id for one in answer.relations if one.held and _from_level(node, one.tlp)]
    return _named(node, [asked.id, *found], len(found) + 1) if found else None


def _released(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    """Name what a guest was shown; the marking is that by which it was released, and none is looked at as the worst."""
    found = [one.id for one in answer.items if not one.tlp or _from_level(node, one.tlp)]
    return _named(node, found, len(found)) if found else None


def _released_item(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return _named(node, [asked.id], 1) if not answer.item.tlp or _from_level(node, answer.item.tlp) else None


def _released_export(node: Node, asked: Any, answer: Any) -> JsonObject | None:
    return {"objects": len(answer.objects)}


SENSITIVE: Mapping[str, Facts] = {
    "account list": _accounts,
    "account recoveries": _recoveries,
    "act show": _act,
    "audit list": _audit,
    "guest export": _released_export,
    "guest item": _released_item,
    "guest list": _released,
    "guest show": _released,
    "item export": _export,
    "channel list": _channels,
    "item readers": _has_item,
    "item relations": _relations,
    "item search": _search,
    "item show": _item,
    "mail list": _mails,
    "mail read": _mail,
    "node backup": _backup,
    "notice list": _notices,
    "outlet items": _outlet,
    "peer evidence": _evidence,
    "reader list": _readers,
    "release rendition": _has_item,
    "token list": _tokens,
}
# What else reads shows counts, texts of agreements, how the node does, or what its reader brought themselves.
PLAIN: frozenset[str] = frozenset(
    (
        "act list", "agreement flow", "agreement list", "agreement owed", "agreement show", "backup list", "desk show",
        "doctor", "guest submissions", "intake list", "intake show", "item columns", "item preview", "key show",
        "log show", "log verify", "node status", "party list", "peer alarms", "peer list", "peer preview",
        "provider list", "quarantine list", "receipt list",
        "release cell", "release explain", "release matrix", "release preview", "release requests", "release what-if",
        "settings show",
    )
)  # fmt: skip
# The verbs of lines that tell of readings.
READS: frozenset[str] = frozenset((*SENSITIVE, TAXII_READ))
# A page that shows one thing from several sides is one reading.
_SAME_THING: Mapping[str, str] = {
    "account list": "accounts",
    "account recoveries": "accounts",
    "item readers": "item",
    "item relations": "item",
    "item show": "item",
}


def note_read(
    node: Node, actor: Actor, verb: str, request: msgspec.Struct, answer: msgspec.Struct, noted: set[str]
) -> None:
    """Let a line be written on what was read, if that is sensitive; it waits for the disk for a moment only.

    Args:
        noted: what the page that asks has noted before; what is noted is added.
    """
    facts_of, thing = SENSITIVE.get(verb), _SAME_THING.get(verb, verb)
    if facts_of is None or thing in noted or node.store.read_only or _is_own(actor, verb):
        return
    facts = facts_of(node, request, answer)
    if facts is None:
        return
    noted.add(thing)
    now = node.clock()
    line = ReadLine(int(now), actor.name, actor.via, verb, msgspec.json.encode(facts).decode())
    node.store.reads.note(node.store, line)
    _forget(node, now)


def count_taxii_read(node: Node, reader: ReaderActor, collection_id: str, what: TaxiiRead, found: int) -> None:
    """Count what a reader fetched over TAXII; the sums stand in the audit a minute later. It waits for no disk."""
    if node.store.read_only:
        return
    now = node.clock()
    node.store.read_counts.count(node.store, int(now), reader.user, collection_id, what, found)
    _forget(node, now)


def _forget(node: Node, now: Instant) -> None:
    """Drop lines whose time is over, once an hour."""
    days, notes = node.settings.audit_reads_kept_days, node.store.reads
    if not days or now - notes.forgotten_ms < FORGET_EVERY_MS:
        return
    notes.forgotten_ms = int(now)
    try:
        with node.store.write() as tx:
            forget_reads(tx, READS, Instant(now - days * DAY_MS))
    except ComityError:
        log.info("old lines of the audit stay for now", exc_info=True)  # the disk is full, or somebody writes long


def _is_own(actor: Actor, verb: str) -> bool:
    """Tell whether somebody looks at what is theirs: a person sees their own tokens, channels and notices alone."""
    return verb in ("token list", "channel list", "notice list") and actor.is_person


def _is_sensitive(node: Node, item: Any) -> bool:
    return _from_level(node, item.tlp) or item.personal_data == "yes" or item.classification > 0


def _from_level(node: Node, tlp: str) -> bool:
    return bool(tlp) and Tlp.of(tlp) >= Tlp.of(node.settings.audit_reads_from)


def _named(node: Node, ids: list[str], count: int) -> JsonObject:
    return {"items": [_mark(node, one) for one in ids[:MOST_NAMED]], "count": count}


def _mark(node: Node, stix_id: str) -> str:
    """Give an id as it may stand in the audit, which outlives what is erased."""
    kind, _, rest = stix_id.partition("--")
    try:
        if uuid.UUID(rest).version == _RANDOM_UUID:
            return stix_id
    except ValueError:
        pass
    mark = hmac.digest(node.keys.token_key, b"comity-audit-1\0" + stix_id.encode("utf-8", "replace"), "sha256")
    return f"{kind[:40]}--mark-{mark[:8].hex()}"
