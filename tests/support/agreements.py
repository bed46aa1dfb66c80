"""Builds agreements, standings and facts for tests, and holds an oracle that decides without Cedar.

The oracle follows docs/guides/agreements.md and shares no code with the rules under test but the structs.
"""

from collections.abc import Iterable

from hypothesis import strategies as st
from msgspec.structs import replace

from comity.records.facts import ClassFacts, category_fact
from comity.records.required import REQUIRED
from comity.rooms.release.agreements import Agreement, read_agreement
from comity.rooms.release.clauses import Clause
from comity.rooms.release.engine import Engine
from comity.rooms.release.standing import OperationalClause, Standing, operational
from comity.values import Instant, PartyName, Tlp, instant

FREE, RURI, NORTH, SYLD = (PartyName(n) for n in ("freedonia-csirt", "ruritania-csirt", "northwind-energy", "syldavia"))
PARTIES = (FREE, RURI, NORTH, SYLD)
NOW = instant("2026-06-01T00:00:00Z")
START = instant("2026-01-01")
TYPES = ("indicator", "malware", "identity", "report", "other")


def an_agreement(clauses: str = "", *, head: str = "", parties: Iterable[str] = (FREE, RURI)) -> Agreement:
    listed = ", ".join(f'"{party}"' for party in parties)
    top = f'id = "free-ruri"\ntitle.en = "Arrangement"\nparties = [{listed}]\nin_force_from = 2026-01-01\n{head}\n'
    return read_agreement((top + clauses).encode())


def a_clause(article: str, kind: str, conditions: str = "") -> str:
    needed = 'tlp_at_most = "amber"\n' if kind in ("share", "forward") and "tlp_at_most" not in conditions else ""
    return f'[[clause]]\narticle = "{article}"\nkind = "{kind}"\n{needed}{conditions}\n'


def in_force(agreement: Agreement, *, adhered: Iterable[PartyName] | None = None) -> Standing:
    parties = agreement.parties if adhered is None else adhered
    return Standing(agreement=agreement, adherences=tuple((party, START) for party in parties))


def an_engine(*standings: Standing, me: PartyName = FREE, now: Instant = NOW) -> Engine:
    return Engine([clause for standing in standings for clause in operational(standing, me, now)], me)


def facts(
    type: str = "indicator",
    *,
    originator: PartyName = FREE,
    received_from: PartyName | None = None,
    tlp: Tlp = Tlp.GREEN,
    classification: int = 0,
    personal: str = "no",
    originator_control: bool = False,
    restricted: bool = False,
    consents: tuple[PartyName, ...] = (),
) -> ClassFacts:
    return ClassFacts(
        originator=originator,
        received_from=received_from or originator,
        type=type,
        category=category_fact(type),
        tlp=tlp,
        classification=classification,
        personal=personal,
        originator_control=originator_control,
        restricted=restricted,
        consents=consents,
    )


# The oracle ---------------------------------------------------------------------------------------------------------


def oracle(
    clauses: Iterable[OperationalClause], me: PartyName, reader: PartyName, f: ClassFacts
) -> tuple[str, set[str], set[str], set[str]]:
    """Give outcome, deciding ids, obligations and dropped properties, in plain words of Python."""
    permits, forbids, duties, drops = set(), set(), set(), set()
    if f.tlp == Tlp.RED:
        forbids.add("handling/tlp-red")
    if f.restricted:
        forbids.add("handling/unknown-restriction")
    if f.originator_control and reader not in f.consents and reader not in (f.originator, f.received_from):
        forbids.add("handling/originator-control")
    for operating in clauses:
        c = operating.clause
        giving = (c.by if c.kind == "forward" else c.from_) or operating.parties
        if me not in giving or reader == me or reader not in (c.to or operating.parties) or not _matches(c, f):
            continue
        if c.kind in ("share", "forward"):
            consented = reader in f.consents and not operating.own_only
            passed_on = f.originator in set(operating.open_from) - {me, reader} and reader != f.received_from
            permits |= {c.id} if (passed_on if c.kind == "forward" else f.originator == me or consented) else set()
        elif c.kind == "withhold":
            forbids.add(c.id)
        elif c.kind == "use_limit":
            duties.add(c.id)
        elif c.kind == "redact":
            drops |= set(c.properties)
    spoiling = {
        c.id
        for c in (o.clause for o in clauses)
        if permits
        and set(c.properties) & REQUIRED.get(f.type, frozenset())
        and me in (c.from_ or PARTIES)
        and reader in (c.to or PARTIES)
        and _matches(c, f)
    }
    forbids = forbids or spoiling
    if forbids:
        return "forbidden", forbids, set(), set()
    return ("permitted", permits, duties, drops) if permits else ("silent", set(), set(), set())


def _matches(c: Clause, f: ClassFacts) -> bool:
    if (c.types and f.type not in c.types) or (c.categories and f.category not in c.categories):
        return False
    if c.kind in ("share", "forward"):
        within = c.tlp_at_most is not None and f.tlp <= c.tlp_at_most and f.classification <= c.classification_at_most
        return within and (c.personal_data is not False or f.personal == "no")
    return (
        (c.tlp_at_least is None or f.tlp >= c.tlp_at_least)
        and (c.classification_at_least is None or f.classification >= c.classification_at_least)
        and (not c.personal_data or f.personal in ("yes", "undetermined"))
        and (not c.originators or f.originator in c.originators)
    )


# Hypothesis ---------------------------------------------------------------------------------------------------------

some_facts = st.builds(
    facts,
    st.sampled_from(TYPES),
    originator=st.sampled_from(PARTIES),
    received_from=st.sampled_from(PARTIES) | st.none(),
    tlp=st.sampled_from(Tlp),
    classification=st.sampled_from((0, 0, 0, 1, 2)),
    personal=st.sampled_from(("no", "no", "yes", "undetermined")),
    originator_control=st.sampled_from((False, False, True)),
    restricted=st.sampled_from((False, False, False, True)),
    consents=st.lists(st.sampled_from(PARTIES), unique=True, max_size=2).map(lambda names: tuple(sorted(names))),
)


def _names(most: int = 3) -> st.SearchStrategy[tuple[PartyName, ...]]:
    return st.lists(st.sampled_from(PARTIES), unique=True, max_size=most).map(tuple)


def clause_of(kinds: Iterable[str]) -> st.SearchStrategy[Clause]:
    """Any clause of these kinds, with an id still to be given."""
    return st.builds(
        Clause,
        id=st.just(""),
        article=st.just(""),
        kind=st.sampled_from(tuple(kinds)),
        from_=_names(2),
        to=_names(),
        by=_names(2),
        types=st.lists(st.sampled_from(TYPES), unique=True, max_size=3).map(tuple),
        categories=st.lists(st.sampled_from(("indicator", "threat", "entity", "other")), unique=True, max_size=1).map(
            tuple
        ),
        originators=_names(1),
        tlp_at_most=st.sampled_from((Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT)),
        tlp_at_least=st.sampled_from((None, None, Tlp.AMBER)),
        classification_at_most=st.sampled_from((0, 1)),
        classification_at_least=st.sampled_from((None, None, 1)),
        personal_data=st.sampled_from((None, None, True, False)),
        properties=st.sampled_from((("description",), ("pattern", "name"))),
    ).map(_without_foreign_conditions)


def _without_foreign_conditions(clause: Clause) -> Clause:
    if clause.kind in ("share", "forward"):
        return replace(clause, originators=(), tlp_at_least=None, classification_at_least=None, properties=())
    return replace(
        clause,
        by=(),
        tlp_at_most=None,
        classification_at_most=0,
        personal_data=clause.personal_data or None,
        properties=clause.properties if clause.kind == "redact" else (),
    )


def numbered(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """Give clauses their articles and ids in an agreement called `a`."""
    return tuple(replace(clause, id=f"a/{i}", article=str(i)) for i, clause in enumerate(clauses))


def standing_with(clauses: Iterable[Clause], adhered: Iterable[PartyName] = PARTIES) -> Standing:
    agreement = Agreement(
        id="a",
        title=(("en", "Any"),),
        parties=PARTIES,
        form="arrangement",
        in_force_from=START,
        clauses=numbered(clauses),
    )
    return in_force(agreement, adhered=adhered)


WORKING = ("share", "share", "forward", "withhold", "use_limit", "redact")
some_clauses = st.lists(clause_of(WORKING), max_size=7)
some_adherents = st.one_of(st.just(PARTIES), st.lists(st.sampled_from(PARTIES), unique=True).map(tuple))
