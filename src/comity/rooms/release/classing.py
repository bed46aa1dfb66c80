"""Decides which class an item belongs to: its facts, and those of each granular portion that differ from them."""

from collections.abc import Mapping

import msgspec

from comity.records.envelope import Envelope
from comity.records.facts import ClassFacts, category_fact, type_fact
from comity.records.granular import portions, redact
from comity.records.markings import STANDARD_MARKINGS, Handling, Marking, handling
from comity.values import Instant, PartyName, Tlp

MOST_PORTIONS = 64  # of one object, told apart by their markings; each costs a reading of the object


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where an item came from, and the level its source states for what it leaves unmarked."""

    originator: PartyName
    received_from: PartyName
    default_tlp: Tlp


class PortionClass(msgspec.Struct, frozen=True, kw_only=True):
    """A granular portion that is handled otherwise than its object; `required`: the object is nothing without it."""

    marking_id: str
    facts: ClassFacts
    required: bool


class Classed(msgspec.Struct, frozen=True, kw_only=True):
    """An item's class, its handling, and the classes of its portions."""

    facts: ClassFacts
    handling: Handling
    portions: tuple[PortionClass, ...] = ()

    @property
    def classification(self) -> int:
        """The highest classification of the object or any of its portions, on the scale 0 to 4."""
        return max(self.facts.classification, *(portion.facts.classification for portion in self.portions), 0)


def classify(
    envelope: Envelope,
    origin: Origin,
    known: Mapping[str, Marking],
    personal: str,
    consents: tuple[PartyName, ...] = (),
) -> Classed:
    """Give the class of an item under the markings known of its source. TLP's own markings are clear by nature.

    Of more than 64 granular markings each binds the whole object.
    """
    if envelope.stix_id in STANDARD_MARKINGS:
        return Classed(facts=_facts(envelope, origin, _CLEAR, "no", consents), handling=_CLEAR)
    if not envelope.granular:
        whole = handling(envelope.marking_ids, known, origin.default_tlp)
        return Classed(facts=_facts(envelope, origin, whole, personal, consents), handling=whole)
    return _with_portions(envelope, origin, known, personal, consents)


_CLEAR = Handling(tlp=Tlp.CLEAR)


def _with_portions(
    envelope: Envelope,
    origin: Origin,
    known: Mapping[str, Marking],
    personal: str,
    consents: tuple[PartyName, ...],
) -> Classed:
    found = portions(envelope.parsed)
    everywhere = tuple(portion.marking_ref for portion in found if portion.whole)
    selectors: dict[str, list[str]] = {}
    for portion in found:
        if not portion.whole:
            selectors.setdefault(portion.marking_ref, []).extend(portion.selectors)
    if len(selectors) > MOST_PORTIONS:
        everywhere, selectors = (*everywhere, *selectors), {}
    # What was meant for a portion frees nothing: an object without markings of its own keeps its source's default.
    own_level = handling(envelope.marking_ids, known, origin.default_tlp).tlp
    whole = handling((*envelope.marking_ids, *everywhere), known, origin.default_tlp)
    whole = msgspec.structs.replace(whole, tlp=max(whole.tlp, own_level))
    facts = _facts(envelope, origin, whole, personal, consents)
    # Whether a portion can go does not hang on how the others' selectors would be renumbered.
    unmarked = {key: value for key, value in envelope.parsed.items() if key != "granular_markings"}
    classes: list[PortionClass] = []
    handled = whole
    for marking_id, chosen in selectors.items():
        part = handling((*envelope.marking_ids, *everywhere, marking_id), known, origin.default_tlp)
        # A portion is never handled more freely than the object it stands in.
        part = msgspec.structs.replace(part, tlp=max(part.tlp, whole.tlp))
        handled = _with_dates_of(handled, part)
        portion_facts = _facts(envelope, origin, part, personal, consents)
        if portion_facts != facts:
            needed = redact(unmarked, chosen) is None
            classes.append(PortionClass(marking_id=marking_id, facts=portion_facts, required=needed))
    return Classed(facts=facts, handling=handled, portions=tuple(classes))


def _with_dates_of(whole: Handling, part: Handling) -> Handling:
    """Let the object wait for the definitions and dates of a portion: a class has no dates, an item has one pair."""
    return msgspec.structs.replace(
        whole,
        unresolved=tuple(dict.fromkeys((*whole.unresolved, *part.unresolved))),
        starts=max((moment for moment in (whole.starts, part.starts) if moment is not None), default=None),
        expires=min((moment for moment in (whole.expires, part.expires) if moment is not None), default=None),
    )


def _facts(
    envelope: Envelope, origin: Origin, handled: Handling, personal: str, consents: tuple[PartyName, ...]
) -> ClassFacts:
    return ClassFacts(
        originator=origin.originator,
        received_from=origin.received_from,
        type=type_fact(envelope.type),
        category=category_fact(envelope.type),
        tlp=handled.tlp,
        classification=handled.classification,
        personal=personal,
        originator_control=handled.originator_control,
        restricted=handled.restricted,
        consents=consents,
    )


def latest_embargo(starts: Instant | None, embargo_ms: int | None, now: Instant) -> int | None:
    """Give the later of two embargoes that has not ended yet."""
    ahead = [moment for moment in (starts, embargo_ms) if moment is not None and moment > now]
    return max(ahead, default=None)
