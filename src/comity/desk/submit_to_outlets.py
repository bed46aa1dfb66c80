"""Submits to other parties' collections what those parties may have, and asks what became of it.

One outlet that fails is noted, tried later, and holds up no other. Two runs never work on one outlet at once.
"""

from collections.abc import Sequence

import msgspec

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.far_collections import try_again_at
from comity.desk.node_type import Node
from comity.desk.outlet_lines import Resting, has_news
from comity.desk.outlet_run import LEASE_MS, OutletRun, Told
from comity.desk.outlets import line_to_outlet, outlets_of
from comity.desk.tls_pins import key_watched
from comity.desk.verb import Report, no_report
from comity.errors import Busy, ComityError, NotPermitted, StoreError
from comity.stores import outlets, submitting
from comity.stores.outlets import NamedOutlet
from comity.values import Instant

LARGEST_REQUEST = 8 << 20
USUAL_REQUEST = 1 << 20  # where the server does not say what it takes
_REST_MS = 1_000


class SubmitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Submits to one party, or to all; `due_only`: those alone whose time has come."""

    party: str | None = None
    due_only: bool = False


class OutletSubmitted(msgspec.Struct, frozen=True, kw_only=True):
    """What went to one outlet, and what became known in this run, by objects. `error` is empty if all went well."""

    party: str
    url: str
    sent: int = 0
    taken: int = 0
    failed: int = 0
    unknown: int = 0
    pending: int = 0
    error: str = ""
    code: str = ""


class Submissions(msgspec.Struct, frozen=True, kw_only=True):
    """What went to each outlet."""

    outlets: tuple[OutletSubmitted, ...]


def submit_to_outlets(node: Node, actor: Actor, request: SubmitRequest, *, progress: Report = no_report) -> Submissions:
    """Submit to each outlet all that is new for its party. A paused one gets nothing.

    Raises:
        NotFound: nothing is submitted to the party named. NotPermitted: the role may not. StoreError: nothing can be
        kept.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("outlet submit is not open to the role {role}", role=actor.role)
    due = [
        named
        for named in outlets_of(node, request.party)
        if not named.row.paused and not (request.due_only and named.row.due_ms > node.clock())
    ]
    return Submissions(outlets=tuple(_submitted(node, actor, one, progress, request) for one in due))


def outlets_due(rows: Sequence[NamedOutlet], now: Instant) -> bool:
    """Is there an outlet whose time has come?"""
    return any(not named.row.paused and named.row.due_ms <= now for named in rows)


def _submitted(
    node: Node, actor: Actor, named: NamedOutlet, progress: Report, request: SubmitRequest
) -> OutletSubmitted:
    with node.store.write() as tx:
        if not outlets.claim(tx, named.row.no, node.clock(), LEASE_MS):
            busy = Busy("another command submits there just now")
            return OutletSubmitted(party=named.party, url=named.row.url, error=str(busy), code=busy.code)
    run: OutletRun | None = None
    error: ComityError | None = None
    rests = False
    try:
        if _has_work(node, named):
            with key_watched(node, named.row.party_no), line_to_outlet(node, named) as client:
                most_bytes = min(client.most_bytes(named.row.url) or USUAL_REQUEST, LARGEST_REQUEST)
                run = OutletRun(node, named, client, most_bytes, progress, ask_all=not request.due_only)
                run.go()
    except Resting:
        rests = True
    except StoreError:
        raise  # no server's fault, and no other would fare better
    except ComityError as exc:
        error = exc
    except BaseException:  # the command is stopped: what went is noted, and the next may go on at once
        _let_go(node, named, node.clock())
        raise
    told = run.told if run is not None else Told()
    _note(node, actor, named, told, error, goes_on=rests or (run is not None and run.is_cut))
    return OutletSubmitted(
        party=named.party,
        url=named.row.url,
        **msgspec.structs.asdict(told),
        error="" if error is None else str(error),
        code="" if error is None else error.code,
    )


def _has_work(node: Node, named: NamedOutlet) -> bool:
    with node.store.read() as tx:
        return bool(submitting.batches_of(tx, named.row.no)) or has_news(node, tx, named, node.clock())


def _let_go(node: Node, named: NamedOutlet, due: Instant) -> None:
    with node.store.write() as tx:
        outlets.let_go(tx, named.row.no, due)


def _note(
    node: Node, actor: Actor, named: NamedOutlet, told: Told, error: ComityError | None, *, goes_on: bool
) -> None:
    """Note how it went, and when to go on."""
    now, no = node.clock(), named.row.no
    every_ms = node.settings.sync_every_s * 1000
    with node.store.write() as tx:
        if error is not None:
            outlets.note_failure(tx, no, str(error), now, try_again_at(node, named.row.failures, error, now))
        elif goes_on:
            outlets.let_go(tx, no, Instant(now + _REST_MS))
        else:
            pending = [one.due_ms for one in submitting.batches_of(tx, no) if one.status_url is not None]
            outlets.note_success(tx, no, now, Instant(min([now + every_ms, *pending])))
        if told.sent or told.taken or told.unknown or error is not None:
            facts = {"party": named.party, **msgspec.structs.asdict(told), "error": error.code if error else None}
            note(tx, actor, "outlet submit", facts, now)
