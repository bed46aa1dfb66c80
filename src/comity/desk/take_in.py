"""Takes in what a person pasted or uploaded, and says before what would become of it.

The trial runs the very steps of taking in, in a transaction that is undone: what it says is what would happen. It also
asks, of the classes that would come, which parties an agreement lets have them; ends and references are not followed.
"""

import io
from collections import Counter
from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.import_items import level_of, moment_of, source_of
from comity.desk.input_forms import InputForms, form_of
from comity.desk.intake import Intake, Kept, Source
from comity.desk.intake_tally import Content, Entering, Fate, TakenIn, Tally, WouldGo
from comity.desk.mail_intake import MailChoice
from comity.desk.node_type import Node
from comity.desk.policy import decide, load_policy
from comity.desk.read_mail import mail_kept
from comity.desk.sequence import settle
from comity.errors import TooLarge, UsageError
from comity.records.facts import facts_of_key
from comity.records.labels import label_of
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


class _Undone(Exception):
    """Ends the trial's transaction so that nothing of it is kept."""


def try_take_in(node: Node, actor: Actor, request: TakeInRequest) -> TakenIn:
    """Say what would become of this content; nothing is kept.

    Raises:
        NotFound: no such party. UsageError: nothing in it, a bad level or time. TooLarge: over the limits of a request.
    """
    source, content = source_for(node, request), read_content(node, request)
    answer: TakenIn | None = None
    now = node.clock()
    try:
        with node.store.write() as tx:
            answer = _kept(node, tx, source, content, now)
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
    source, content = source_for(node, request), read_content(node, request)

    def work(tx: Connection, now: Instant) -> tuple[TakenIn, JsonObject]:
        answer = _kept(node, tx, source, content, now)
        return answer, facts_noted(node, request, answer)

    answer = carry_out(node, actor, "item take-in", request, TakenIn, work)
    settle(node)
    return answer


def facts_noted(node: Node, request: TakeInRequest, answer: TakenIn) -> JsonObject:
    """Give the facts of the audit's line: counts, and no content."""
    facts: JsonObject = {"from": request.source or node.settings.party, "objects": answer.objects}
    return facts | {str(fate): count for fate, count in answer.counts.items()}


def source_for(node: Node, request: TakeInRequest) -> Source:
    """Give the source of this content, and what holds for all of it.

    Raises:
        NotFound: no such party. UsageError: a bad level or time.
    """
    party, embargo = source_of(node, request.source), moment_of(request.embargo_until)
    return Source(party, level_of(node, party, request.default_tlp), plain_name(request.name), embargo)


def read_content(node: Node, request: TakeInRequest) -> Content:
    """Read content as far as it can be; nothing is kept.

    Raises:
        NotFound: no such party or kept mail. UsageError: nothing in it, or more objects than a request may have.
        TooLarge: over the limit of a request.
    """
    settings = node.settings
    body = request.body if request.kept is None else mail_kept(node, request.kept)
    if len(body) > settings.max_content_length:
        raise TooLarge(settings.max_content_length)
    if not body.strip():
        raise UsageError("there is nothing in it that could be taken in")
    party, origin = source_of(node, request.source), plain_name(request.name)
    limits = FILE._replace(object_bytes=settings.max_object_bytes, body_bytes=settings.max_content_length)
    with InputForms(node, party, request.columns, request.mail, request.kept) as forms:
        others = forms.founds_of(origin, body)
        founds = []
        for found in read_objects(io.BytesIO(body), limits) if others is None else others:
            founds.append(found)
            if len(founds) > settings.max_objects_per_request:
                most = settings.max_objects_per_request
                raise UsageError("more than {most} objects: take them in as files", most=most)
    return Content(
        form=form_of(origin, body),
        founds=founds,
        misp_events=forms.misp.events,
        losses=forms.misp.losses,
        lost=tuple(forms.misp.listed),
        left_out=forms.csv.left_out,
    )


def plain_name(name: str) -> str:
    """Give a file's name as one short printable line."""
    return "".join(sign if sign.isprintable() else " " for sign in name)[:120].strip() or "pasted"


def _kept(node: Node, tx: Connection, source: Source, content: Content, now: Instant) -> TakenIn:
    lists = read_warning_lists(node.folder)
    _, tally = keep_part(tx, Intake(node, source), content.founds, begun(tx, content), lists, now)
    return with_readers(tx, tally, now)


def begun(tx: Connection, content: Content) -> Tally:
    """Begin to count what becomes of content."""
    answer = TakenIn(
        form=content.form,
        objects=0,
        counts={},
        entering=(),
        goes_to=(),
        goes_to_nobody=(),
        misp_events=content.misp_events,
        losses=content.losses,
        lost=content.lost,
        left_out=content.left_out,
    )
    return Tally(first_no=keeping.next_numbers(tx, 0), answer=answer)


def keep_part(
    tx: Connection, intake: Intake, founds: list[Found], tally: Tally, lists: WarningIndex | None, now: Instant
) -> tuple[Kept, Tally]:
    """Keep a part of content in the caller's transaction, and count what became of it to the parts before."""
    before = keeping.next_numbers(tx, 0)
    kept = intake.keep(tx, founds, now)
    nos = range(before, kept.last_no + 1) if kept.last_no else range(0)
    new = {row.stix_id: row for no in nos if (row := keeping.held_record(tx, no)) is not None}
    keys = policies.class_keys(tx, {row.class_no for row in new.values()})
    held = keeping.held_under(tx, [id_key(stix_id) for stix_id in new])
    changed = {key for key, rows in held.items() if any(one.no < tally.first_no for one in rows)}
    levels = {i: facts_of_key(keys[r.class_no]).tlp.word for i, r in new.items()}
    room = MOST_LISTED - len(tally.answer.entering)
    entering, counts = _fates(kept, founds, levels, changed, room)
    named = _named(kept, founds, lists)
    answer, classes = tally.answer, Counter(tally.classes)
    classes.update(row.class_no for row in new.values())
    listed = tuple(
        msgspec.structs.replace(one, lists=named[n]) if n in named else one for n, one in enumerate(entering)
    )
    answer = msgspec.structs.replace(
        answer,
        objects=answer.objects + len(founds),
        counts=dict(Counter(answer.counts) + counts),
        entering=answer.entering + listed,
        flagged=answer.flagged + len(named),
    )
    return kept, msgspec.structs.replace(tally, answer=answer, classes=dict(classes))


def with_readers(tx: Connection, tally: Tally, now: Instant) -> TakenIn:
    """Give what became of content, with who may have what is new in it."""
    goes, stays = _readers(tx, tally.classes, policies.class_keys(tx, set(tally.classes)), now)
    return msgspec.structs.replace(tally.answer, goes_to=goes, goes_to_nobody=stays)


def _fates(
    kept: Kept, founds: list[Found], levels: Mapping[str, str], changed: set[bytes], room: int
) -> tuple[tuple[Entering, ...], Counter[Fate]]:
    entering: list[Entering] = []
    counts = Counter[Fate]()
    for found, outcome in zip(founds, kept.outcomes, strict=True):
        fate: Fate = "new"
        if outcome.result in ("duplicate", "quarantined", "upgraded"):
            fate = outcome.result  # type: ignore[assignment]  # one of the three
        if fate in ("new", "upgraded") and id_key(outcome.stix_id) in changed:
            fate = "changed"
        counts[fate] += 1
        if len(entering) < room:
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
    tx: Connection, classes: Mapping[int, int], keys: dict[int, str], now: Instant
) -> tuple[tuple[WouldGo, ...], tuple[str, ...]]:
    policy = load_policy(tx, now)
    goes, stays = [], []
    for party in [row for row in directory.party_rows(tx) if not row.is_self][:MOST_PARTIES]:
        decisions = decide(policy, PartyName(party.name), keys)
        permitted = [no for no in classes if decisions[no].outcome == "permitted"]
        clauses = sorted({clause for no in permitted for clause in decisions[no].clauses})
        if permitted:
            count = sum(classes[no] for no in permitted)
            goes.append(WouldGo(party=party.name, count=count, clauses=tuple(clauses)))
        else:
            stays.append(party.name)
    goes.sort(key=lambda one: (-one.count, one.party))
    return tuple(goes), tuple(stays)
