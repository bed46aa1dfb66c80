"""Takes files of STIX, of MISP and of tables in, as coming from the node's own party or from another that is named."""

import gc
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.add_party import default_level
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.input_batches import Batch, Bounds, cut, found_in
from comity.desk.input_forms import InputForms
from comity.desk.intake import Intake, Kept, Source
from comity.desk.meanwhile import Meanwhile
from comity.desk.node_type import Node
from comity.desk.quiet import collector_resting
from comity.desk.reading_ahead import Ahead, ReadingAhead
from comity.desk.sequence import Sequencer, settle
from comity.desk.verb import Progress, Report, no_report
from comity.errors import ComityError, NotFound, NotPermitted, UsageError
from comity.records.misp import Loss
from comity.records.search_values import search_values
from comity.records.strict_json import read_object
from comity.records.table_columns import Columns
from comity.records.warning_lists import WarningIndex
from comity.stores import directory
from comity.stores.directory import PartyRow
from comity.values import Instant, Tlp, instant
from comity.wire.bundles import FILE, find_files
from comity.wire.warning_files import read_warning_lists

BATCH_OBJECTS = 5_000
BATCH_BYTES = 16 * 1024 * 1024
_COLLECTED_EVERY = 16  # batches


class ImportItemsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Files or folders on the node's machine.

    `default_tlp`: what unmarked objects count as, never clear. `source`: the party they came from, by short name.
    `embargo_until`: an instant before which none of it is released. `columns`: what the columns of `.csv` files are;
    guessed for each if nothing is said.
    """

    paths: tuple[str, ...]
    default_tlp: str | None = None
    source: str | None = None
    embargo_until: str | None = None
    columns: Columns | None = None


class FileRefused(msgspec.Struct, frozen=True, kw_only=True):
    """An object that was quarantined, and why; the first hundred are listed."""

    file: str
    path: str
    reason: str
    id: str = ""


class Flagged(msgspec.Struct, frozen=True, kw_only=True):
    """A new object that warning lists name; the first hundred are listed."""

    id: str
    lists: tuple[str, ...]


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The counts add up: objects = new + upgraded + duplicate + quarantined.

    `upgraded` are new STIX 2.0 objects: kept as they came, served as 2.1. `kept_through` is the last record number
    that is durable and placed before readers. Of `misp_events` that were read, `losses` counts what STIX does not say;
    the first hundred are listed. `flagged` counts the new objects that a warning list names: likely false positives.
    `left_out`: columns of tables that were not taken, by their heads.
    """

    objects: int = 0
    new: int = 0
    duplicate: int = 0
    upgraded: int = 0
    quarantined: int = 0
    kept_through: int = 0
    quarantine: tuple[FileRefused, ...] = ()
    misp_events: int = 0
    losses: int = 0
    lost: tuple[Loss, ...] = ()
    flagged: int = 0
    flags: tuple[Flagged, ...] = ()
    left_out: tuple[str, ...] = ()


MOST_LISTED = 100


def import_items(
    node: Node, actor: Actor, request: ImportItemsRequest, *, progress: Report = no_report
) -> ImportAnswer:
    """Keep every object of these files; each batch is durable and placed before the next is kept.

    Where the input cannot be read on, what came before is kept, and the error follows.

    Raises:
        NotFound: no such party. UsageError: no such path, a bad level or time. NotPermitted: the role may not.
    """
    if actor.role not in ADMINISTRATING and actor.role != "submitter":
        raise NotPermitted("item import is not open to the role {role}", role=actor.role)
    files = find_files(map(Path, request.paths))
    party = source_of(node, request.source)
    level = level_of(node, party, request.default_tlp)
    embargo = moment_of(request.embargo_until)
    limits = FILE._replace(object_bytes=node.settings.file_max_object_bytes, body_bytes=node.settings.file_max_bytes)
    answer, total = ImportAnswer(), sum(file.stat().st_size for file in files)
    intake = Intake(node, Source(party, level, "import", None if embargo is None else int(embargo)))
    lists = read_warning_lists(node.folder)
    ahead = ReadingAhead(node.catalogue.personal_rules, total)
    error: ComityError | None = None
    sequencer = Sequencer(node)
    with InputForms(node, party, request.columns) as forms:
        objects = found_in(files, limits, forms.founds)
        batches = ahead.batches(cut(objects, Bounds(BATCH_OBJECTS, BATCH_BYTES)))
        # The collector rests for as long as all this takes: what a batch builds goes with it.
        with node.beside(1) as beside, closing(batches), Meanwhile(batches, beside) as coming, collector_resting():
            # What others write to, we may wait for, and not only as long as a disk takes.
            begin = coming.begin if all(file.is_file() for file in files) else None
            for number, (batch, seen) in enumerate(iter(coming.next, None), 1):
                kept = sequencer.keep(partial(_kept, intake, batch, seen, ahead), begin)
                answer = _counted(answer, batch, kept, lists)
                done, through = min(batch.through, total), answer.kept_through
                progress(Progress(done=done, total=total, unit="bytes", phase="keeping", kept_through=through))
                error = batch.error
                if number % _COLLECTED_EVERY == 0:  # it walks over all that is alive: the batch, and the next
                    gc.collect(0)
    misp = forms.misp
    answer = msgspec.structs.replace(
        answer, misp_events=misp.events, losses=misp.losses, lost=tuple(misp.listed), left_out=forms.csv.left_out
    )
    _note(node, actor, request, answer)
    progress(Progress(done=total, total=total, unit="bytes", phase="placing", kept_through=answer.kept_through))
    settle(node)
    if error is not None:
        raise error
    return answer


def _kept(
    intake: Intake,
    batch: Batch,
    seen: Ahead,
    ahead: ReadingAhead,
    tx: Connection,
    now: Instant,
) -> Kept:
    kept = intake.keep(tx, batch.founds, now, ahead=seen)
    ahead.is_new = 2 * sum(outcome.result == "duplicate" for outcome in kept.outcomes) < len(kept.outcomes)
    return kept


def _counted(answer: ImportAnswer, batch: Batch, kept: Kept, lists: WarningIndex | None) -> ImportAnswer:
    counts = dict.fromkeys(("new", "upgraded", "duplicate", "quarantined"), 0)
    refused, flagged = list(answer.quarantine), list(answer.flags)
    named = 0
    for file, found, outcome in zip(batch.files, batch.founds, kept.outcomes, strict=True):
        counts[outcome.result] += 1
        if lists is not None and found.body is not None and outcome.result in ("new", "upgraded"):
            naming = lists.naming(search_values(read_object(found.body)))
            named += bool(naming)
            if naming and len(flagged) < MOST_LISTED:
                flagged.append(Flagged(id=outcome.stix_id, lists=naming))
        if outcome.result == "quarantined" and len(refused) < MOST_LISTED:
            refused.append(FileRefused(file=file, path=outcome.path, reason=outcome.reason, id=outcome.stix_id))
    return msgspec.structs.replace(
        answer,
        flagged=answer.flagged + named,
        flags=tuple(flagged[:MOST_LISTED]),
        objects=answer.objects + len(batch.founds),
        new=answer.new + counts["new"],
        duplicate=answer.duplicate + counts["duplicate"],
        upgraded=answer.upgraded + counts["upgraded"],
        quarantined=answer.quarantined + counts["quarantined"],
        kept_through=max(answer.kept_through, kept.last_no),
        quarantine=tuple(refused),
    )


def source_of(node: Node, name: str | None) -> PartyRow:
    """Give the party that content comes from: the one named, else the node's own.

    Raises:
        NotFound: no such party.
    """
    with node.store.read() as tx:
        party = directory.party_named(tx, name or node.settings.party)
    if party is None:
        raise NotFound("no party {name}: add it first", name=name)
    return party


def level_of(node: Node, party: PartyRow, word: str | None) -> Tlp:
    """Give what unmarked objects count as: what is said now, else what the source states, else most restrictive."""
    level = default_level(word)
    if level is not None:
        return level
    if party.default_tlp is not None:
        return Tlp(party.default_tlp)
    return Tlp.of(node.settings.default_tlp) if party.is_self else Tlp.RED


def moment_of(text: str | None) -> int | None:
    """Read an embargo, in milliseconds.

    Raises:
        UsageError: it is no time.
    """
    if text is None:
        return None
    try:
        return int(instant(text))
    except ValueError as exc:
        raise UsageError("not a time with its zone, or a date: {text}", text=text[:40]) from exc


def _note(node: Node, actor: Actor, request: ImportItemsRequest, answer: ImportAnswer) -> None:
    facts = {
        "from": request.source or node.settings.party,
        "objects": answer.objects,
        "new": answer.new,
        "upgraded": answer.upgraded,
        "duplicate": answer.duplicate,
        "quarantined": answer.quarantined,
    }
    with node.store.write() as tx:
        note(tx, actor, "item import", facts, node.clock())
