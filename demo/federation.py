"""Runs the parties' nodes as people would: each a process with its folder, each asked by `comity`."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

COMITY = Path(sys.executable).with_name("comity")
COMMANDS = Path(__file__).with_name("commands.py")
ENDS_WITHIN_S = 20
_SET_PDEATHSIG = 1  # prctl(2)
Answer = dict[str, Any]


class Party(NamedTuple):
    """A party of the exercise."""

    name: str  # as agreements write it
    title: str
    kind: str
    acts_for: str = ""

    @property
    def words(self) -> list[str]:
        """What the command is told of the party's kind."""
        return ["--kind", self.kind, *(["--acts-for", self.acts_for] if self.acts_for else [])]


FREEDONIA = Party("freedonia-csirt", "Freedonia CSIRT", "authority", "Freedonia")
RURITANIA = Party("ruritania-csirt", "Ruritania CSIRT", "authority", "Ruritania")
NORTHWIND = Party("northwind-energy", "Northwind Energy", "company")
CONCORD = Party("concord-secretariat", "Concord Secretariat", "organisation")
PARTIES = (FREEDONIA, RURITANIA, NORTHWIND, CONCORD)


class CommandFailed(Exception):
    """A command did not do what the demonstration needs; the message is what it said."""


class Clerk(NamedTuple):
    """Types commands for one party's node, one after another; several threads must not share one."""

    typing: subprocess.Popen[str]

    def ask(self, commands: Sequence[Sequence[str | Path]]) -> list[Answer]:
        """Give commands and read what they answer.

        Raises:
            CommandFailed: one was refused; those behind it were not given.
        """
        given, said = self.typing.stdin, self.typing.stdout
        if given is None or said is None:
            raise CommandFailed("nobody types")
        given.write(json.dumps([[str(word) for word in words] for words in commands]) + "\n")
        given.flush()
        line = said.readline()
        if not line:
            raise CommandFailed("the commands ended without an answer")
        told = json.loads(line)
        if told["refused"]:
            raise CommandFailed(told["refused"])
        return list(told["answers"])


class Node(NamedTuple):
    """One party's node: its folder and address, who types for it, and after `serving()` its process."""

    party: Party
    folder: Path
    clerk: Clerk
    url: str
    process: subprocess.Popen[str] | None = None

    def ask(self, *words: str | Path) -> Answer:
        """Give a command to the node and read the JSON it answers.

        Raises:
            CommandFailed: it was refused.
        """
        (answer,) = self.ask_each([words])
        return answer

    def ask_each(self, commands: Sequence[Sequence[str | Path]]) -> list[Answer]:
        """Give commands to the node, one after another, and read what they answer.

        Raises:
            CommandFailed: one was refused; those behind it were not given.
        """
        try:
            return self.clerk.ask(commands)
        except (CommandFailed, OSError) as exc:
            raise CommandFailed(f"{self.party.name}: {exc}") from exc


@contextmanager
def clerks(folder: Path) -> Iterator[dict[Party, Clerk]]:
    """Let somebody type for each party's node in that folder, until the block ends."""
    found = {party: Clerk(_start_clerk(folder / party.name)) for party in PARTIES}
    try:
        yield found
    finally:
        for clerk in found.values():
            _wait(clerk.typing)  # it ends with its input


def _start_clerk(node: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(COMMANDS), str(node)]
    # A session of its own: Ctrl-C in the terminal ends the demonstration, which then ends this in order.
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def found_node(party: Party, folder: Path, port: int, clerk: Clerk) -> Node:
    """Make a party's node, as an exercise: it calls loopback alone, and reads when it is told to."""
    node = Node(party, folder, clerk, f"http://127.0.0.1:{port}")
    node.ask("node", "init", "--party", party.title, *party.words, "--exercise", "--port", str(port))
    with (folder / "node.toml").open("a", encoding="utf-8") as settings:
        settings.write('outbound_networks = ["127.0.0.0/8"]\nsync_every_s = 0\n')
    return node


def free_ports(count: int) -> list[int]:
    """Give ports of loopback that nobody has now: an anchor names its node's address before the node serves."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


@contextmanager
def serving(nodes: list[Node], logs: Path) -> Iterator[list[Node]]:
    """Serve the nodes, each on its port of loopback, until the block ends; then end these processes and no other."""
    started: list[Node] = []
    try:
        for node in nodes:
            started.append(node._replace(process=_start(node, logs / f"{node.party.name}.log")))
        for node in started:
            _await(node)
        yield started
    finally:
        for node in started:
            if node.process is not None and node.process.poll() is None:
                os.kill(node.process.pid, signal.SIGTERM)
        for node in started:
            if node.process is not None:
                _wait(node.process)


def _start(node: Node, log: Path) -> subprocess.Popen[str]:
    command = [str(COMITY), "--node", str(node.folder), "--json", "node", "serve"]
    with log.open("w") as lines:
        # A session of its own: Ctrl-C in the terminal is for the demonstration, which then ends its nodes in order.
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=lines,
            text=True,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  # no thread runs yet
        )


def _end_with_parent() -> None:
    """Let the kernel end this process when the demonstration itself is killed."""
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGTERM)


def _await(node: Node) -> None:
    said = node.process.stdout.readline() if node.process and node.process.stdout else ""
    if not said or json.loads(said)["serving"] != node.url:
        raise CommandFailed(f"{node.party.name}: the node does not serve at {node.url}; see its log")


def _wait(process: subprocess.Popen[str]) -> None:
    try:
        process.communicate(timeout=ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
