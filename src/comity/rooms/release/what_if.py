"""Decides what a draft would change: what would newly flow, stop, or flow on other terms, to whom and by which clause.

A draft is another engine over the same classes. Only readers whom a differing clause concerns are asked again, and for
them only the classes it can touch.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from comity.records.facts import ClassFacts
from comity.rooms.release.engine import Decision, Engine, differing, to_ask_again
from comity.values import PartyName

Effect = Literal["flows", "stops", "changes"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One class whose release to one reader a draft changes. `count`: items of the class.

    `effect`: "changes" means that it flows before and after, with other obligations or redactions. `before` and `after`
    name the deciding clauses; for what stops into silence, `after` names none.
    """

    reader: PartyName
    class_no: int
    facts: ClassFacts
    count: int
    effect: Effect
    before: Decision
    after: Decision


def what_if(
    now_engine: Engine,
    draft_engine: Engine,
    readers: Iterable[PartyName],
    classes: Sequence[tuple[int, ClassFacts, int]],
) -> tuple[Change, ...]:
    """Compare the draft with what is in force. `classes`: number, facts and count of items. Ordered as given."""
    all_facts = [facts for _, facts, _ in classes]
    changed = differing(now_engine, draft_engine)
    changes: list[Change] = []
    for reader in readers:
        asked = to_ask_again(changed, now_engine.me, reader, all_facts)
        concerned = [all_facts[i] for i in asked]
        before = now_engine.decide_many(reader, concerned)
        after = draft_engine.decide_many(reader, concerned)
        for i, was, would in zip(asked, before, after, strict=True):
            effect = _effect(was, would)
            if effect is not None:
                number, facts, count = classes[i]
                changes.append(
                    Change(
                        reader=reader, class_no=number, facts=facts, count=count, effect=effect, before=was, after=would
                    )
                )
    return tuple(changes)


def _effect(was: Decision, would: Decision) -> Effect | None:
    if (was.outcome == "permitted") != (would.outcome == "permitted"):
        return "flows" if would.outcome == "permitted" else "stops"
    if would.outcome == "permitted" and (was.obligations, was.redact) != (would.obligations, would.redact):
        return "changes"
    return None
