"""Names what came under a key of another party that turns out to have been in other hands then.

Not a verb: taking key sets asks it. What was accepted before its revocation was known stays, for nobody can say from
here what of it is the party's own: an officer compares it with the party, by the list that the alarm holds.
"""

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import Connection

from comity.desk.party_keys import known_keys
from comity.records import dsse
from comity.records.dsse import KeyId
from comity.records.key_judging import JudgedKey
from comity.stores import alarming, keeping, streams, surviving
from comity.stores.directory import PartyRow
from comity.values import Instant, iso

SUSPECT = "suspect-held"
_SHOWN = 20  # of each; all of them stand in the evidence


class Suspects(msgspec.Struct, frozen=True, kw_only=True):
    """What came under a suspect key since it is suspect: statements by stream and number, acts by their STIX id."""

    key: str
    suspect_from: str
    statements: tuple[str, ...]
    acts: tuple[str, ...]
    key_set: str


def name_suspect(tx: Connection, giver: PartyRow, before: Iterable[JudgedKey], envelope: bytes, now: Instant) -> None:
    """Raise an alarm for each key that has become suspect by this key set, if anything came under it since."""
    known = {key.key_id: key.suspect_from for key in before}
    for key in known_keys(tx, giver.no):
        since = key.suspect_from
        if since is None or known.get(key.key_id) == since:
            continue
        found = Suspects(
            key=key.key_id,
            suspect_from=iso(since),
            statements=tuple(_statements(tx, giver, key.key_id, since)),
            acts=tuple(_acts(tx, giver, key.key_id, since)),
            key_set=envelope.decode(),
        )
        if found.statements or found.acts:
            alarming.raise_alarm(tx, giver.no, SUSPECT, _facts(found), now, msgspec.json.encode(found))


def _facts(found: Suspects) -> str:
    named = "; ".join(
        f"{len(those)} {what}: {', '.join(those[:_SHOWN])}{', …' if len(those) > _SHOWN else ''}"
        for what, those in (("statements", found.statements), ("acts", found.acts))
        if those
    )
    return f"its key {found.key[:16]} is suspect from {found.suspect_from}, and under it came {named}"


def _statements(tx: Connection, giver: PartyRow, key: KeyId, since: Instant) -> Iterator[str]:
    for stream in streams.streams_of(tx, giver.no):
        for seq, envelope in surviving.each_held(tx, stream.no, since=since):
            if key in dsse.signers_named(envelope):
                yield str(seq)


def _acts(tx: Connection, giver: PartyRow, key: KeyId, since: Instant) -> Iterator[str]:
    for no in surviving.acts_given(tx, giver.no, since):
        held = keeping.held_record(tx, no)
        if held is not None and held.body is not None and key in dsse.signers_named(held.body):
            yield held.stix_id
