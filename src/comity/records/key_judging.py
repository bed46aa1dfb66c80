"""Judges a signature by the keys of its time: whose key it is, what it is for, and whether it counted then.

A record is judged at its witnessed time: when the receiver first saw it; for own records, when they were made. The key
must count then and not be suspect then. So a rotation leaves old signatures good, and a key that is suspect from a time
on voids what was first seen since. Key sets and anchors are signed by the root key, every other act by a record key.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from comity.errors import RecordRejected
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.codec import SignedAct
from comity.records.dsse import KeyId
from comity.records.kinds import Anchor, KeySet, StatedKey
from comity.values import Instant, PartyName, instant

ROOT, RECORD = "root", "record"
_BY_ROOT = frozenset((kind_of(KeySet), kind_of(Anchor)))

Verdict: TypeAlias = Literal["good", "unknown", "wrong-use", "not-yet-valid", "no-longer-valid", "suspect"]


class JudgedKey(msgspec.Struct, frozen=True, kw_only=True):
    """What counts about one key of one party, put together from all its key sets. Ends are exclusive."""

    party: PartyName
    key_id: KeyId
    use: str
    public: bytes
    valid_from: Instant
    valid_until: Instant | None = None
    suspect_from: Instant | None = None


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of all parties that a node knows. A key id belongs to a party only together with the party's name."""

    publics: Mapping[KeyId, bytes]
    keys: Mapping[tuple[PartyName, KeyId], JudgedKey]


def keyring(keys: Iterable[JudgedKey]) -> Keyring:
    """Put keys together for judging."""
    listed = tuple(keys)
    return Keyring(
        publics={key.key_id: key.public for key in listed}, keys={(key.party, key.key_id): key for key in listed}
    )


def keys_of(party: PartyName, root: bytes, sets: Sequence[KeySet]) -> tuple[JudgedKey, ...]:
    """Give a party's keys as its root key and its key sets, by serial, have them; the newest word on a key counts."""
    newest: dict[str, tuple[StatedKey, Instant | None]] = {}
    for one in sorted(sets, key=lambda key_set: key_set.serial):
        named = {key.public for key in one.keys}
        made = instant(one.at)
        for public, (stated, dropped) in newest.items():
            if public not in named and dropped is None:
                newest[public] = stated, made
        newest |= {key.public: (key, None) for key in one.keys}
    own = JudgedKey(party=party, key_id=dsse.key_id(root), use=ROOT, public=root, valid_from=Instant(0))
    return (own, *(_party_key(party, stated, dropped) for stated, dropped in newest.values()))


def judge(key: JudgedKey | None, use: str, witnessed: Instant) -> Verdict:
    """Say whether a key counted for a use at a time, and if not, why."""
    if key is None:
        return "unknown"
    if key.use != use:
        return "wrong-use"
    if key.suspect_from is not None and witnessed >= key.suspect_from:
        return "suspect"
    if witnessed < key.valid_from:
        return "not-yet-valid"
    if key.valid_until is not None and witnessed >= key.valid_until:
        return "no-longer-valid"
    return "good"


def good_keys(ring: Keyring, party: PartyName, use: str, witnessed: Instant) -> tuple[JudgedKey, ...]:
    """Give the keys of a party that count for a use at a time, the newest first."""
    good = [key for key in ring.keys.values() if key.party == party and judge(key, use, witnessed) == "good"]
    return tuple(sorted(good, key=lambda key: (-key.valid_from, key.key_id)))


def use_for(kind: str) -> str:
    """Give which of its keys a party signs an act of this kind with."""
    return ROOT if kind in _BY_ROOT else RECORD


def open_judged(envelope: bytes, ring: Keyring, witnessed: Instant, *, exercise: bool) -> SignedAct:
    """Read an act out of an envelope: the one way in for what others signed.

    Raises:
        RecordRejected: what `dsse.verify` and `codec.decode` refuse; wrong-world; wrong-signer, if no key of the issuer
            signed; wrong-use, not-yet-valid, no-longer-valid or suspect, if one did that does not count.
    """
    verified = dsse.verify(envelope, ring.publics)
    act = codec.decode(verified.payload)
    if act.exercise != exercise:
        raise RecordRejected("wrong-world", "$.exercise", "live and exercise never mix")
    owned = [key for name in verified.key_ids if (key := ring.keys.get((act.issuer, name))) is not None]
    if not owned:
        raise RecordRejected("wrong-signer", "$.issuer", "the signing key belongs to another party")
    use = use_for(act.kind if isinstance(act, codec.UnreadAct) else kind_of(act))
    verdicts = [judge(key, use, witnessed) for key in owned]
    if "good" not in verdicts:
        raise RecordRejected(verdicts[0], "$.signatures", f"key {owned[0].key_id} of {act.issuer}")
    return SignedAct(act=act, key_ids=verified.key_ids, payload=verified.payload, envelope=envelope)


def admit(known: Mapping[int, str], key_set: KeySet, digest: str) -> bool:
    """Say whether a key set brings anything new; refuse one that goes back or contradicts.

    Args:
        known: of the party's key sets by serial, the SHA-256 of the payload.
        digest: that of `key_set`.

    Raises:
        RecordRejected: equivocation, if another set of this serial is known; rollback, if a later one is.
    """
    there = known.get(key_set.serial)
    if there is not None and there != digest:
        raise RecordRejected(
            "equivocation", "$.serial", f"another key set {key_set.serial} of {key_set.issuer} is known"
        )
    newest = max(known, default=0)
    if key_set.serial < newest:
        raise RecordRejected(
            "rollback", "$.serial", f"key set {newest} of {key_set.issuer} is known, this is {key_set.serial}"
        )
    return there is None


def _party_key(party: PartyName, stated: StatedKey, dropped: Instant | None) -> JudgedKey:
    ends = [end for end in (dropped, _moment(stated.valid_until)) if end is not None]
    public = bytes.fromhex(stated.public)
    return JudgedKey(
        party=party,
        key_id=dsse.key_id(public),
        use=stated.use,
        public=public,
        valid_from=instant(stated.valid_from),
        valid_until=min(ends, default=None),
        suspect_from=_moment(stated.suspect_from),
    )


def _moment(text: str | None) -> Instant | None:
    return None if text is None else instant(text)
