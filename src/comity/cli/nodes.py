"""Says what `comity node …` and `comity doctor` take and show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.caller import Caller, local_actor
from comity.cli.exits import DONE, REFUSED, write_json
from comity.cli.tables import show_sheet, show_table
from comity.desk.backup_node import BackupAnswer, BackupRequest
from comity.desk.destroy_backup import DestroyBackupRequest
from comity.desk.doctor import DoctorAnswer, DoctorRequest, judged
from comity.desk.folder_checks import Finding, check_folder
from comity.desk.init_node import InitRequest, init_node
from comity.desk.list_backups import BackupList, BackupView, ListBackupsRequest
from comity.desk.node_status import StatusAnswer, StatusRequest
from comity.desk.quiet import collector_resting
from comity.desk.restore_node import RestoreRequest, restore_node
from comity.desk.settings_type import PartyKind
from comity.errors import Busy, CatalogueError, ComityError, NodeError, StoreError, UsageError
from comity.node import new_node
from comity.settings import settings_of
from comity.texts import text, told
from comity.values import party_name
from comity.wire.lock import lock_holder


def add_commands(app: App) -> None:
    """Add the commands on a node as a whole."""
    node = App(name="node", help=text("Make, run and keep a node."))
    node.command(init, help=text("Make a node for a party, in a folder of its own."))
    node.command(serve, help=text("Serve the node over TAXII until told to stop."))
    node.command(status, help=text("Say what the node holds and who runs it."))
    node.command(backup, help=text("Write a backup of the running node; without the keys unless asked for."))
    node.command(restore, help=text("Put a node back from a backup, after checking all of it."))
    backups = App(name="backups", help=text("Say which backups were made, and which are destroyed."))
    backups.command(list_backups, name="list", help=text("List the backups that were made of this node."))
    backups.command(destroyed, help=text("Say that a backup is destroyed; the node deletes no file."))
    node.command(backups)
    app.command(node)
    app.command(doctor, help=text("Look whether the node is in order; exit 1 if something is not."))


def init(
    *,
    party: Annotated[str, Parameter(help=text("Name of the party; its short name is made of it."))],
    kind: Annotated[PartyKind, Parameter(help=text("What the party is."))],
    acts_for: Annotated[str, Parameter(help=text("State that an authority acts for."))] = "",
    exercise: Annotated[bool, Parameter(negative="", help=text("An exercise node; for ever."))] = False,
    db: Annotated[str, Parameter(help=text("postgresql://… instead of SQLite in the folder."))] = "",
    port: Annotated[int | None, Parameter(help=text("Port the node will serve on, kept in its settings."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    try:
        short, state = party_name(party), party_name(acts_for) if acts_for else ""
        chosen: dict[str, int] = {} if port is None else {"port": port}
        settings = settings_of(party=short, title=party, kind=kind, acts_for=state, exercise=exercise, db=db, **chosen)
    except (ValueError, NodeError) as exc:
        raise UsageError(str(exc)) from exc
    with new_node(caller.folder, settings) as node:
        answer = init_node(node, local_actor(), InitRequest())
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Node"), answer.folder),
            (text("Party"), f"{answer.title} ({answer.party}, {answer.kind})"),
            (text("Root key"), answer.root_key),
        ),
    )
    caller.err.print(text("Next: comity --node {folder} node serve", folder=answer.folder), markup=False)
    return DONE


def serve(
    *,
    port: Annotated[int | None, Parameter(help=text("Port to listen on; 0 takes a free one."))] = None,
    host: Annotated[str | None, Parameter(help=text("Address to listen on."))] = None,
    tls_cert: Annotated[Path | None, Parameter(help=text("TLS certificate chain (PEM)."))] = None,
    tls_key: Annotated[Path | None, Parameter(help=text("Private key of the certificate (PEM)."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    # Loading the HTTP server takes long, and no other command needs it. All of it stays: there is nothing to collect.
    with collector_resting():
        from comity.cli.serving import Address, serve_node  # noqa: PLC0415

    return serve_node(caller.folder, Address(port, host, tls_cert, tls_key), as_json=caller.as_json, err=caller.err)


def status(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    holder = lock_holder(caller.folder)
    answer = caller.ask("node status", StatusRequest(), StatusAnswer)
    if caller.as_json:
        write_json(answer)
        return DONE
    served = text("served by process {pid}", pid=holder.pid) if holder else text("not served")
    exercise = text("EXERCISE") + " " if answer.exercise else ""
    show_sheet(
        caller.out,
        (
            (text("Party"), f"{exercise}{answer.title} ({answer.party}, {answer.kind})"),
            (text("Root key"), answer.root_key),
            (text("Node"), f"{caller.folder}, {served}"),
            (text("Database"), answer.database),
            (text("Time"), answer.now),
            (text("Parties"), answer.parties),
            (text("Readers"), answer.readers),
            (text("Agreements"), answer.agreements),
            (text("Items"), answer.items),
            (text("Quarantined"), answer.quarantined),
            (text("Spillages"), answer.spillages),
            *_owed(answer),
            (text("Deliveries"), answer.deliveries),
            (text("Waiting for the sequencer"), answer.queued),
            *(((text("Counted at"), answer.counted_at),) if answer.counted_at else ()),
            (text("Log"), _log_line(answer)),
        ),
    )
    return DONE


def _owed(answer: StatusAnswer) -> tuple[tuple[str, str], ...]:
    if answer.owed_by is None:
        return ()
    words = text("{count} items, the first by {due}: see `agreement owed`", count=answer.owed, due=answer.owed_by)
    return ((text("To return or destroy"), words),)


def _log_line(answer: StatusAnswer) -> str:
    if not answer.log:
        return text("none yet")
    line = text(
        "{log}, {size} entries, {signed} of them signed",
        log=answer.log,
        size=answer.log_size,
        signed=answer.checkpoint_size,
    )
    return f"{line}; {text('READ-ONLY')}" if answer.read_only else line


def backup(
    target: Annotated[Path, Parameter(help=text("New file, or a folder to put one into."))],
    *,
    with_keys: Annotated[
        bool, Parameter(negative="", help=text("Put the keys in: who has the backup can then speak as the party."))
    ] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = BackupRequest(target=str(target.expanduser().absolute()), with_keys=with_keys)
    answer = caller.ask("node backup", request, BackupAnswer, title=text("Backing up"))
    if caller.as_json:
        write_json(answer)
        return DONE
    caller.out.print(answer.file, markup=False, highlight=False, soft_wrap=True)
    words = text("With its keys: keep it as safe as them.") if with_keys else text("Without keys: keep them elsewhere.")
    caller.err.print(words, markup=False)
    return DONE


def list_backups(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("backup list", ListBackupsRequest(), BackupList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("number"), text("made"), text("file"), text("keys"), text("erasures since"), text("destroyed"))
    rows = [
        (
            one.number, one.at, one.file, text("yes") if one.with_keys else "", one.erasures_since,
            one.destroyed_at or "",
        )
        for one in answer.backups
    ]  # fmt: skip
    show_table(caller.out, heads, rows)
    return DONE


def destroyed(
    number: Annotated[int, Parameter(help=text("Number of the backup, as `node backups list` has it."))],
    *,
    reason: Annotated[str, Parameter(help=text("How it was destroyed, every copy of it; kept in the audit."))],
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("backup destroyed", DestroyBackupRequest(number=number, reason=reason), BackupView)
    if caller.as_json:
        write_json(answer)
    else:
        caller.err.print(text("Backup {number} counts as destroyed.", number=answer.number), markup=False)
    return DONE


def restore(
    file: Annotated[Path, Parameter(help=text("Backup to restore from."))],
    *,
    yes: Annotated[bool, Parameter(negative="", help=text("Replace the node that is there."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = restore_node(caller.folder, RestoreRequest(file=str(file.expanduser().absolute()), replace=yes))
    if caller.as_json:
        write_json(answer)
        return DONE
    keys = {"restored": text("restored"), "kept": text("those that were here"), "missing": text("missing")}
    show_sheet(
        caller.out,
        (
            (text("Node"), answer.folder),
            (text("Party"), answer.party),
            (text("State of"), answer.made_at),
            (text("Keys"), keys[answer.keys]),
        ),
    )
    if answer.erased_before is None:
        words = text("What was erased since this backup was made has come back, if anything was: erase it again.")
    else:
        words = text("What had been erased is erased again when the node is opened.")
    caller.err.print(words, markup=False)
    if answer.keys == "missing":
        caller.err.print(text("Put the folder keys/ back from where it is kept before opening the node."), markup=False)
    return DONE


def doctor(
    *,
    deep: Annotated[bool, Parameter(negative="", help=text("Read the whole database; long on a large one."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    try:
        answer = caller.ask("doctor", DoctorRequest(deep=deep), DoctorAnswer, title=text("Looking"))
    except Busy:
        raise
    except (NodeError, StoreError, CatalogueError) as exc:
        answer = _from_outside(caller.folder, exc)
    if caller.as_json:
        write_json(answer)
    else:
        words = {"good": text("good"), "warning": text("warning"), "fault": text("FAULT")}
        rows = [(one.check, words[one.verdict], one.seen, one.advice) for one in answer.findings]
        show_table(caller.out, (text("check"), text("verdict"), text("seen"), text("what to do")), rows)
    return DONE if answer.sound else REFUSED


def _from_outside(folder: Path, why: ComityError) -> DoctorAnswer:
    """Say what can be said about a node that does not open."""
    closed = Finding(check="opening", verdict="fault", seen=told(why), advice=text("see the other findings"))
    return judged((*check_folder(folder), closed))
