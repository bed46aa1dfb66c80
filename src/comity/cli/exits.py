"""Decides with which exit code a command ends, and what it says when it does not succeed.

0 done · 1 refused or not found · 2 wrong usage · 3 peer or network · 130 interrupted.
"""

import sys
import traceback

import msgspec
from cyclopts.exceptions import CycloptsError
from rich.console import Console

from comity.cli.tables import clean
from comity.errors import ComityError, Unreachable, UsageError, WrongTlsKey
from comity.texts import text, told

DONE, REFUSED, USAGE, NETWORK, INTERRUPTED = 0, 1, 2, 3, 130


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during long work; `kept_through` is the last record that is durable, 0 if the work keeps none."""

    def __init__(self, kept_through: int) -> None:
        self.kept_through = kept_through
        super().__init__()


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    message: str


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    error: _Problem


def exit_code(error: Exception) -> int:
    """Give the exit code of an error."""
    if isinstance(error, UsageError | CycloptsError):
        return USAGE
    return NETWORK if isinstance(error, Unreachable | WrongTlsKey) else REFUSED


def say_error(error: Exception, err: Console, *, as_json: bool) -> int:
    """Say an error in one sentence on stderr, for machines also on stdout, and give its exit code."""
    code = "usage" if isinstance(error, CycloptsError) else getattr(error, "code", ComityError.code)
    sentence = told(error) if isinstance(error, ComityError) else str(error)
    _say(code, " ".join(sentence.split()), err, as_json=as_json)
    return exit_code(error)


def say_failure(error: Exception, err: Console, *, as_json: bool) -> int:
    """Say an error that nobody foresaw by its kind and place: what it says may be unfit for people or for logs."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    sentence = text("this is an error of Comity itself ({kind}, {place})", kind=type(error).__name__, place=place)
    _say("internal", sentence, err, as_json=as_json)
    return REFUSED


def _say(code: str, sentence: str, err: Console, *, as_json: bool) -> None:
    err.print(text("comity: {sentence}", sentence=clean(sentence)), markup=False, highlight=False, soft_wrap=True)
    if as_json:
        write_json(_Said(error=_Problem(code=code, message=sentence)))


def say_interrupted(interruption: KeyboardInterrupt, err: Console) -> int:
    """Say what is kept although the work was interrupted."""
    if isinstance(interruption, Interrupted) and interruption.kept_through:
        words = text(
            "Interrupted. Everything through record {no} is kept; give the same command again to go on.",
            no=interruption.kept_through,
        )
    else:
        words = text("Interrupted. What was acknowledged is kept.")
    err.print(words, markup=False, highlight=False, soft_wrap=True)
    return INTERRUPTED


def write_json(answer: object) -> None:
    """Write one line of JSON for machines, at once."""
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()
