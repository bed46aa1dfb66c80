"""Classes held records of one source anew, under the markings and the officers' words known by now.

Not a verb: officers' words, grants and late marking definitions share it.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from comity.desk.intake import markings_held
from comity.desk.node_type import Node
from comity.desk.shown import Shown
from comity.desk.spilling import spill
from comity.desk.unplace import unplace
from comity.records.envelope import read_envelope
from comity.records.facts import facts_of_key
from comity.records.markings import Marking
from comity.records.personal import personal_data
from comity.rooms.release.classing import Classed, Origin, classify, latest_embargo
from comity.stores import directory, keeping, policies, reclassing
from comity.stores.keeping import HeldRecord
from comity.stores.reclassing import Override, Reclassed
from comity.values import Instant, PartyName, Tlp, id_key


def class_again(node: Node, tx: Connection, source_no: int, record_nos: Sequence[int], now: Instant) -> None:
    """Class held records of one source anew under its markings and their overrides; what closes, closes at once.

    What turns out to be above the node's ceiling is erased.
    """
    shown = Shown.before(tx, record_nos)
    held = [row for row in keeping.held_records(tx, record_nos) if row.body is not None]
    made = _classed(node, tx, source_no, held)
    _note_waiting(node, tx, source_no, held, made)
    ceiling = node.settings.classification_ceiling
    above = [row.no for row in held if made[row.no].classification > ceiling]
    _put(node, tx, [row for row in held if made[row.no].classification <= ceiling], made, now)
    spill(node, tx, above, now)
    unplace(node.store, tx, record_nos, now)
    shown.queue_fuller(node.store, tx, now)


def _classed(node: Node, tx: Connection, source_no: int, held: Sequence[HeldRecord]) -> dict[int, Classed]:
    known = markings_held(node, tx, source_no)
    party = next(row for row in directory.party_rows(tx) if row.no == source_no)
    overrides = reclassing.overrides_of(tx, [row.no for row in held])
    keys = policies.class_keys(tx, sorted({row.class_no for row in held}))
    return {
        row.no: _class(node, PartyName(party.name), row, overrides.get(row.no, Override()), keys[row.class_no], known)
        for row in held
    }


def _note_waiting(
    node: Node, tx: Connection, source_no: int, held: Sequence[HeldRecord], made: Mapping[int, Classed]
) -> None:
    """Let what names a definition that is not held, or no more, wait for it, and keep the level that it was held at."""
    waiting = [row for row in held if made[row.no].handling.unresolved]
    if not waiting:
        return
    names = ((id_key(name), row.no) for row in waiting for name in made[row.no].handling.unresolved)
    reclassing.wait_for(node.store, tx, source_no, names)
    overrides = reclassing.overrides_of(tx, [row.no for row in waiting])
    keys = policies.class_keys(tx, sorted({row.class_no for row in waiting}))
    for row in waiting:
        override = overrides.get(row.no, Override())
        if override.default_tlp is None:
            level = int(facts_of_key(keys[row.class_no]).tlp)
            reclassing.set_override(tx, row.no, override._replace(default_tlp=level))


def _class(
    node: Node, source: PartyName, held: HeldRecord, override: Override, class_key: str, known: dict[str, Marking]
) -> Classed:
    envelope = read_envelope(held.body or b"", held.sha256)
    # Every marking of it was known then: if none said a level, its level is its source's default of then.
    facts = facts_of_key(class_key)
    default = facts.tlp if override.default_tlp is None else Tlp(override.default_tlp)
    personal = override.personal or personal_data(envelope.parsed, node.catalogue.personal)
    consents = tuple(PartyName(name) for name in override.consents)
    origin = Origin(originator=facts.originator, received_from=source, default_tlp=default)
    return classify(envelope, origin, known, personal, consents)


def _put(node: Node, tx: Connection, held: Sequence[HeldRecord], made: dict[int, Classed], now: Instant) -> None:
    facts = {made[row.no].facts for row in held} | {part.facts for row in held for part in made[row.no].portions}
    by_key = keeping.class_numbers(tx, sorted(fact.key for fact in facts))
    numbers = {fact: by_key[fact.key] for fact in facts}
    changed = [
        Reclassed(
            row.no,
            numbers[made[row.no].facts],
            latest_embargo(made[row.no].handling.starts, row.embargo_ms, now),
            made[row.no].handling.expires,
            tuple((part.marking_id, numbers[part.facts], part.required) for part in made[row.no].portions),
        )
        for row in held
    ]
    reclassing.reclass(node.store, tx, changed)
