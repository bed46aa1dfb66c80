"""Tests that a signature is judged by the keys of its time, and by whose they are."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records import codec, dsse, reference
from comity.records.key_judging import (
    Keyring,
    Verdict,
    admit,
    good_keys,
    judge,
    keyring,
    keys_of,
    open_judged,
    use_for,
)
from comity.records.kinds import KINDS, Act, Anchor, KeySet, Party
from comity.values import Instant, PartyName, instant
from tests.support.acts import a_signer
from tests.support.anchors import MADE, a_key_set, stated

EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
FREEDONIA, RURITANIA = PartyName("freedonia-csirt"), PartyName("ruritania-csirt")
ROOTS = {FREEDONIA: a_signer(50), RURITANIA: a_signer(51)}
SEEDS = {"record": 60, "log": 61, "encryption": 62, "tls-pin": 63}
THEN = instant("2031-03-02")


def ring() -> Keyring:
    """Two parties with a key for each use; Ruritania's seeds are ten higher."""
    found = []
    for more, (party, root) in zip((0, 10), ROOTS.items(), strict=True):
        one = a_key_set(root, *(stated(seed + more, use=use) for use, seed in SEEDS.items()), issuer=party)
        found += keys_of(party, root.public, [one])
    return keyring(found)


def verdict(sets: list[KeySet], seed: int, at: str, use: str = "record") -> Verdict:
    keys = {key.public: key for key in keys_of(FREEDONIA, ROOTS[FREEDONIA].public, sets)}
    return judge(keys.get(a_signer(seed).public), use, instant(at))


def a_set(serial: int, *keys: object, at: str = MADE) -> KeySet:
    return a_key_set(ROOTS[FREEDONIA], *keys, issuer=FREEDONIA, serial=serial, at=at)  # type: ignore[arg-type]


@EVERY_KIND
def test_every_kind_is_accepted_from_the_one_key_that_signs_it_and_no_other(kind: type[Act]) -> None:
    act = reference.example(kind)
    assert act.issuer == FREEDONIA
    signers = {
        "own root": a_signer(50), "their root": a_signer(51), "stranger": a_signer(99),
        **{f"own {use}": a_signer(seed) for use, seed in SEEDS.items()},
        **{f"their {use}": a_signer(seed + 10) for use, seed in SEEDS.items()},
    }  # fmt: skip
    accepted = []
    for name, signer in signers.items():
        try:
            open_judged(dsse.sign(codec.encode(act), signer), ring(), THEN, exercise=act.exercise)
        except RecordRejected as refused:
            assert refused.reason in ("wrong-signer", "no-known-signer", "wrong-use")
        else:
            accepted.append(name)
    assert accepted == ["own root" if kind in (KeySet, Anchor) else "own record"]


@EVERY_KIND
def test_live_and_exercise_never_mix(kind: type[Act]) -> None:
    act = reference.example(kind)
    signer = ROOTS[FREEDONIA] if use_for(str(kind.__struct_config__.tag)) == "root" else a_signer(60)
    envelope = dsse.sign(codec.encode(act), signer)
    assert open_judged(envelope, ring(), THEN, exercise=True).act == act
    with pytest.raises(RecordRejected, match="wrong-world"):
        open_judged(envelope, ring(), THEN, exercise=False)


def test_after_a_rotation_old_signatures_stay_good_and_the_old_key_signs_nothing_new() -> None:
    sets = [
        a_set(1, stated(60)),
        a_set(2, stated(60, valid_until="2031-04-08T00:00:00Z"), stated(64, valid_from="2031-04-01T00:00:00Z")),
    ]
    assert verdict(sets, 60, "2031-03-15") == "good"
    assert verdict(sets, 60, "2031-04-07") == "good", "both live while they overlap"
    assert verdict(sets, 64, "2031-04-07") == "good"
    assert verdict(sets, 60, "2031-04-08") == "no-longer-valid"
    assert verdict(sets, 64, "2031-03-31") == "not-yet-valid"
    assert verdict(sets, 65, "2031-04-07") == "unknown"
    assert verdict(sets, 60, "2031-03-15", use="log") == "wrong-use"


def test_a_revoked_key_is_suspect_from_a_time_and_good_before() -> None:
    sets = [a_set(1, stated(60)), a_set(2, stated(60, suspect_from="2031-03-10T00:00:00Z"), stated(64))]
    assert verdict(sets, 60, "2031-03-09") == "good"
    assert verdict(sets, 60, "2031-03-10") == "suspect"
    assert verdict(sets, 60, "2033-01-01") == "suspect"


def test_a_key_that_a_later_set_forgets_ends_when_that_set_was_made_and_may_come_back() -> None:
    sets = [a_set(1, stated(60)), a_set(2, stated(64), at="2031-05-01T00:00:00Z")]
    assert verdict(sets, 60, "2031-04-30") == "good"
    assert verdict(sets, 60, "2031-05-01") == "no-longer-valid"
    assert verdict([*sets, a_set(3, stated(60), stated(64))], 60, "2031-05-01") == "good"


@given(order=st.permutations([1, 2, 3]), at=st.integers(int(instant("2031-02-01")), int(instant("2031-07-01"))))
def test_the_order_in_which_sets_came_does_not_matter(order: list[int], at: int) -> None:
    sets = {
        1: a_set(1, stated(60)),
        2: a_set(2, stated(60, valid_until="2031-05-01T00:00:00Z"), stated(64, valid_from="2031-04-01T00:00:00Z")),
        3: a_set(3, stated(64, suspect_from="2031-06-01T00:00:00Z"), at="2031-04-20T00:00:00Z"),
    }
    root = ROOTS[FREEDONIA].public
    came = keys_of(FREEDONIA, root, [sets[serial] for serial in order])
    told = keys_of(FREEDONIA, root, list(sets.values()))
    assert [judge(key, "record", Instant(at)) for key in came] == [judge(key, "record", Instant(at)) for key in told]


def test_the_newest_good_key_comes_first() -> None:
    one = a_set(1, stated(60), stated(64, valid_from="2031-04-01T00:00:00Z"), stated(66, use="log"))
    known = keyring(keys_of(FREEDONIA, ROOTS[FREEDONIA].public, [one]))
    at = {
        when: [key.public for key in good_keys(known, FREEDONIA, "record", instant(when))]
        for when in ("2031-03-05", "2031-04-05")
    }
    assert at == {"2031-03-05": [a_signer(60).public], "2031-04-05": [a_signer(64).public, a_signer(60).public]}
    assert good_keys(known, RURITANIA, "record", THEN) == ()


def test_a_party_that_states_another_s_key_takes_nothing_from_it() -> None:
    mine = a_key_set(ROOTS[FREEDONIA], stated(60), issuer=FREEDONIA)
    theirs = a_key_set(ROOTS[RURITANIA], stated(60, valid_until="2031-03-01T13:00:00Z"), issuer=RURITANIA)
    found = [
        *keys_of(FREEDONIA, ROOTS[FREEDONIA].public, [mine]),
        *keys_of(RURITANIA, ROOTS[RURITANIA].public, [theirs]),
    ]
    envelope = dsse.sign(codec.encode(reference.example(Party)), a_signer(60))
    assert open_judged(envelope, keyring(found), THEN, exercise=True).act.issuer == FREEDONIA


def test_a_serial_must_grow_and_says_one_thing() -> None:
    one = a_set(4, stated(60))
    assert admit({}, one, "aa")
    assert admit({3: "bb"}, one, "aa")
    assert not admit({3: "bb", 4: "aa"}, one, "aa"), "the same once more brings nothing"
    for known, reason in (
        ({4: "bb"}, "equivocation"),
        ({5: "bb"}, "rollback"),
        ({4: "aa", 5: "bb"}, "rollback"),
        ({4: "cc", 5: "bb"}, "equivocation"),
    ):
        with pytest.raises(RecordRejected) as refused:
            admit(known, one, "aa")
        assert refused.value.reason == reason


def test_of_two_signatures_one_that_counts_is_enough() -> None:
    sets = [a_set(1, stated(60, valid_until="2031-03-01T13:00:00Z"), stated(64))]
    known = keyring(keys_of(FREEDONIA, ROOTS[FREEDONIA].public, sets))
    payload = codec.encode(reference.example(Party))
    assert (
        open_judged(dsse.sign(payload, a_signer(60), a_signer(64)), known, THEN, exercise=True).act.issuer == FREEDONIA
    )
    with pytest.raises(RecordRejected, match="no-longer-valid"):
        open_judged(dsse.sign(payload, a_signer(60)), known, THEN, exercise=True)


def test_the_same_act_seen_earlier_is_judged_by_that_time() -> None:
    known = keyring(
        keys_of(FREEDONIA, ROOTS[FREEDONIA].public, [a_set(1, stated(60, suspect_from="2031-06-01T00:00:00Z"))])
    )
    envelope = dsse.sign(
        codec.encode(msgspec.structs.replace(reference.example(Party), at="2031-03-01T00:00:00Z")), a_signer(60)
    )
    assert open_judged(envelope, known, instant("2031-05-01"), exercise=True).envelope == envelope
    with pytest.raises(RecordRejected, match="suspect"):
        open_judged(envelope, known, instant("2031-06-01"), exercise=True)
