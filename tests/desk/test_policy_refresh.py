"""Holds a refresh, which asks only what a change can touch, against deciding everything anew."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from comity.desk import policy
from comity.desk.gates import all_of, gate_until
from comity.desk.node_type import Node
from comity.desk.policy import BASIS, clauses_of, decode, refresh, standings_of
from comity.records.facts import ClassFacts, category_fact, facts_of_key
from comity.rooms.release.engine import Engine
from comity.stores import consenting, directory, keeping, policies
from comity.stores.delivering import readers_of
from comity.values import Instant, PartyName, Tlp, instant
from tests.support.desks import freedonia

FREE, RURI, NORTH = (PartyName(name) for name in ("freedonia-csirt", "ruritania-csirt", "northwind-energy"))
PARTIES = (FREE, RURI, NORTH)
DAYS = [f"2031-0{month}-15" for month in range(1, 8)]
CLASSES = [
    ClassFacts(
        originator=originator,
        received_from=originator,
        type=kind,
        category=category_fact(kind),
        tlp=tlp,
        personal=personal,
        originator_control=control,
        consents=consents,
    ).key
    for originator, control, consents in ((FREE, False, ()), (FREE, True, (RURI,)), (NORTH, False, (RURI,)))
    for kind in ("indicator", "malware", "identity")
    for tlp in (Tlp.CLEAR, Tlp.AMBER)
    for personal in ("no", "yes")
]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with freedonia(tmp_path_factory.mktemp("refresh")) as made:
        with made.store.write() as tx:
            numbers = sorted(keeping.class_numbers(tx, CLASSES).values())
            policies.gate_numbers(tx, [all_of([no]) for no in numbers] + [all_of(numbers[i::7]) for i in range(7)])
            for party in directory.party_rows(tx):
                if not party.is_self:
                    directory.add_view(tx, party.no, f"view-{party.no}", f"inbox-{party.no}")
        yield made


def some(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True).map(str).map(
        lambda listed: listed.replace("'", '"')
    )  # fmt: skip


maybe_dates = st.sampled_from(["", "", "starts", "ends"]).flatmap(
    lambda key: st.sampled_from(DAYS).map(lambda day: f"{key} = {day}\n" if key else "")
)
WORDS = {
    "share": 'tlp_at_most = "amber"\n',
    "forward": 'tlp_at_most = "green"\n',
    "withhold": 'tlp_at_least = "amber"\n',
    "use_limit": 'purpose = "defence"\n',
    "redact": 'properties = ["description", "pattern"]\n',
}
clause_texts = st.builds(
    lambda kind, to, types, dates: f'kind = "{kind}"\n{WORDS[kind]}{to}{types}{dates}',
    st.sampled_from(["share", "share", *WORDS]),
    st.just("") | some(PARTIES).map(lambda names: f"to = {names}\n"),
    st.just("") | some(("indicator", "malware", "identity")).map(lambda kinds: f"types = {kinds}\n"),
    maybe_dates,
)
changes = st.one_of(
    st.tuples(st.just("add"), st.lists(clause_texts, min_size=1, max_size=4), st.sampled_from(["", *DAYS[2:]])),
    st.tuples(st.just("adhere"), st.integers(0, 3), st.sampled_from(PARTIES), st.sampled_from(DAYS)),
    st.tuples(st.just("end"), st.integers(0, 3), st.sampled_from(DAYS)),
    st.tuples(st.just("wait"), st.sampled_from(DAYS)),
    st.tuples(st.just("restart")),
    st.tuples(st.just("upgrade")),
)


class Undone(Exception):
    """Ends a transaction without a trace."""


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(changes, min_size=3, max_size=8))
def test_a_refresh_leaves_what_deciding_everything_anew_would(node: Node, story: list[tuple[object, ...]]) -> None:
    with pytest.raises(Undone), node.store.write() as tx:
        now = instant(DAYS[0])
        refresh(node.store, tx, now, whole=readers_of(tx))
        for change in story:
            now = tell(tx, change, now)
            refresh(node.store, tx, now)
            check(tx, now)
        raise Undone


def tell(tx: Connection, change: tuple[object, ...], now: Instant) -> Instant:
    held = policies.held_agreements(tx)
    match change:
        case ("add", [*clauses], until):
            add(tx, f"a{len(held)}", [str(clause) for clause in clauses], str(until), now)
        case ("adhere", int(which), str(party), str(day)) if which < len(held):
            if party not in _adhered(tx, held[which].id):
                consenting.adhere(tx, held[which].id, party, instant(day), 1)
        case ("end", int(which), str(day)) if which < len(held):
            policies.end_agreement(tx, held[which].id, instant(day))
        case ("wait", str(day)):
            return max(now, instant(day))
        case ("restart",):
            policy._engine.cache_clear()
            policy._read.cache_clear()
        case ("upgrade",):
            policies.set_fact(tx, BASIS, "[0,[]]")
    return now


def add(tx: Connection, name: str, clauses: list[str], until: str, now: Instant) -> None:
    head = f'id = "{name}"\ntitle.en = "T"\nparties = ["{FREE}", "{RURI}", "{NORTH}"]\nin_force_from = 2031-01-01\n'
    dated = f"in_force_until = {until}\n" if until else ""
    listed = [f'[[clause]]\narticle = "{number}"\n{text}' for number, text in enumerate(clauses)]
    policies.add_agreement(tx, name, "0" * 64, (head + dated + "".join(listed)).encode(), now)
    consenting.adhere(tx, name, FREE, instant(DAYS[0]), 1)


def check(tx: Connection, now: Instant) -> None:
    """Compare every decision and every gate, and let the sequencer's part be done: what is permitted is placed."""
    fresh = Engine(clauses_of(standings_of(tx), FREE, now), FREE)
    keys, gates = policies.class_keys(tx), policies.all_gates(tx)
    names = {party.no: PartyName(party.name) for party in directory.party_rows(tx)}
    for reader_no in readers_of(tx):
        held = policies.decisions_of(tx, reader_no)
        expected = {no: fresh.decide(names[reader_no], facts_of_key(key)) for no, key in keys.items()}
        assert {no: decode(row.decision) for no, row in held.items()} == expected
        until = {no: gate_until(key, expected, gates) for no, key in gates.items()}
        assert policies.opened(tx, reader_no) == {no: end for no, end in until.items() if end is not None}
        permitted = [no for no, decision in expected.items() if decision.outcome == "permitted"]
        assert {no for no, row in held.items() if row.placed} <= set(permitted)
        policies.note_placed(tx, reader_no, permitted)


def test_what_has_stopped_and_flows_again_is_to_be_placed_again(node: Node) -> None:
    with pytest.raises(Undone), node.store.write() as tx:
        refresh(node.store, tx, instant(DAYS[0]), whole=readers_of(tx))
        add(tx, "a", [f'kind = "share"\n{WORDS["share"]}ends = {DAYS[2]}\n'], "", instant(DAYS[0]))
        refresh(node.store, tx, instant(DAYS[0]))
        check(tx, instant(DAYS[0]))
        reader_no = readers_of(tx)[0]
        assert any(row.placed for row in policies.decisions_of(tx, reader_no).values())

        refresh(node.store, tx, instant(DAYS[2]))
        assert not policies.opened(tx, reader_no)
        assert not any(row.placed for row in policies.decisions_of(tx, reader_no).values())

        add(tx, "b", [f'kind = "share"\n{WORDS["share"]}'], "", instant(DAYS[2]))
        refresh(node.store, tx, instant(DAYS[2]))
        assert policies.opened(tx, reader_no)
        assert not any(row.placed for row in policies.decisions_of(tx, reader_no).values())
        raise Undone


def test_a_change_that_concerns_nobody_else_leaves_others_as_they_were(node: Node) -> None:
    with pytest.raises(Undone), node.store.write() as tx:
        now = instant(DAYS[0])
        refresh(node.store, tx, now, whole=readers_of(tx))
        names = {PartyName(party.name): party.no for party in directory.party_rows(tx)}
        before = policies.decisions_of(tx, names[NORTH])

        add(tx, "a", [f'kind = "share"\n{WORDS["share"]}to = ["{RURI}"]\n'], "", now)
        version = refresh(node.store, tx, now).version

        assert policies.decisions_of(tx, names[NORTH]) == before
        changed = policies.decisions_of(tx, names[RURI]).values()
        assert {row.policy_version for row in changed if decode(row.decision).outcome == "permitted"} == {version}
        raise Undone


def _adhered(tx: Connection, agreement_id: str) -> dict[str, int]:
    became = consenting.consents_of(tx).get(agreement_id)
    return {} if became is None else became.adhered
