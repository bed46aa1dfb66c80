"""Shows an agreement as people need it: its text's heads, who is bound, and what each clause does here."""

import msgspec

from comity.rooms.release.agreements import said
from comity.rooms.release.standing import Standing, bound, operational, state
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
    """An agreement and its standing at this node."""

    id: str
    title: str
    parties: tuple[str, ...]
    adhered: tuple[str, ...]
    state: str
    in_force_from: str
    ended: str | None
    sha256: str
    clauses: tuple[ClauseView, ...] = ()


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
    )
