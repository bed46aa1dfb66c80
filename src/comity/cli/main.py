"""Decides what `comity <noun> <verb>` does: reads the command line, runs the command, says errors, gives exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

from cyclopts import App, Group, Parameter
from cyclopts.exceptions import CycloptsError

from comity.cli import (
    accounts,
    acts,
    agreements,
    anchors,
    bundles,
    items,
    keys,
    log_commands,
    mail,
    misp,
    nodes,
    notices,
    outlets,
    parties,
    peers,
    proofs,
    providers,
    receipts,
    releases,
    tokens,
)
from comity.cli.caller import Caller, watermark
from comity.cli.exits import DONE, say_error, say_failure, say_interrupted
from comity.cli.tables import consoles
from comity.errors import ComityError
from comity.texts import choose, speaking, text

LANGUAGES = ("LC_ALL", "LC_MESSAGES", "LANG")
# What a command may be about, and the module that knows it; in the order in which help lists them.
NOUNS = {
    "node": nodes, "doctor": nodes, "account": accounts, "provider": providers, "act": acts, "token": tokens,
    "party": parties, "reader": parties, "agreement": agreements, "item": items, "release": releases, "peer": peers,
    "outlet": outlets, "mail": mail, "misp": misp, "notice": notices, "receipt": receipts, "bundle": bundles,
    "anchor": anchors, "key": keys, "log": log_commands, "proof": proofs,
}  # fmt: skip


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run one command in the language of the environment and give its exit code."""
    wanted = [os.environ[name] for name in LANGUAGES if os.environ.get(name)]
    with speaking(choose(wanted[:1])):
        return _run(words)


def _run(words: Sequence[str]) -> int:
    out, err = consoles()
    as_json = "--json" in words
    try:
        code = build_app(_noun(words)).meta(
            words, exit_on_error=False, print_error=False, result_action="return_value", console=out, error_console=err
        )
        return DONE if code is None else int(code)
    except (ComityError, CycloptsError) as error:
        return say_error(error, err, as_json=as_json)
    except KeyboardInterrupt as interruption:
        return say_interrupted(interruption, err)
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        return say_failure(error, err, as_json=as_json)


def _noun(words: Sequence[str]) -> str | None:
    """Give what a command line is about, or None where all commands must be known: for help, and for a wrong word."""
    rest = iter(words)
    for word in rest:
        if word == "--node":
            next(rest, None)
        elif word != "--json" and not word.startswith("--node="):
            return word if word in NOUNS else None
    return None


def build_app(noun: str | None = None) -> App:
    """Build the command line in the language spoken now; with a noun only its commands, in a tenth of the time."""
    app = App(
        name="comity",
        help=text("A self-hosted cooperation hub for cyber diplomacy and joint digital defence."),
        version=_version(),
    )
    for module in dict.fromkeys(NOUNS.values()) if noun is None else (NOUNS[noun],):
        module.add_commands(app)
    app["--help"].help = text("Show this help.")
    app["--version"].help = text("Show the version.")
    app.meta.suppress_keyboard_interrupt = False  # what is kept then is ours to say
    app.meta.group_parameters = Group(text("With every command"), sort_key=0)

    @app.meta.default
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        node: Annotated[
            str | None,
            Parameter(env_var="COMITY_NODE", help=text("Folder of the node, or its address.")),
        ] = None,
        json: Annotated[bool, Parameter(negative="", help=text("Answer in JSON, on stdout."))] = False,
    ) -> int:
        out, err = consoles()
        command, bound, ignored = app.parse_args(tokens, exit_on_error=False, print_error=False)
        caller = Caller(node, json, out, err)
        watermark(caller)
        code = command(*bound.args, **bound.kwargs, **dict.fromkeys(ignored, caller))
        return DONE if code is None else int(code)

    return app


def _version() -> str:
    try:
        return version("comity")
    except PackageNotFoundError:  # run from the source
        return "0"


if __name__ == "__main__":
    main()
