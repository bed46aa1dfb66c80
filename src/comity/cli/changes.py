"""Shows what an agreement would change, before anybody adheres to it."""

from comity.cli.caller import Caller
from comity.cli.tables import show_table, write_line
from comity.desk.what_if_release import WhatIfAnswer
from comity.texts import text


def show_changes(caller: Caller, answer: WhatIfAnswer) -> None:
    """Show what an agreement would change, with one example of each kind of change."""
    words = {"flows": text("would flow"), "stops": text("would stop"), "changes": text("on other terms")}
    rows = [
        (
            one.party,
            words[one.effect],
            one.count,
            one.type,
            one.tlp,
            ", ".join(one.before),
            ", ".join(one.after),
            one.example,
        )
        for one in answer.differences
    ]
    heads = (
        text("party"),
        text("effect"),
        text("items"),
        text("type"),
        text("TLP"),
        text("by now"),
        text("by then"),
        text("example"),
    )
    if rows:
        show_table(caller.out, heads, rows)
    write_line(
        caller.out,
        text(
            "If all its parties adhered, as of {date}: {flows} items would newly flow, {stops} would stop, "
            "{changes} would flow on other terms.",
            date=answer.as_of,
            flows=answer.flows,
            stops=answer.stops,
            changes=answer.changes,
        ),
    )
    if answer.unknown_parties:
        write_line(caller.out, text("Not known here: {names}.", names=", ".join(answer.unknown_parties)))
