"""Judges the demonstration: the table against an independent count, the answers against their reasons."""

import sys
from collections import Counter
from collections.abc import Iterator

import rule
from federation import FREEDONIA, NORTHWIND, RURITANIA
from play import AGREEMENTS, Played, given_objects

TOO_MUCH = ("amber+strict", "red")


def verdict(played: Played, *, whole: bool) -> int:
    """Say what holds and what not; 0 if all holds. `whole`: the inputs are ours, so every id can be foretold."""
    held, broken = 0, 0
    checks = (_counts, _received, *((_foretold, _clauses, _explained) if whole else ()))
    for check in checks:
        for words, holds in check(played):
            held, broken = held + holds, broken + (not holds)
            if not holds:
                print(f"does not hold: {words}", file=sys.stderr)
    print(f"\ndemo-check: {held} hold, {broken} do not: {'good' if not broken else 'FAILED'}")
    return 1 if broken or not held else 0


def _counts(played: Played) -> Iterator[tuple[str, bool]]:
    """Every import adds up, and every preview."""
    for (source, by), answer in played.imported.items():
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
        yield f"{pair}: nothing marked too high", levels.isdisjoint(TOO_MUCH)


def holdings(played: Played) -> dict[str, rule.Holding]:
    """Say what each party must hold now: its own, and what the others gave it."""
    own = {party: {str(one["id"]): (party, one) for one in given_objects(played, party)} for party in played.inputs}
    clauses = rule.read_clauses(AGREEMENTS)
    freedonia, ruritania, northwind = FREEDONIA.name, RURITANIA.name, NORTHWIND.name
    reported = rule.received(northwind, freedonia, own[northwind], clauses)
    own[freedonia] |= {key: own[northwind][key] for key in reported}
    for reader in (ruritania, northwind):
        got = rule.received(freedonia, reader, own[freedonia], clauses)
        own[reader] |= {key: (freedonia, own[freedonia][key][1]) for key in got if key not in own[reader]}
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
        origin, obj = held[FREEDONIA.name][key]
        expected = rule.weigh(FREEDONIA.name, reader, origin, obj, clauses)
        said = answer["explanation"]["decision"]["clauses"]
        yield f"{key}, received or not, says so: {answer['sentence']}", answer["released"] is (key in gone)
        yield f"{key}: {said} decided, foretold {expected.clauses}", tuple(said) == expected.clauses
