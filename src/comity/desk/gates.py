"""Decides what a gate's key says and whether the gate stands open: the classes that must all be permitted now.

Keys: `3,17` needs classes 3 and 17; `3,g8` needs class 3, and gate 8 open (an end that itself comes along). `any:4:7,9`
is a companion's (an identity or marking that flows because an object names it): its own class 4 must not be forbidden,
and gate 7 or gate 9 must stand open. `revoked` always stands open: a revocation reaches everyone who was delivered any
version (decision record: revocation-reaches-the-served).
"""

from collections.abc import Iterable, Mapping

from comity.rooms.release.engine import Decision
from comity.stores.policies import FOR_EVER

REVOKED_GATE = "revoked"
_NONE: Mapping[int, int | None] = {}


def all_of(class_nos: Iterable[int], through: Iterable[int] = ()) -> str:
    """Give the key of the gate that needs all these classes, and all these gates open."""
    return ",".join([*map(str, sorted(set(class_nos))), *(f"g{no}" for no in sorted(set(through)))])


def any_of(class_no: int, gate_nos: Iterable[int]) -> str:
    """Give the key of a companion's gate."""
    return f"any:{class_no}:" + ",".join(str(no) for no in sorted(set(gate_nos)))


def classes_in(key: str) -> tuple[int, ...]:
    """Give the classes of an all-of gate."""
    return tuple(int(no) for no in key.split(",") if no and not no.startswith("g"))


def gates_in(key: str) -> tuple[int, ...]:
    """Give the gates that an all-of gate leads through."""
    return tuple(int(no[1:]) for no in key.split(",") if no.startswith("g"))


def gate_until(
    key: str, rulings: Mapping[int, Decision], gate_keys: Mapping[int, str], known: Mapping[int, int | None] = _NONE
) -> int | None:
    """Give until when (milliseconds) a gate stands open under these decisions; None if it does not.

    `known`: the same of other gates, as far as it is known. Each gate on the way is looked at once, however many ways
    lead through it.
    """
    behind, waiting = set[int](), [*_leads_through(key)]
    while waiting:
        no = waiting.pop()
        if no not in known and no not in behind:
            behind.add(no)
            waiting.extend(_leads_through(gate_keys[no]))
    ends: dict[int, int | None] = {}
    for no in sorted(behind):  # a gate leads through gates that were numbered before it
        ends[no] = _until(gate_keys[no], rulings, ends, known)
    return _until(key, rulings, ends, known)


def _leads_through(key: str) -> Iterable[int]:
    return map(int, key.split(":")[2].split(",")) if key.startswith("any:") else gates_in(key)


def _until(
    key: str, rulings: Mapping[int, Decision], ends: Mapping[int, int | None], known: Mapping[int, int | None]
) -> int | None:
    if key == REVOKED_GATE:
        return FOR_EVER
    through = [known[no] if no in known else ends[no] for no in _leads_through(key)]
    if key.startswith("any:"):
        ruling = rulings.get(int(key.split(":")[1]))
        if ruling is None or not (ruling.companion or ruling.outcome == "permitted"):
            return None
        return max((end for end in through if end is not None), default=None)
    until = FOR_EVER
    for end in through:
        if end is None:
            return None
        until = min(until, end)
    for no in classes_in(key):
        ruling = rulings.get(no)
        if ruling is None or ruling.outcome != "permitted":
            return None
        if ruling.valid_until is not None:
            until = min(until, int(ruling.valid_until))
    return until
