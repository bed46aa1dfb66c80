"""Attacks what nodes sign and send each other: every byte flipped, captured requests replayed, clocks far apart."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from comity.errors import ComityError, RecordRejected
from comity.records import codec, dsse, reference
from comity.records.key_judging import Keyring, keyring, keys_of, open_judged, use_for
from comity.records.kinds import KINDS, Anchor, KeySet
from comity.values import PartyName, instant
from tests.faults.relay import Relay, relaying
from tests.support.acts import a_signer
from tests.support.anchors import a_key_set, stated
from tests.support.federation import Member, federation
from tests.support.figures import Figures
from tests.support.nodes import agreement, an_object, clause

FREEDONIA, THEN = PartyName("freedonia-csirt"), instant("2031-03-02")
ROOT, RECORD = a_signer(50), a_signer(60)
NAMES, PARTIES = ("Freedonia CSIRT", "Ruritania CSIRT"), ("freedonia-csirt", "ruritania-csirt")
ENVELOPES = 100


def ring() -> Keyring:
    return keyring(keys_of(FREEDONIA, ROOT.public, [a_key_set(ROOT, stated(60), issuer=FREEDONIA)]))


def envelopes() -> Iterator[bytes]:
    """A hundred envelopes over all kinds of acts, each act with a number of its own."""
    kinds = list(KINDS.values())
    for n in range(ENVELOPES):
        kind = kinds[n % len(kinds)]
        act = msgspec.structs.replace(reference.example(kind), rid=f"01f2a3b4-c5d6-7e8f-9a0b-{n:012x}")
        yield dsse.sign(codec.encode(act), ROOT if kind in (KeySet, Anchor) else RECORD)


def is_accepted(envelope: bytes, keys: Keyring) -> bool:
    try:
        open_judged(envelope, keys, THEN, exercise=True)
    except RecordRejected:
        return False
    return True


def test_of_every_byte_of_100_envelopes_flipped_0_are_accepted(figure: Figures) -> None:
    chance, keys = random.Random(20310301), ring()
    flipped, accepted, whole = 0, [], 0
    for envelope in envelopes():
        whole += is_accepted(envelope, keys)
        for at in range(len(envelope)):
            pattern = 1 << chance.randrange(8) if at % 2 else chance.randrange(1, 256)
            altered = bytearray(envelope)
            altered[at] ^= pattern
            flipped += 1
            if is_accepted(bytes(altered), keys):
                accepted.append((at, pattern, bytes(altered)))
    figure("each byte of envelopes flipped", envelopes=whole, flips=flipped, accepted=len(accepted))
    assert whole == ENVELOPES, "else nothing is shown"
    assert flipped > 500 * ENVELOPES
    assert (len(accepted), accepted[:1]) == (0, [])
    assert {use_for(kind) for kind in KINDS} == {"root", "record"}


def test_of_all_kinds_signed_by_wrong_signers_0_are_accepted(figure: Figures) -> None:
    """Strangers, another party's keys, and the issuer's own keys of another use; each kind has one right signer."""
    others, their_root = PartyName("ruritania-csirt"), a_signer(51)
    uses = {"record": 60, "log": 61, "encryption": 62, "tls-pin": 63}
    own_set = a_key_set(ROOT, *(stated(seed, use=use) for use, seed in uses.items()), issuer=FREEDONIA)
    their_set = a_key_set(their_root, *(stated(seed + 10, use=use) for use, seed in uses.items()), issuer=others)
    keys = keyring(
        [*keys_of(FREEDONIA, ROOT.public, [own_set]), *keys_of(others, their_root.public, [their_set])],
    )
    signers = [ROOT, their_root, a_signer(99), *(a_signer(seed + more) for seed in uses.values() for more in (0, 10))]
    tried, accepted = 0, []
    for kind in KINDS.values():
        right = ROOT if kind in (KeySet, Anchor) else RECORD
        payload = codec.encode(reference.example(kind))
        assert is_accepted(dsse.sign(payload, right), keys), "else nothing is shown"
        for signer in signers:
            if signer.public != right.public:
                tried += 1
                if is_accepted(dsse.sign(payload, signer), keys):
                    accepted.append((kind.__name__, signer.public.hex()))
    figure("acts of all kinds by wrong signers", kinds=len(KINDS), acts=tried, accepted=len(accepted))
    assert accepted == [] and tried == len(KINDS) * 10


@contextmanager
def wired(folder: Path) -> Iterator[tuple[Member, Member, Relay, Relay]]:
    """Give two nodes, and the wire to each."""
    with (
        federation(folder, *NAMES, meet=False) as (free, ruri),
        relaying(free.base) as to_free,
        relaying(ruri.base) as to_ruri,
    ):
        free.base, ruri.base = to_free.url, to_ruri.url
        for one, other in ((free, ruri), (ruri, free)):
            one.meet(other)
        for one, other in ((free, ruri), (ruri, free)):
            one.read_from(other)
        yield free, ruri, to_free, to_ruri


def effects(member: Member) -> dict[str, int]:
    """Count what acts and items have brought about at a node."""
    counted = {
        "acknowledgements": "(select distinct of_sha256, party_no, level from receipts)",
        "items": "records where family = 0",
        **{name: name for name in ("held_statements", "held_sets", "provenance", "party_keys", "key_sets")},
        **{name: name for name in ("agreements", "adherences", "departures", "suspensions", "deliveries")},
    }
    with member.node.store.read() as tx:
        return {name: tx.exec_driver_sql(f"select count(*) from {what}").scalar_one() for name, what in counted.items()}


def test_of_captured_requests_replayed_0_have_a_second_effect(tmp_path: Path, figure: Figures) -> None:
    with wired(tmp_path) as (free, ruri, to_free, to_ruri):
        to_free.posting_twice = to_ruri.posting_twice = True
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        ruri.sync()
        ruri.adhere("free-ruri")
        for n in range(4):
            free.put(an_object("indicator", 10 + n))
            ruri.put(an_object("malware", 20 + n))
            assert (ruri.sync().error, free.sync().error) == ("", "")
        assert ruri.sync().error == "" and len(ruri.held_from(free)) == len(free.held_from(ruri)) == 4
        before = effects(free), effects(ruri)
        items = free.held_from(ruri), ruri.held_from(free)
        to_free.replaying = to_ruri.replaying = True
        for _ in range(20):
            for one in (ruri, free):
                one.sync()
        figure(
            "captured requests replayed",
            answers=to_free.replayed + to_ruri.replayed,
            posts=to_free.doubled + to_ruri.doubled,
            second_effects=sum(now != then for now, then in zip((effects(free), effects(ruri)), before, strict=True)),
        )
        assert to_free.replayed + to_ruri.replayed >= 40 and to_free.doubled + to_ruri.doubled >= 4
        assert (free.held_from(ruri), ruri.held_from(free)) == items
        assert (effects(free), effects(ruri)) == before, "0 second effects"
        to_free.replaying = to_ruri.replaying = False
        free.put(an_object("indicator", 99))
        told = ruri.sync()
        assert (told.error, told.new) == ("", 1), "an honest answer is taken after it"
        assert len(ruri.held_from(free)) == 5
        assert free.sync().error == ""
        made, acknowledged = free.acknowledged(ruri)
        assert made == acknowledged


SKEWS_S = {"1 s": 1, "1 min": 60, "1 h": 3600, "1 day": 86_400, "30 days": 30 * 86_400, "10 years": 3_653 * 86_400}
OFF = [sign * off_s for off_s in SKEWS_S.values() for sign in (1, -1)]


def outcome(folder: Path, off_s: int) -> str:
    """Let two nodes meet and sync whose clocks are apart: give the error in words, or nothing if all came."""
    with federation(folder, *NAMES, meet=False, off_s=(off_s, 0)) as (free, ruri):
        try:
            for one, other in ((free, ruri), (ruri, free)):
                one.meet(other)
        except ComityError as refused:
            return f"meeting: {refused}"
        for one, other in ((free, ruri), (ruri, free)):
            one.read_from(other)
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        for n in range(3):
            free.put(an_object("indicator", n))
            told = ruri.sync()
            if told.error:
                assert ruri.alarms() and ruri.held_from(free) == {}, "what is not judged good is not kept"
                return f"reading: {told.error}"
        ruri.adhere("free-ruri")
        back = free.sync()
        if back.error or free.alarms():
            return f"reading back: {back.error or free.alarms()[0].facts}"
        ruri.sync()
        if free.alarms() or ruri.alarms():
            return f"alarm: {(*free.alarms(), *ruri.alarms())[0].facts}"
        assert list(ruri.held_from(free)) == list(free_order(free)), "in the giver's order"
        made, acknowledged = free.acknowledged(ruri)
        assert made == acknowledged > 0
        return ""


def free_order(member: Member) -> Iterator[str]:
    with member.node.store.read() as tx:
        yield from tx.exec_driver_sql("select stix_id from records where family = 0 order by no").scalars().all()


@pytest.mark.parametrize("off_s", OFF)
def test_clocks_that_are_apart_agree_or_say_so_in_words(tmp_path: Path, off_s: int, figure: Figures) -> None:
    said = outcome(tmp_path, off_s)
    figure("clocks apart by 1 s to 10 years", pairs=1, agreed=said == "", said_so_in_words=said != "")
    assert (said == "") == (abs(off_s) <= 3600), "a new key counts from a little before it was made"
    assert said == "" or "not-yet-valid" in said or "could be accepted until" in said
