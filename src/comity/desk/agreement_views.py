"""Shows an agreement as people need it: its text's heads, who is bound, and what each clause does here."""

from typing import TypedDict

import msgspec

from comity.rooms.release.agreements import said
from comity.rooms.release.standing import Standing, bound, entry_into_force, members, operational, state
from comity.values import Instant, PartyName, iso


class ClauseView(msgspec.Struct, frozen=True, kw_only=True):
    """A clause; `works`: whether it decides releases; `operational`: whether it does so here and now."""

    id: str
    article: str
    kind: str
    text: str
    works: bool
    operational: bool
    until: str | None = None


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement and its standing at this node.

    `state` says what is operational here. What is in force, a matter of the law between the parties, stands apart:
    `entry` is its date by the text's own rule, `in_force_for` whom it binds, `waiting_for` whose consent is lacking.
    """

    id: str
    title: str
    parties: tuple[str, ...]
    adhered: tuple[str, ...]
    state: str
    in_force_from: str
    ended: str | None
    sha256: str
    clauses: tuple[ClauseView, ...] = ()
    entry: str | None = None
    in_force_for: tuple[str, ...] = ()
    waiting_for: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    reservations: tuple[str, ...] = ()
    binding: str = "adherence"
    survival: str = "keep"
    survival_days: int = 0
    notice_days: int = 0
    languages: tuple[str, ...] = ("en",)
    depositary: str | None = None


def agreement_view(standing: Standing, sha256: str, me: PartyName, now: Instant) -> AgreementView:
    """Give an agreement with its clauses."""
    agreement = standing.agreement
    working = {entry.clause.id: entry for entry in operational(standing, me, now)}
    clauses = []
    for clause in agreement.clauses:
        entry = working.get(clause.id)
        clauses.append(
            ClauseView(
                id=clause.id,
                article=clause.article,
                kind=clause.kind,
                text=said(clause.text),
                works=clause.works,
                operational=entry is not None,
                until=None if entry is None or entry.until is None else iso(entry.until),
            )
        )
    return AgreementView(
        id=agreement.id,
        title=said(agreement.title),
        parties=agreement.parties,
        adhered=tuple(sorted(bound(standing, now))),
        state=state(standing, me, now),
        in_force_from=iso(agreement.in_force_from),
        ended=None if standing.ended is None else iso(standing.ended),
        sha256=sha256,
        clauses=tuple(clauses),
        **_law(standing, now),
    )


class _Law(TypedDict):
    entry: str | None
    in_force_for: tuple[str, ...]
    waiting_for: tuple[str, ...]
    signed: tuple[str, ...]
    left: tuple[str, ...]
    reservations: tuple[str, ...]
    binding: str
    survival: str
    survival_days: int
    notice_days: int
    languages: tuple[str, ...]
    depositary: str | None


def _law(standing: Standing, now: Instant) -> _Law:
    agreement = standing.agreement
    enters = entry_into_force(standing)
    consented = {party for party, _ in standing.adherences}
    return {
        "entry": None if enters is None else iso(enters),
        "in_force_for": tuple(sorted(members(standing, now))),
        "waiting_for": () if enters is not None else tuple(p for p in agreement.parties if p not in consented),
        "signed": tuple(one.party for one in standing.signatures),
        "left": tuple(f"{party} ({iso(at)})" for party, at in standing.left),
        "reservations": tuple(f"{party}: {article}" for party, article in standing.reserved),
        "binding": agreement.binding,
        "survival": agreement.survival,
        "survival_days": 0 if agreement.survival == "keep" else agreement.survival_days,
        "notice_days": agreement.notice_days,
        "languages": agreement.languages,
        "depositary": agreement.depositary,
    }
