"""Says what `comity act …` takes and shows: acts that wait for a second person. Approving is done in the browser."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.decide_act import BreakGlassRequest, WithdrawActRequest
from comity.desk.list_acts import ActList, ActShown, ActView, ListActsRequest, ShowActRequest
from comity.texts import text


def add_commands(app: App) -> None:
    """Add the commands on acts of two persons."""
    act = App(name="act", help=text("See what waits for a second person."))
    act.command(list_all, name="list", help=text("List the acts that wait for a second person or for a review."))
    act.command(show, help=text("Show an act: what was asked for, and what would be signed."))
    act.command(withdraw, help=text("Take an act back that you asked for."))
    act.command(break_glass, help=text("Carry an act out without a second person; told to all and reviewed."))
    app.command(act)


def list_all(
    *,
    every: Annotated[bool, Parameter(name="--all", negative="", help=text("Also those that are decided."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("act list", ListActsRequest(waiting=not every), ActList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("act"), text("verb"), text("asked by"), text("until"), text("state"), text("reason"))
    show_table(caller.out, heads, [_row(one) for one in answer.acts])
    return DONE


def show(
    number: Annotated[int, Parameter(help=text("Number of the act."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("act show", ShowActRequest(number=number), ActShown)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(caller.out, (*_sheet(answer.view), *answer.request, (text("Challenge"), answer.challenge)))
    for one in answer.signs:
        write_line(caller.out, one.text)
    return DONE


def withdraw(
    number: Annotated[int, Parameter(help=text("Number of the act."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _told(caller, caller.ask("act withdraw", WithdrawActRequest(number=number), ActView))


def break_glass(
    number: Annotated[int, Parameter(help=text("Number of the act."))],
    *,
    reason: Annotated[str, Parameter(help=text("Why it cannot wait."))],
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Carry out act {number} without a second person?", number=number), yes=yes)
    return _told(caller, caller.ask("act break-glass", BreakGlassRequest(number=number, reason=reason), ActView))


def _told(caller: Caller, answer: ActView) -> int:
    if caller.as_json:
        write_json(answer)
    else:
        show_sheet(caller.out, _sheet(answer))
    return DONE


def _sheet(one: ActView) -> tuple[tuple[str, object], ...]:
    rows: tuple[tuple[str, object], ...] = (
        (text("Act"), one.number),
        (text("Verb"), one.verb),
        (text("Asked by"), one.asked_by),
        (text("Asked"), one.asked_at),
        (text("Until"), one.until),
        (text("State"), _state(one)),
    )
    if one.review_until:
        rows = (*rows, (text("Review until"), one.review_until))
    return rows


def _row(one: ActView) -> tuple[object, ...]:
    return one.number, one.verb, one.asked_by, one.review_until or one.until, _state(one), one.reason


def _state(one: ActView) -> str:
    states = {
        "open": text("waits"),
        "done": text("done"),
        "refused": text("refused"),
        "withdrawn": text("withdrawn"),
        "expired": text("lapsed"),
    }
    return states[one.state]
