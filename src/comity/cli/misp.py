"""Says what `comity misp …` takes and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, REFUSED, write_json
from comity.cli.items import show_import
from comity.cli.secrets import read_secret
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.import_items import ImportAnswer
from comity.desk.misp_servers import MispPushed, PullMispRequest, PushMispRequest
from comity.desk.preview_release import PreviewReleaseRequest, ReleasePreview
from comity.desk.settings_type import DefaultTlp
from comity.texts import text


def add_commands(app: App) -> None:
    """Add the commands on MISP servers."""
    misp = App(name="misp", help=text("Take events from MISP servers, and give them what their parties may have."))
    misp.command(pull, help=text("Take the published events of a MISP server in."))
    misp.command(push, help=text("Give a MISP server the events that its party may have."))
    app.command(misp)


def pull(
    url: Annotated[str, Parameter(help=text("URL of the server's front page."))],
    *,
    source: Annotated[str, Parameter(name="--from", help=text("Party that its events come from."))],
    key_file: Annotated[Path, Parameter(help=text("File that holds the automation key alone."))],
    since: Annotated[str | None, Parameter(help=text("Only events changed since: date, or time with zone."))] = None,
    default_tlp: Annotated[DefaultTlp | None, Parameter(help=text("Level of events that carry no marking."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = PullMispRequest(url=url, key=read_secret(key_file), source=source, since=since, default_tlp=default_tlp)
    answer = caller.ask("misp pull", request, ImportAnswer, title=text("Taking in"))
    if caller.as_json:
        write_json(answer)
    else:
        show_import(caller, answer)
    return DONE


def push(
    url: Annotated[str, Parameter(help=text("URL of the server's front page."))],
    *,
    to: Annotated[str, Parameter(help=text("Party whose server it is: only what it may have goes."))],
    key_file: Annotated[Path, Parameter(help=text("File that holds the automation key alone."))],
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not yes:
        preview = caller.ask("release preview", PreviewReleaseRequest(to=to), ReleasePreview)
        for one in preview.parties:
            heads = (text("would go"), text("types"), text("by"))
            rows = [(group.count, ", ".join(group.types), group.sentence) for group in one.groups if group.released]
            show_table(caller.err, heads, rows)
        write_line(caller.err, text("What is submitted to a plain server cannot be taken back from it."))
        confirm(caller, text("Submit this to {url}?", url=url), yes=False)
    request = PushMispRequest(url=url, key=read_secret(key_file), to=to)
    answer = caller.ask("misp push", request, MispPushed, title=text("Submitting"))
    if caller.as_json:
        write_json(answer)
    else:
        counts = (
            (text("Events added"), answer.added),
            (text("Events changed"), answer.edited),
            (text("Held there already"), answer.held),
            (text("Not taken"), answer.refused),
            (text("Left out: their part is not given"), answer.stray),
        )
        show_sheet(caller.out, counts)
        if answer.refusals:
            show_table(caller.out, (text("uuid"), text("said")), [(one.uuid, one.words) for one in answer.refusals])
    return REFUSED if answer.refused else DONE
