"""Decides what becomes of what a party received under agreements that have ended, by what their texts say of that.

While any agreement under which an item was given stands between giver and receiver, the item stays on its terms: to let
an agreement rest is no end (VCLT art. 57, 72). After the last has ended, their duties add up. A party that never
consented to a text owes nothing by it (VCLT art. 34). What a text does not speak of stays under the handling under
which it came; it goes on to nobody under a text that has ended, for its clauses work no more.
"""

from collections.abc import Collection, Mapping

import msgspec

from comity.rooms.release.entry import DAY_MS, Survival
from comity.rooms.release.standing import Standing
from comity.values import Instant, PartyName


class Survived(msgspec.Struct, frozen=True, kw_only=True):
    """What the end of `agreements`, the last of them at `ended`, asks of who received something under them.

    `due`: by when it is returned or destroyed; None: it is kept.
    """

    agreements: tuple[str, ...]
    ended: Instant
    asks: Survival = "keep"
    due: Instant | None = None


def ended_between(standing: Standing, giver: PartyName, receiver: PartyName, now: Instant) -> Instant | None:
    """Give since when an agreement no longer holds between two parties; None while it does."""
    agreement, left = standing.agreement, dict(standing.left)
    ends = [standing.ended, agreement.in_force_until, left.get(giver), left.get(receiver)]
    alone = len(agreement.parties) - 1
    if len(left) >= alone:  # the departure that leaves nobody to be bound to
        ends.append(sorted(left.values())[alone - 1])
    return min((end for end in ends if end is not None and end <= now), default=None)


def survived(
    standings: Mapping[str, Standing], agreements: Collection[str], giver: PartyName, receiver: PartyName, now: Instant
) -> Survived | None:
    """Say what became of what was given under these agreements, named by their ids.

    Returns:
        None while one of them stands, is not held here, or if it came under none.
    """
    ends: dict[str, Instant] = {}
    for name in agreements:
        end = ended_between(standings[name], giver, receiver, now) if name in standings else None
        if end is None:
            return None
        ends[name] = end
    if not ends:
        return None
    last = max(ends.values())
    asking = [
        standings[name].agreement
        for name, end in ends.items()
        if standings[name].agreement.survival != "keep" and _consented(standings[name], receiver, end)
    ]
    names = tuple(sorted(ends))
    if not asking:
        return Survived(agreements=names, ended=last)
    return Survived(
        agreements=names,
        ended=last,
        asks="destroy" if any(one.survival == "destroy" for one in asking) else "return",
        due=Instant(last + min(one.survival_days for one in asking) * DAY_MS),
    )


def _consented(standing: Standing, party: PartyName, by: Instant) -> bool:
    """Was a party bound by the text, or did it apply it provisionally, before its end?"""
    applied = ((one.party, one.since) for one in standing.signatures if one.provisional)
    return any(name == party and since <= by for name, since in (*standing.adherences, *applied))
