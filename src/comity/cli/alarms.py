"""Says what `comity peer alarms` and `comity peer clear` take and show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.anchors import write_file
from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_table, write_line
from comity.desk.clear_alarm import ClearAlarmRequest
from comity.desk.list_alarms import AlarmList, AlarmView, ListAlarmsRequest
from comity.desk.show_evidence import EvidenceShown, ShowEvidenceRequest
from comity.errors import Conflict, UsageError
from comity.texts import text


def add_commands(peer: App) -> None:
    """Add the commands on alarms to those on peers."""
    peer.command(list_all, name="alarms", help=text("List the alarms that stand, or write what proves one to a file."))
    peer.command(clear, help=text("Clear an alarm once it was looked into; its evidence stays."))


def list_all(
    *,
    party: Annotated[str | None, Parameter(help=text("Short name of the party; all if not said."))] = None,
    evidence: Annotated[int | None, Parameter(help=text("Number of the alarm whose evidence is wanted."))] = None,
    out: Annotated[Path | None, Parameter(help=text("New file for the evidence, byte for byte."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if (evidence is None) != (out is None):
        raise UsageError(text("--evidence and --out go together"))
    if evidence is not None and out is not None:
        return _write(caller, evidence, out)
    answer = caller.ask("peer alarms", ListAlarmsRequest(party=party), AlarmList)
    if caller.as_json:
        write_json(answer)
    elif answer.alarms:
        show_alarms(caller, answer.alarms)
    else:
        caller.err.print(text("No alarm stands."), markup=False)
    return DONE


def clear(
    number: Annotated[int, Parameter(help=text("Number of the alarm."))],
    *,
    reason: Annotated[str, Parameter(help=text("What was found; kept in the audit."))],
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("peer clear", ClearAlarmRequest(number=number, reason=reason), AlarmView)
    if caller.as_json:
        write_json(answer)
    else:
        show_alarms(caller, (answer,))
        caller.err.print(text("Cleared."), markup=False)
    return DONE


def show_alarms(caller: Caller, alarms: Sequence[AlarmView]) -> None:
    """Show alarms, each with what its kind means."""
    heads = (text("no."), text("at"), text("party"), text("alarm"), text("times"), text("what it means"), text("facts"))
    rows = [(one.number, one.at, one.party, one.kind, one.times, meaning(one.kind), one.facts) for one in alarms]
    show_table(caller.out, heads, rows)


def meaning(kind: str) -> str:
    """Say in words what an alarm of a kind means; nothing of a kind that a newer program knows."""
    sentences = {
        "equivocation": text("It signed two different statements under one number."),
        "rollback": text("It went back behind what it had stated."),
        "fork": text("Its statement does not follow the one before it."),
        "statement-gap": text("Statements between are lacking."),
        "gap": text("A statement lists objects that did not come."),
        "bad-signature": text("A signature does not hold."),
        "page-refused": text("A page does not answer to its statement."),
        "unsigned-page": text("It signed before, and does not now."),
        "unsigned-objects": text("Objects came that no statement lists."),
        "act-refused": text("An act of theirs was not taken here."),
        "receipt-for-nothing": text("It acknowledges what this node does not know to have sent to it."),
        "retraction-of-anothers": text("It takes back what came from another party."),
        "act-not-taken": text("An act of ours was not taken there."),
        "log-fork": text("It signed two histories of its log."),
        "log-rollback": text("It shows less of its log than it had signed."),
        "tls-key": text("Its server shows a TLS key that does not count. Nothing was sent there."),
        "log-renewed": text("It gave its log up and began another."),
    }
    return sentences.get(kind, "")


def _write(caller: Caller, number: int, out: Path) -> int:
    if out.exists():
        raise Conflict(text("{file} exists already; nothing was written", file=out))
    answer = caller.ask("peer evidence", ShowEvidenceRequest(number=number), EvidenceShown)
    write_file(out, answer.evidence)
    if caller.as_json:
        write_json(answer)
    else:
        write_line(caller.err, text("Written to {file}.", file=out))
    return DONE
