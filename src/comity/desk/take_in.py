"""Takes in what a person pasted or uploaded, and says before what would become of it.

The trial runs the very steps of taking in, in a transaction that is undone: what it says is what would happen. It also
asks, of the classes that would come, which parties an agreement lets have them; ends and references are not followed.
"""

import io
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.import_items import level_of, moment_of, source_of
from comity.desk.input_forms import Form, InputForms, form_of
from comity.desk.intake import Intake, Kept, Source
from comity.desk.mail_intake import MailChoice
from comity.desk.node_type import Node
from comity.desk.policy import decide, load_policy
from comity.desk.read_mail import mail_kept
from comity.desk.sequence import settle
from comity.errors import TooLarge, UsageError
from comity.records.facts import facts_of_key
from comity.records.labels import label_of
from comity.records.misp import Loss
from comity.records.search_values import search_values
from comity.records.strict_json import read_object
from comity.records.table_columns import Columns
from comity.records.warning_lists import WarningIndex
from comity.stores import directory, keeping, policies
from comity.values import Instant, JsonObject, PartyName, id_key
from comity.wire.bundles import FILE, Found, read_objects
from comity.wire.warning_files import read_warning_lists

MOST_LISTED = 200
MOST_PARTIES = 200
Fate = Literal["new", "changed", "upgraded", "duplicate", "quarantined"]


class TakeInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Content as bytes, and what holds for all of it; see `ImportItemsRequest`. `name` is a file's.

    By its name and beginning it is STIX, events of MISP, a table of indicators, or a mail. `columns`: what the table's
    columns are; guessed if nothing is said. `mail`: what is taken out of the mail; `kept`: its id,
    if it is kept already, in place of the content.
    """

    body: bytes = b""
    name: str = "pasted"
    kept: str | None = None
    columns: Columns | None = None
    mail: MailChoice | None = None
    default_tlp: str | None = None
    source: str | None = None
    embargo_until: str | None = None
    idempotency_key: str | None = None


class Entering(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one object. `changed`: another version or content of an id that is held.

    `lists`: the warning lists that name something in it; likely false positives. What is held already has none.
    """

    fate: Fate
    id: str
    label: str
    tlp: str = ""
    reason: str = ""
    path: str = ""
    lists: tuple[str, ...] = ()


class WouldGo(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the new objects an agreement lets a party have, and under which clauses; by their class alone."""

    party: str
    count: int
    clauses: tuple[str, ...]


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """The counts add up to `objects`; the first objects and parties are listed, those that get most first.

    `losses` counts what STIX does not say of the events of MISP that were read; the first hundred are listed.
    `left_out`: a table's columns that were not taken, by their heads. `flagged` counts what warning lists name.
    """

    form: Form = "stix"

    objects: int
    counts: dict[Fate, int]
    entering: tuple[Entering, ...]
    goes_to: tuple[WouldGo, ...]
    goes_to_nobody: tuple[str, ...]
    misp_events: int = 0
    losses: int = 0
    lost: tuple[Loss, ...] = ()
    left_out: tuple[str, ...] = ()
    flagged: int = 0


class _Read(NamedTuple):
    """What was read of content before anything of it is kept."""

    form: Form
    intake: Intake
    founds: list[Found]
    forms: InputForms
    lists: WarningIndex | None


class _Undone(Exception):
    """Ends the trial's transaction so that nothing of it is kept."""


def try_take_in(node: Node, actor: Actor, request: TakeInRequest) -> TakenIn:
    """Say what would become of this content; nothing is kept.

    Raises:
        NotFound: no such party. UsageError: nothing in it, a bad level or time. TooLarge: over the limits of a request.
    """
    read = _ready(node, request)
    answer: TakenIn | None = None
    now = node.clock()
    try:
        with node.store.write() as tx:
            answer = _kept(tx, request, read, now)
            raise _Undone
    except _Undone:
        pass
    if answer is None:
        raise UsageError("there is nothing in it that could be taken in")
    return answer


def take_in(node: Node, actor: Actor, request: TakeInRequest) -> TakenIn:
    """Keep what is in this content, in one transaction.

    Raises:
        NotFound: no such party. UsageError: nothing in it, a bad level or time. TooLarge: over the limits of a request.
    """
    read = _ready(node, request)

    def work(tx: Connection, now: Instant) -> tuple[TakenIn, JsonObject]:
        answer = _kept(tx, request, read, now)
        facts: JsonObject = {"from": request.source or node.settings.party, "objects": answer.objects}
        return answer, facts | {str(fate): count for fate, count in answer.counts.items()}

    answer = carry_out(node, actor, "item take-in", request, TakenIn, work)
    settle(node)
    return answer


def _ready(node: Node, request: TakeInRequest) -> _Read:
    settings = node.settings
    body = request.body if request.kept is None else mail_kept(node, request.kept)
    if len(body) > settings.max_content_length:
        raise TooLarge(settings.max_content_length)
    if not body.strip():
        raise UsageError("there is nothing in it that could be taken in")
    party = source_of(node, request.source)
    embargo = moment_of(request.embargo_until)
    source = Source(party, level_of(node, party, request.default_tlp), plain_name(request.name), embargo)
    limits = FILE._replace(object_bytes=settings.max_object_bytes, body_bytes=settings.max_content_length)
    with InputForms(node, party, request.columns, request.mail, request.kept) as forms:
        others = forms.founds_of(source.origin, body)
        founds = []
        for found in read_objects(io.BytesIO(body), limits) if others is None else others:
            founds.append(found)
            if len(founds) > settings.max_objects_per_request:
                most = settings.max_objects_per_request
                raise UsageError("more than {most} objects: take them in as files", most=most)
    lists = read_warning_lists(node.folder)
    return _Read(form_of(source.origin, body), Intake(node, source), founds, forms, lists)


def plain_name(name: str) -> str:
    """Give a file's name as one short printable line."""
    return "".join(sign if sign.isprintable() else " " for sign in name)[:120].strip() or "pasted"


def _kept(tx: Connection, request: TakeInRequest, read: _Read, now: Instant) -> TakenIn:
    before, founds = keeping.next_numbers(tx, 0), read.founds
    kept = read.intake.keep(tx, founds, now)
    nos = range(before, kept.last_no + 1) if kept.last_no else range(0)
    new = {row.stix_id: row for no in nos if (row := keeping.held_record(tx, no)) is not None}
    keys = policies.class_keys(tx, {row.class_no for row in new.values()})
    held = keeping.held_under(tx, [id_key(stix_id) for stix_id in new])
    first = nos.start
    changed = {key for key, rows in held.items() if any(one.no < first for one in rows)}
    levels = {i: facts_of_key(keys[r.class_no]).tlp.word for i, r in new.items()}
    entering, counts = _fates(kept, founds, levels, changed)
    named = _named(kept, founds, read.lists)
    goes, stays = _readers(tx, [row.class_no for row in new.values()], keys, now)
    misp = read.forms.misp
    return TakenIn(
        form=read.form,
        objects=len(founds),
        counts=counts,
        entering=tuple(
            msgspec.structs.replace(one, lists=named[n]) if n in named else one for n, one in enumerate(entering)
        ),
        goes_to=goes,
        goes_to_nobody=stays,
        misp_events=misp.events,
        losses=misp.losses,
        lost=tuple(misp.listed),
        left_out=read.forms.csv.left_out,
        flagged=len(named),
    )


def _fates(
    kept: Kept, founds: list[Found], levels: Mapping[str, str], changed: set[bytes]
) -> tuple[tuple[Entering, ...], dict[Fate, int]]:
    entering: list[Entering] = []
    counts: dict[Fate, int] = {}
    for found, outcome in zip(founds, kept.outcomes, strict=True):
        fate: Fate = "new"
        if outcome.result in ("duplicate", "quarantined", "upgraded"):
            fate = outcome.result  # type: ignore[assignment]  # one of the three
        if fate in ("new", "upgraded") and id_key(outcome.stix_id) in changed:
            fate = "changed"
        counts[fate] = counts.get(fate, 0) + 1
        if len(entering) < MOST_LISTED:
            entering.append(
                Entering(
                    fate=fate,
                    id=outcome.stix_id,
                    label=label_of(found.body) if found.body else _beginning(found.excerpt),
                    tlp=levels.get(outcome.stix_id, "") if fate != "quarantined" else "",
                    reason=outcome.reason,
                    path=outcome.path,
                )
            )
    return tuple(entering), counts


def _named(kept: Kept, founds: list[Found], lists: WarningIndex | None) -> dict[int, tuple[str, ...]]:
    """Give the warning lists that name something in what is new, by its place."""
    named: dict[int, tuple[str, ...]] = {}
    for n, (found, outcome) in enumerate(zip(founds, kept.outcomes, strict=True)):
        if lists is not None and found.body is not None and outcome.result in ("new", "upgraded"):
            naming = lists.naming(search_values(read_object(found.body)))
            if naming:
                named[n] = naming
    return named


def _beginning(excerpt: bytes) -> str:
    """Give the beginning of what could not be read, as one line."""
    return "".join(sign if sign.isprintable() else " " for sign in excerpt.decode("utf-8", "replace")[:120]).strip()


def _readers(
    tx: Connection, class_nos: list[int], keys: dict[int, str], now: Instant
) -> tuple[tuple[WouldGo, ...], tuple[str, ...]]:
    policy = load_policy(tx, now)
    goes, stays = [], []
    for party in [row for row in directory.party_rows(tx) if not row.is_self][:MOST_PARTIES]:
        decisions = decide(policy, PartyName(party.name), keys)
        permitted = [no for no in class_nos if decisions[no].outcome == "permitted"]
        clauses = sorted({clause for no in set(permitted) for clause in decisions[no].clauses})
        if permitted:
            goes.append(WouldGo(party=party.name, count=len(permitted), clauses=tuple(clauses)))
        else:
            stays.append(party.name)
    goes.sort(key=lambda one: (-one.count, one.party))
    return tuple(goes), tuple(stays)
