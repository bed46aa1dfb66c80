"""Decides when a person is asked before something leaves the node or is destroyed: always, unless they said --yes."""

import sys

from comity.cli.caller import Caller
from comity.errors import Conflict, UsageError
from comity.texts import text


def confirm(caller: Caller, question: str, *, yes: bool) -> None:
    """Ask, and go on only after a yes.

    Raises:
        UsageError: there is nobody to ask, and no --yes.
        Conflict: the answer was no.
    """
    if yes:
        return
    if caller.as_json or not sys.stdin.isatty():
        raise UsageError("nobody can be asked here: say --yes to do it")
    caller.err.print(text("{question} (yes/no)", question=question), markup=False, highlight=False, end=" ")
    if sys.stdin.readline().strip().lower() not in (text("yes"), text("y")):
        raise Conflict("nothing was done")
