"""Judges the demonstration: the table against an independent count, the answers against their reasons."""

import sys
from collections import Counter
from collections.abc import Iterator

import rule
from federation import CONCORD, FREEDONIA, NORTHWIND, PARTIES, RURITANIA, Answer
from meeting import each
from play import AGREEMENTS, Played, given_objects

LOOKED_AT = 8  # items of each kind whose vouching is looked up
TOO_MUCH = ("amber+strict", "red")
REPORTED = (NORTHWIND.name, FREEDONIA.name)


def verdict(played: Played, *, whole: bool) -> int:
    """Say what holds and what not; 0 if all holds. `whole`: the inputs are ours, so every id can be foretold."""
    held, broken = 0, 0
    checks = (
        _met, _agreed, _counts, _received, _stated, _played, _said, _sealed,
        *((_vouched, _foretold, _clauses, _explained) if whole else ()),
    )  # fmt: skip
    for check in checks:
        for words, holds in check(played):
            held, broken = held + holds, broken + (not holds)
            if not holds:
                print(f"does not hold: {words}", file=sys.stderr)
    print(f"\ndemo-check: {held} hold, {broken} do not: {'good' if not broken else 'FAILED'}")
    return 1 if broken or not held else 0


def _met(played: Played) -> Iterator[tuple[str, bool]]:
    """Each has accepted the key of each other, and no alarm stands anywhere."""
    yield "each accepted each other", Counter(one["done"] for one in played.accepted) == {"accepted": 12}
    for one in PARTIES:
        others = {reader for giver, reader in played.streams if giver == one.name}
        yield f"{one.name} knows {sorted(others)}", others == {other.name for other in PARTIES} - {one.name}
    for pair, stream in played.streams.items():
        yield f"{pair}: no alarm, {stream['alarms']}", not stream["alarms"]
        yield f"{pair}: nothing waits in line, {stream['waiting']}", stream["waiting"] == 0


def _agreed(played: Played) -> Iterator[tuple[str, bool]]:
    """Each text is held by its parties and nobody else, and each of these knows that all have adhered."""
    texts = rule.read_parties(AGREEMENTS)
    told = each(played.nodes.values(), lambda node: node.ask("agreement", "list")["agreements"])
    held = {(party, one["id"]): one for party, found in zip(played.nodes, told, strict=True) for one in found}
    expected = {(party, name) for name, parties in texts.items() for party in parties}
    yield f"texts are held where they belong: {sorted(held)}", set(held) == expected
    for (party, name), one in held.items():
        yield f"{name} at {party}: {one['adhered']} have adhered", set(one["adhered"]) == set(texts[name])


def _stated(played: Played) -> Iterator[tuple[str, bool]]:
    """Whoever reads by sync has acknowledged every statement, of which there are enough; nobody else has any."""
    for pair, stream in played.streams.items():
        told = (stream["stated"], stream["acknowledged"])
        if pair not in played.received:
            yield f"{pair}: {told} without reading", told[1] == 0
            continue
        least = rule.fewest_statements(len(played.received[pair]))
        yield f"{pair}: {told[0]} statements, {least} at least", told[0] >= least
        yield f"{pair}: {told} all acknowledged", told[0] == told[1]
        for synced in played.imported[pair]:
            yield f"{pair}: nothing lacks, {synced}", synced["missing"] == 0 and not synced["error"]


def _played(played: Played) -> Iterator[tuple[str, bool]]:
    """The case goes as its script has it: which clause gives, which refuses, what only its reporter can allow."""
    looked, clauses = played.case.looked, Counter[tuple[bool, tuple[str, ...]]]()
    for one in looked.indicators:
        decided = [key for key in one["explanation"]["decision"]["clauses"] if key.startswith("free-ruri-2026/")]
        clauses[one["released"], tuple(decided)] += 1
    expected = {(True, ("free-ruri-2026/4(1)",)): 42, (False, ("free-ruri-2026/6",)): 2}
    yield f"of 44 indicators two hold personal data: {dict(clauses)}", clauses == expected
    for one in (looked.image, looked.near_miss):
        missing = [flip["fact"] for flip in one["explanation"]["missing"]]
        yield f"{one['id']} lacks consent alone: {one['sentence']}", not one["released"] and missing == ["consent"]
    ids = {pair: {str(one["id"]) for one in objects} for pair, objects in played.received.items()}
    for pair, received in ids.items():
        has = pair[1] != NORTHWIND.name  # who has reported it is not given it back
        yield f"{pair}: the tear-line is there where it belongs", (played.case.tear_line in received) is has
    unasked = looked.near_miss["id"]
    yield "the report itself went no further", {p for p, got in ids.items() if unasked in got} == {REPORTED}


def _said(played: Played) -> Iterator[tuple[str, bool]]:
    """Both who said a thing and whom it was said to tell it alike; nobody else knows of it."""
    case, near_miss = played.case, played.case.looked.near_miss["id"]
    question = (FREEDONIA.name, NORTHWIND.name, "seen", near_miss)
    thanks = (FREEDONIA.name, NORTHWIND.name, "accepted", case.tear_line)
    word = (RURITANIA.name, FREEDONIA.name, "accepted", case.tear_line)
    told = {party: [_word(one) for one in found] for party, found in played.words.items()}
    for party, found in told.items():
        expected = [one for one in (thanks, word, question) if party in one[:2]]
        yield f"{party} knows what was said: {found}", Counter(found) == Counter(expected)
    yield f"the question was there before the answer: {case.asked}", _word(case.asked) == question


def _word(one: Answer) -> tuple[str, ...]:
    return one["party"], one["to"], one["level"], one["about"]


def _sealed(played: Played) -> Iterator[tuple[str, bool]]:
    """Each log is sealed to its end, and what it serves to anybody says the same."""
    for party, log in played.logs.items():
        served = rule.served_checkpoint(played.nodes[party].url)
        shown = (log["origin"], log["checkpoint_size"], log["checkpoint_root"])
        yield f"{party}: served {served}, shown {shown}", served == shown
        sealed = (log["checkpoint_size"], log["size"])
        yield f"{party}: sealed {sealed}", sealed[0] == sealed[1] > 0
        read = [answer for (_, by), found in played.imported.items() if by == party for answer in found]
        held = sum(answer["new"] + answer["upgraded"] for answer in read)
        yield f"{party}: {log['size']} entries for {held} items and its acts", log["size"] > held


def _vouched(played: Played) -> Iterator[tuple[str, bool]]:
    """What is the giver's own arrived signed, what it passes on arrived as relayed: some of each, item by item."""
    holding = holdings(played)
    for (giver, by), objects in played.received.items():
        kinds: dict[str, list[str]] = {"signed": [], "relayed": []}
        for key in sorted(str(one["id"]) for one in objects):
            kinds["signed" if holding[giver][key][0] == giver else "relayed"].append(key)
        chosen = [(key, grade) for grade, keys in kinds.items() for key in keys[:: max(1, len(keys) // LOOKED_AT)]]
        shown = played.nodes[by].ask_each([("item", "show", key, "--from", giver) for key, _ in chosen])
        for (key, grade), answer in zip(chosen, shown, strict=True):
            one = answer["versions"][0]
            told = f"{by} holds {key} as {one['vouched']}, statement {one['statement']}, foretold {grade}"
            yield told, one["vouched"] == grade and one["statement"] >= 1


def _counts(played: Played) -> Iterator[tuple[str, bool]]:
    """Every import adds up, and every preview."""
    for (source, by), found in played.imported.items():
        for answer in found:
            parts = [answer[key] for key in ("new", "upgraded", "duplicate", "quarantined")]
            yield f"{by} took in from {source}: {answer}", answer["objects"] == sum(parts)
    for pair, preview in played.previews.items():
        groups = preview["groups"]
        counted = Counter({True: 0, False: 0})
        for group in groups:
            counted[group["released"]] += group["count"]
        told = (preview["permitted"], preview["refused"])
        yield f"{pair}: groups add up", (counted[True], counted[False]) == told
        yield f"{pair}: permitted and refused are all", sum(told) == preview["items"]


def _received(played: Played) -> Iterator[tuple[str, bool]]:
    """Each reader got each object once, no more than the giver says, and nothing marked beyond every clause."""
    for pair, objects in played.received.items():
        ids = [str(one["id"]) for one in objects]
        yield f"{pair}: nothing twice", len(ids) == len(set(ids))
        visible = played.previews[pair]["visible"]  # counts older versions too, which a client does not ask for
        yield f"{pair}: received {len(ids)}, visible {visible}", 0 < len(ids) <= visible
        levels = {rule.LEVEL_OF.get(str(one)) for obj in objects for one in obj.get("object_marking_refs", ())}
        yield f"{pair}: nothing marked too high", pair == REPORTED or levels.isdisjoint(TOO_MUCH)


def holdings(played: Played) -> dict[str, rule.Holding]:
    """Say what each party must hold now: its own, and what the others gave it."""
    own = {
        party: {str(one["id"]): (party, one, party) for one in given_objects(played, party)} for party in played.inputs
    }
    clauses = rule.read_clauses(AGREEMENTS)
    freedonia, ruritania, northwind, concord = (one.name for one in (FREEDONIA, RURITANIA, NORTHWIND, CONCORD))
    reported = rule.received(northwind, freedonia, own[northwind], clauses)
    own[freedonia] |= {key: own[northwind][key] for key in reported}
    for reader in (ruritania, northwind, concord):
        got = rule.received(freedonia, reader, own[freedonia], clauses)
        own[reader] |= {key: (*own[freedonia][key][:2], freedonia) for key in got if key not in own[reader]}
    return own


def _foretold(played: Played) -> Iterator[tuple[str, bool]]:
    """Each reader received exactly the ids that the rule foretells, and each party holds what it must."""
    held, clauses = holdings(played), rule.read_clauses(AGREEMENTS)
    for (giver, reader), objects in played.received.items():
        expected = rule.received(giver, reader, held[giver], clauses)
        ids = {str(one["id"]) for one in objects}
        missing, surplus = sorted(expected - ids)[:3], sorted(ids - expected)[:3]
        yield f"{reader} received {len(ids)} of {len(expected)}: missing {missing}, surplus {surplus}", ids == expected
        visible = played.previews[giver, reader]["visible"]
        yield f"{reader} received {len(ids)}, visible {visible}", len(ids) == visible
    for (giver, _), preview in played.previews.items():
        yield f"{giver} holds {preview['items']}, must hold {len(held[giver])}", preview["items"] == len(held[giver])


def _clauses(played: Played) -> Iterator[tuple[str, bool]]:
    """Each group of each preview has the clauses and the count that the rule foretells."""
    held, clauses = holdings(played), rule.read_clauses(AGREEMENTS)
    for (giver, reader), preview in played.previews.items():
        told: Counter[tuple[bool, tuple[str, ...]]] = Counter()
        for group in preview["groups"]:
            told[group["released"], tuple(sorted(group["clauses"]))] += group["count"]
        expected = Counter(rule.counted(giver, reader, held[giver], clauses))
        yield f"{giver} for {reader}: told {dict(told - expected)}, foretold {dict(expected - told)}", told == expected


def _explained(played: Played) -> Iterator[tuple[str, bool]]:
    """One item of each group that does not go by itself is explained alone, by the clauses that the rule finds."""
    held, clauses = holdings(played), rule.read_clauses(AGREEMENTS)
    reader = RURITANIA.name
    gone = {str(one["id"]) for one in played.received[FREEDONIA.name, reader]}
    groups = played.previews[FREEDONIA.name, reader]["groups"]
    for group in groups:
        if group["released"]:
            continue
        key = group["example"]
        answer = played.nodes[FREEDONIA.name].ask("release", "explain", key, "--to", reader)
        expected = rule.weigh(FREEDONIA.name, reader, held[FREEDONIA.name][key], clauses)
        said = answer["explanation"]["decision"]["clauses"]
        yield f"{key}, received or not, says so: {answer['sentence']}", answer["released"] is (key in gone)
        yield f"{key}: {said} decided, foretold {expected.clauses}", tuple(said) == expected.clauses
