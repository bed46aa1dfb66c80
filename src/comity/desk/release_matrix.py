"""Shows what flows to whom: parties by kinds of content, each cell with its counts and the clause that decides most."""

from collections import Counter, defaultdict
from collections.abc import Mapping

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.policy import Policy, decide, load_policy
from comity.desk.release_columns import ALL_COLUMNS, chosen, column_of
from comity.rooms.release.engine import Decision
from comity.stores import delivering, directory, policies
from comity.stores.directory import PartyRow
from comity.values import PartyName, iso_or_none

MOST_ROWS = 100


class ReleaseMatrixRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the matrix: the parties after a short name. `tlp`: only what bears this level, as a word."""

    tlp: str | None = None
    after: str = ""
    limit: int = msgspec.field(default=25)


class ReleaseColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of content and how many live items of it are held."""

    name: str
    held: int


class ReleaseCell(msgspec.Struct, frozen=True, kw_only=True):
    """What one party may have of one column.

    `goes` of `held` items are permitted, `redacted` of them less some properties; `along` more go with objects that
    name them and not by themselves. `clauses` decide on the most items among those that the outcome is about, until
    `until` if that has an end.
    """

    column: str
    held: int
    goes: int
    redacted: int
    along: int
    clauses: tuple[str, ...]
    until: str | None = None


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One party. `reads`: it has credentials; without them nothing goes whatever is permitted."""

    party: str
    title: str
    kind: str
    reads: bool
    cells: tuple[ReleaseCell, ...]


class ReleaseMatrix(msgspec.Struct, frozen=True, kw_only=True):
    """Columns that hold anything, and a row a party, by short name. `after` asks for the next page; None ends.

    `counted_at`: when the items were counted, if that was not just now.
    """

    items: int
    columns: tuple[ReleaseColumn, ...]
    rows: tuple[ReleaseRow, ...]
    after: str | None = None
    counted_at: str | None = None


def release_matrix(node: Node, actor: Actor, request: ReleaseMatrixRequest) -> ReleaseMatrix:
    """Lay out what each party may have by class; gates and ends are a matter of each item.

    Raises:
        UsageError: no such level.
    """
    limit, now = max(1, min(request.limit, MOST_ROWS)), node.clock()
    with node.store.read() as tx:
        others = [row for row in directory.party_rows(tx) if not row.is_self and row.name > request.after]
        policy = load_policy(tx, now)
        counts, at = node.store.tallies.of(policies.CLASS_COUNTS, now, lambda: policies.class_counts(tx))
        keys = policies.class_keys(tx, counts)
        readers = set(delivering.readers_of(tx))
    column = {no: column_of(facts) for no, facts in chosen(keys, None, request.tlp).items()}
    asked = {no: keys[no] for no in column}
    held: Counter[str] = Counter()
    for no, name in column.items():
        held[name] += counts[no]
    shown = [name for name in ALL_COLUMNS if held[name]]
    return ReleaseMatrix(
        items=held.total(),
        columns=tuple(ReleaseColumn(name=name, held=held[name]) for name in shown),
        rows=tuple(_row(policy, row, row.no in readers, shown, column, asked, counts) for row in others[:limit]),
        after=others[limit - 1].name if len(others) > limit else None,
        counted_at=iso_or_none(at),
    )


def _row(
    policy: Policy,
    party: PartyRow,
    reads: bool,
    shown: list[str],
    column: Mapping[int, str],
    keys: Mapping[int, str],
    counts: Mapping[int, int],
) -> ReleaseRow:
    ruled = decide(policy, PartyName(party.name), keys)
    by_column: dict[str, list[tuple[Decision, int]]] = defaultdict(list)
    for no, decision in ruled.items():
        by_column[column[no]].append((decision, counts[no]))
    cells = tuple(_cell(name, by_column[name]) for name in shown)
    return ReleaseRow(party=party.name, title=party.title, kind=party.kind, reads=reads, cells=cells)


def _cell(name: str, ruled: list[tuple[Decision, int]]) -> ReleaseCell:
    goes = [(decision, count) for decision, count in ruled if decision.outcome == "permitted"]
    deciding: Counter[tuple[str, ...]] = Counter()
    for decision, count in goes or ruled:
        deciding[decision.clauses] += count
    clauses = min(deciding, key=lambda one: (-deciding[one], one))
    ends = [until for decision, _ in goes if decision.clauses == clauses and (until := decision.valid_until)]
    return ReleaseCell(
        column=name,
        held=sum(count for _, count in ruled),
        goes=sum(count for _, count in goes),
        redacted=sum(count for decision, count in goes if decision.redact),
        along=sum(count for decision, count in ruled if decision.companion and decision.outcome != "permitted"),
        clauses=clauses,
        until=iso_or_none(min(ends, default=None)),
    )
