"""Decides how a command reaches its node: through the server that owns it, or by owning it for the moment.

A node belongs to one process at a time. If a server holds `node.lock`, the same verb is called over `node.sock`;
else the command takes the lock and runs the verb itself. It waits a little for another command, not for ever.
"""

import getpass
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
from rich.console import Console

from comity.cli.exits import Interrupted
from comity.cli.notice_words import worded
from comity.cli.progress import LastReport, shown_progress
from comity.desk.actor import Actor
from comity.desk.registry import VERBS
from comity.desk.verb import Progress, Report, Verb
from comity.errors import NodeError, UsageError
from comity.node import open_node
from comity.settings import read_settings
from comity.stores.lock_store import LockStore
from comity.texts import text
from comity.wire.api_client import call_api, is_remote
from comity.wire.frames import Call
from comity.wire.lock import LockTaken, hold_lock
from comity.wire.socket_rpc import call

WAIT_FOR_NODE_S = 10.0
SERVING = "serve"
_PAST_ALL = 2**63

A = TypeVar("A", bound=msgspec.Struct)


class Caller(NamedTuple):
    """Who types, for which node, and where the answer goes."""

    node: str | None
    as_json: bool
    out: Console
    err: Console

    @property
    def folder(self) -> Path:
        """The node's folder.

        Raises:
            UsageError: nobody said which, or it is a remote one.
        """
        if self.node is None:
            raise UsageError("say which node: --node DIR, or COMITY_NODE")
        if is_remote(self.node):
            raise UsageError("this needs the node's own machine: name its folder")
        return Path(self.node).expanduser().absolute()

    def ask(self, verb_name: str, request: msgspec.Struct, answer_type: type[A], *, title: str = "") -> A:
        """Ask the node for a verb, showing progress, and give its answer.

        Raises:
            ComityError: what the verb raises. UsageError: something that was typed cannot be put into a request.
            Interrupted: Ctrl-C; tells what is kept.
        """
        _check_words(request)
        last = LastReport()
        try:
            with shown_progress(self.err, title, last, as_json=self.as_json) as report:
                if self.node is not None and is_remote(self.node):
                    answer = self._run_far(self.node, VERBS[verb_name], request)
                else:
                    answer = _run(self.folder, VERBS[verb_name], request, report, self.say_read_only)
        except KeyboardInterrupt as exc:
            raise Interrupted(last.progress.kept_through) from exc
        if not isinstance(answer, answer_type):
            raise NodeError("the node answered something else than {verb} does", verb=verb_name)
        return answer

    def _run_far(self, node: str, verb: Verb, request: msgspec.Struct) -> msgspec.Struct:
        """Ask a node over its API, for the person whose token it is."""
        answered = call_api(node, os.environ.get("COMITY_TOKEN", ""), verb.name, request, writes=verb.writes)
        if answered.exercise and not self.as_json:
            _say_exercise(self.err)
        try:
            return msgspec.json.decode(answered.body, type=verb.answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise NodeError("the node runs another version of Comity than this command") from exc

    def say_read_only(self, why: str) -> None:
        """Say with every command that a node writes nothing, and why."""
        if why:
            self.err.print(text("READ-ONLY – {why}", why=why), style="bold", markup=False, soft_wrap=True)


def watermark(caller: Caller) -> None:
    """Say before anything else that a node is an exercise's; a folder without a node says nothing yet."""
    if caller.node is None or caller.as_json or is_remote(caller.node):
        return
    try:
        exercise = read_settings(caller.folder).exercise
    except NodeError:
        return  # the command itself says what is wrong
    if exercise:
        _say_exercise(caller.err)


def _say_exercise(err: Console) -> None:
    err.print(text("EXERCISE – nothing here is real."), style="bold")


def local_actor() -> Actor:
    """The local user, as the administrator: whoever can open the node's folder owns the node."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Actor(name=name, role="administrator", via="cli")


def _check_words(request: msgspec.Struct) -> None:
    """Refuse bytes that are no UTF-8, which the system gives as surrogates, and numbers that no database takes."""
    try:
        said = msgspec.json.decode(msgspec.json.encode(request), type=dict[str, object])
    except UnicodeEncodeError as exc:
        raise UsageError("what was typed is not UTF-8") from exc
    except OverflowError:
        said = {"": _PAST_ALL}
    if any(isinstance(one, int) and not -_PAST_ALL <= one < _PAST_ALL for one in said.values()):
        raise UsageError("a number that was typed is too large")


def _run(
    folder: Path, verb: Verb, request: msgspec.Struct, report: Report, say_read_only: Callable[[str], None]
) -> msgspec.Struct:
    give_up_at, said = time.monotonic() + WAIT_FOR_NODE_S, False
    while True:
        try:
            with hold_lock(folder, verb.name, wait_s=0.0):
                return _run_here(folder, verb, request, report, say_read_only)
        except LockTaken as taken:
            if taken.holder is not None and taken.holder.purpose == SERVING:
                try:
                    if not said:
                        say_read_only(LockStore(folder).held_words())
                    said = True
                    return _run_there(folder, verb, request, report)
                except ConnectionError:  # it is starting or stopping
                    pass
            if time.monotonic() >= give_up_at:
                raise
            time.sleep(0.05)


def _run_here(
    folder: Path, verb: Verb, request: msgspec.Struct, report: Report, say_read_only: Callable[[str], None]
) -> msgspec.Struct:
    node = open_node(folder)._replace(wording=worded)
    try:
        say_read_only(node.store.read_only)
        return verb.run(node, local_actor(), request, report)
    finally:
        node.store.close()


def _run_there(folder: Path, verb: Verb, request: msgspec.Struct, report: Report) -> msgspec.Struct:
    asked = Call(
        verb=verb.name,
        request=msgspec.Raw(msgspec.json.encode(request)),
        actor=msgspec.Raw(msgspec.json.encode(local_actor())),
        id=secrets.token_hex(8),
    )
    body = call(folder, asked, lambda progress: report(msgspec.json.decode(progress, type=Progress)))
    try:
        return msgspec.json.decode(body, type=verb.answer)
    except msgspec.ValidationError as exc:
        raise NodeError("the server runs another version of Comity than this command: restart it") from exc
