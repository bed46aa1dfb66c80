"""Makes of a mail what intake takes in: the indicators that a person chose, and the mail itself, kept as it came.

The mail is read in a process of its own. Whoever takes in says which of the indicators found are meant: a mail names
its own sender's server, a vendor's page and the target's address beside what it warns of.
"""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from comity.desk.held_versions import bytes_after, newest_held
from comity.desk.node_type import Node
from comity.errors import UsageError
from comity.records.indicators import Said, Value, indicator_id, indicator_of
from comity.records.mail_items import artifact_id, artifact_of, grouping_id, grouping_of
from comity.records.strict_json import read_object
from comity.stores.directory import PartyRow
from comity.values import Tlp
from comity.wire.bundles import Found
from comity.wire.mail_reader import MailFinding, MailSeen, keys_in, see_mail

EVERY = "*"


class MailChoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which indicators of a mail are taken, as `domain:locker.example` or by key; `*` takes each that is not doubtful.

    `tlp`: how they are marked, not lower than the mail says; what the mail says if nothing is said.
    """

    take: tuple[str, ...]
    tlp: str | None = None


class MailReader:
    """Reads mails for one intake; `kept` is the id of one that is kept already."""

    def __init__(self, node: Node, party: PartyRow, choice: MailChoice | None, kept: str | None = None) -> None:
        self._node, self._party, self._choice, self._kept = node, party, choice, kept

    def founds(self, body: bytes) -> Iterator[Found]:
        """Give what is taken out of a mail, then the mail.

        Raises:
            UsageError: it cannot be read, nothing was chosen, or something that it does not name or lower than it says.
        """
        if self._choice is None:
            raise UsageError("say which of the indicators in this mail are taken")
        seen = see_mail(body, keys_in(self._node.folder))
        level = level_for(seen, self._choice.tlp)
        return self._founds(body, seen, _chosen(seen, self._choice.take), level)

    def _founds(self, body: bytes, seen: MailSeen, chosen: Sequence[MailFinding], level: Tlp | None) -> Iterator[Found]:
        party, now = self._party.name, self._node.clock()
        values = [Value(one.kind, one.value) for one in chosen]
        ids = [indicator_id(party, value) for value in values]
        group = grouping_id(party, body)
        held = newest_held(self._node, self._party.no, [*ids, group])
        for stix_id, value, one in zip(ids, values, chosen, strict=True):
            before = read_object(held[stix_id]) if stix_id in held else None
            obj = indicator_of(party, value, Said(tlp=level), before, now)
            yield _found(bytes_after(held.get(stix_id), before, obj), one.where or "body")
        if self._kept is None:
            yield _found(msgspec.json.encode(artifact_of(party, body, seen.form, seen.heads)), "$")
        before = read_object(held[group]) if group in held else None
        taken = [(stix_id, one.sentence) for stix_id, one in zip(ids, chosen, strict=True)]
        mail = self._kept or artifact_id(party, body)
        grouping = grouping_of(party, body, mail, seen.heads.get("subject", ""), taken, before, now)
        yield _found(bytes_after(held.get(group), before, grouping), "$")


def _found(body: bytes, path: str) -> Found:
    return Found(body, None, path, len(body))


def named(finding: MailFinding) -> str:
    """Write a finding as it is chosen by."""
    return f"{finding.kind}:{finding.value}"


def key_of(finding: MailFinding) -> str:
    """Give a short name of a finding, by which it can be chosen too: a form holds only so much."""
    return hashlib.sha256(named(finding).encode("utf-8", "replace")).hexdigest()[:16]


def _chosen(seen: MailSeen, take: Sequence[str]) -> list[MailFinding]:
    wanted, every = set(take), EVERY in take
    chosen = [one for one in seen.findings if (every and not one.doubtful) or wanted & {named(one), key_of(one)}]
    lacking = wanted - {EVERY} - {name for one in chosen for name in (named(one), key_of(one))}
    if lacking:
        raise UsageError("this mail does not name {value}", value=min(lacking)[:200])
    return chosen


def level_for(seen: MailSeen, said: str | None) -> Tlp | None:
    """Give how what is taken is marked: as is said, else as the mail says; None if neither says anything.

    Raises:
        UsageError: no level, or lower than the mail says.
    """
    found = max((Tlp.of(word) for word in seen.levels), default=None)
    if said is None:
        return found
    try:
        level = Tlp.of(said)
    except ValueError as exc:
        raise UsageError("a level is one of clear, green, amber, amber+strict, red") from exc
    if found is not None and level < found:
        raise UsageError("the mail says TLP:{level}: nothing out of it is marked lower", level=found.word.upper())
    return level
