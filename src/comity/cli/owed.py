"""Says what `comity agreement owed` and `discharge` take and show: what has to go because an agreement has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table
from comity.desk.discharge_agreement import AgreementDischarged, DischargeAgreementRequest
from comity.desk.list_owed import ListOwedRequest, OwedList, OwedSum
from comity.desk.surviving import AfterEnd
from comity.texts import text

SHOWN = 50  # items


def add_to(agreement: App) -> None:
    """Add the commands to those on agreements."""
    agreement.command(owed, help=text("List what has to be returned or destroyed because an agreement has ended."))
    agreement.command(discharge, help=text("Erase what is owed under an agreement that has ended, and state it."))


def owed(
    agreement: Annotated[str | None, Parameter(help=text("Id of the agreement; all if not said."))] = None,
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("agreement owed", ListOwedRequest(agreement=agreement), OwedList)
    if caller.as_json:
        write_json(answer)
        return DONE
    _show_sums(caller, answer.sums)
    if answer.items:
        caller.out.print()
        heads = (text("id"), text("type"), text("given by"), text("agreement"), text("by"))
        rows = [(one.id, one.type, one.giver, ", ".join(one.agreements), one.due_at) for one in answer.items[:SHOWN]]
        show_table(caller.out, heads, rows)
        if len(answer.items) > SHOWN:
            caller.err.print(text("There are more; all of them with --json."), markup=False)
    return DONE


def discharge(
    agreement: Annotated[str, Parameter(help=text("Id of the agreement."))],
    *,
    reason: Annotated[str, Parameter(help=text("Why; those who gave it read it."))],
    ordered_by: Annotated[str, Parameter(help=text("Who ordered it."))],
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not yes:
        listed = caller.ask("agreement owed", ListOwedRequest(agreement=agreement, limit=0), OwedList)
        _show_sums(caller, [one for one in listed.sums if one.here])
        confirm(caller, text("Erase all of this for ever?"), yes=False)
    request = DischargeAgreementRequest(agreement=agreement, reason=reason, ordered_by=ordered_by)
    answers = [caller.ask("agreement discharge", request, AgreementDischarged)]
    while answers[-1].left:
        answers.append(caller.ask("agreement discharge", request, AgreementDischarged))
    answer = _together(answers)
    if caller.as_json:
        write_json(answer)
        return DONE
    nobody = text("nobody")
    show_sheet(
        caller.out,
        (
            (text("Items erased"), answer.erased),
            (text("Stated to"), ", ".join(answer.told) or nobody),
            (text("Gave it, and to be told otherwise"), ", ".join(answer.untold) or nobody),
            (text("Asked to erase their copies"), ", ".join(answer.passed_on) or nobody),
            (text("Served, and to be asked otherwise"), ", ".join(answer.to_ask) or nobody),
        ),
    )
    caller.err.print(text("Backups made before this moment still hold it."), markup=False)
    return DONE


def after_end_words(told: AfterEnd) -> str:
    """Say what became of an item whose agreements have ended."""
    names = ", ".join(told.agreements)
    if told.due_at is None:
        return text(
            "{agreements} ended {ended}: kept on the terms under which it came, passed on under none of its clauses",
            agreements=names,
            ended=told.ended_at,
        )
    asked = text("returned") if told.asks == "return" else text("destroyed")
    return text(
        "{agreements} ended {ended}: to be {done} by {due}",
        agreements=names,
        ended=told.ended_at,
        done=asked,
        due=told.due_at,
    )


def _show_sums(caller: Caller, sums: Sequence[OwedSum]) -> None:
    heads = (text("who"), text("to"), text("agreement"), text("asks"), text("by"), text("still to go"), text("gone"))
    words = {"return": text("return"), "destroy": text("destroy")}
    rows = [
        (
            one.by,
            one.to,
            ", ".join(one.agreements),
            words.get(one.asks, one.asks),
            text("{due}, OVERDUE", due=one.due_at) if one.overdue else one.due_at,
            one.left,
            one.gone,
        )
        for one in sums
    ]
    show_table(caller.out, heads, rows)


def _together(answers: Sequence[AgreementDischarged]) -> AgreementDischarged:
    def all_of(name: str) -> tuple[str, ...]:
        return tuple(sorted({party for one in answers for party in getattr(one, name)}))

    return AgreementDischarged(
        erased=sum(one.erased for one in answers),
        left=answers[-1].left,
        told=all_of("told"),
        untold=all_of("untold"),
        passed_on=all_of("passed_on"),
        to_ask=all_of("to_ask"),
    )
