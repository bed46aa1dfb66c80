"""Finds an item as people name it, and shows it: where it came from, how it is handled, who has it."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.errors import NotFound
from comity.records.facts import ClassFacts, facts_of_key
from comity.records.labels import label_of
from comity.stores import carrying, directory, keeping, policies, stating
from comity.stores.keeping import HeldRecord
from comity.stores.tables import ERASED, ITEM, LIVE
from comity.values import Instant, Tlp, iso, iso_or_none

State = Literal["live", "withdrawn", "erased"]
_STATES: dict[int, State] = {0: "live", 1: "withdrawn", 2: "erased"}


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """One held version of an item. `version` is its `modified` as received.

    `vouched`: how it stands for what it says. `signed` in its originator's set, the `rendition` that its giver signed,
    `relayed` by its giver for another, or `unsigned`; `own` of what is this party's. `statement` is the number of the
    giver's statement that lists it; `originator` whose signed set shows it to be its own, where another relayed it.
    """

    id: str
    type: str
    label: str  # its own words for itself, a claim; '' if it has none
    version: str
    spec_version: str
    source: str
    state: State
    kept_at: str
    size: int
    sha256: str
    tlp: str
    classification: int
    personal_data: str
    originator_control: bool
    restricted: bool
    released_by_originator_to: tuple[str, ...] = ()
    embargo_until: str | None = None
    expires_at: str | None = None
    vouched: str
    statement: int | None = None
    originator: str | None = None


def items_named(tx: Connection, stix_id: str, source: str | None = None) -> list[HeldRecord]:
    """Give the versions of an item held, newest first; of one source if it is named.

    Raises:
        NotFound: none is held.
    """
    held = [row for row in keeping.records_under(tx, stix_id) if row.family == ITEM and row.state != ERASED]
    if source is not None:
        party = directory.party_named(tx, source)
        held = [row for row in held if party is not None and row.source_no == party.no]
    if not held:
        raise NotFound("no item {stix_id}", stix_id=stix_id[:200])
    return held


def live_item(tx: Connection, stix_id: str, source: str | None = None) -> HeldRecord:
    """Give the newest live version of an item.

    Raises:
        NotFound: none is held.
    """
    for row in items_named(tx, stix_id, source):
        if row.state == LIVE:
            return row
    raise NotFound("no item {stix_id}", stix_id=stix_id[:200])


def facts_of(tx: Connection, held: HeldRecord) -> ClassFacts:
    """Give the facts of an item's class."""
    return facts_of_key(policies.class_keys(tx, [held.class_no])[held.class_no])


def item_view(tx: Connection, held: HeldRecord, names: dict[int, str]) -> ItemView:
    """Show a held version."""
    return item_views(tx, (held,), names)[0]


def item_views(tx: Connection, rows: Sequence[HeldRecord], names: dict[int, str]) -> tuple[ItemView, ...]:
    """Show held versions, in their order."""
    keys, own = policies.class_keys(tx, {held.class_no for held in rows}), directory.own_party(tx)
    told = stating.provenances_of(tx, [held.no for held in rows])
    own_no = None if own is None else own.no
    return tuple(
        _item_view(tx, held, names[held.source_no], facts_of_key(keys[held.class_no]), told.get(held.no), own_no)
        for held in rows
    )


def _item_view(
    tx: Connection,
    held: HeldRecord,
    source: str,
    facts: ClassFacts,
    told: tuple[str, int, int] | None,
    own_no: int | None,
) -> ItemView:
    unsigned = "own" if held.source_no == own_no else "unsigned"
    return ItemView(
        id=held.stix_id,
        type=held.type,
        label=label_of(held.body or b""),
        version=held.version,
        spec_version="2.0" if held.spec == 20 else "2.1",
        source=source,
        state=_STATES[held.state],
        kept_at=iso(Instant(held.kept_ms)),
        size=len(held.body or b""),
        sha256=held.sha256.hex(),
        tlp=Tlp(facts.tlp).word,
        classification=facts.classification,
        personal_data=facts.personal,
        originator_control=facts.originator_control,
        restricted=facts.restricted,
        released_by_originator_to=facts.consents,
        embargo_until=iso_or_none(held.embargo_ms),
        expires_at=iso_or_none(held.expires_ms),
        vouched=unsigned if told is None else told[0],
        statement=None if told is None else told[1],
        originator=carrying.signer_of(tx, held.no) if told is not None and told[0] == "relayed" else None,
    )


def party_names(tx: Connection) -> dict[int, str]:
    """Give every party's short name by its number."""
    return {row.no: row.name for row in directory.party_rows(tx)}
