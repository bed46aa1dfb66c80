"""Runs the parties' nodes as people would: each a process with its folder, each asked by `comity`."""

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

COMITY = Path(sys.executable).with_name("comity")
ENDS_WITHIN_S = 20
_SET_PDEATHSIG = 1  # prctl(2)


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
PARTIES = (FREEDONIA, RURITANIA, NORTHWIND)


class CommandFailed(Exception):
    """A command did not do what the demonstration needs; the message is what it said."""


class Node(NamedTuple):
    """One party's node: its folder, and after `serving()` its process and address."""

    party: Party
    folder: Path
    url: str = ""
    process: subprocess.Popen[str] | None = None

    def ask(self, *words: str | Path) -> dict[str, Any]:
        """Give a command to the node and read the JSON it answers.

        Raises:
            CommandFailed: it was refused.
        """
        command = [str(COMITY), "--node", str(self.folder), "--json", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CommandFailed(f"{self.party.name}: comity {' '.join(map(str, words))}\n{done.stderr.strip()}")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


def found_node(party: Party, folder: Path) -> Node:
    """Make a party's node, as an exercise."""
    node = Node(party, folder)
    node.ask("node", "init", "--party", party.title, *party.words, "--exercise", "--port", "0")
    return node


@contextmanager
def serving(nodes: list[Node], logs: Path) -> Iterator[list[Node]]:
    """Serve the nodes, each on a free port of loopback, until the block ends; then end these processes and no other."""
    started: list[Node] = []
    try:
        for node in nodes:
            started.append(node._replace(process=_start(node, logs / f"{node.party.name}.log")))
        yield [node._replace(url=_address(node)) for node in started]
    finally:
        for node in started:
            if node.process is not None and node.process.poll() is None:
                os.kill(node.process.pid, signal.SIGTERM)
        for node in started:
            if node.process is not None:
                _wait(node.process)


def _start(node: Node, log: Path) -> subprocess.Popen[str]:
    command = [str(COMITY), "--node", str(node.folder), "--json", "node", "serve", "--port", "0"]
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


def _address(node: Node) -> str:
    said = node.process.stdout.readline() if node.process and node.process.stdout else ""
    if not said:
        raise CommandFailed(f"{node.party.name}: the node does not serve; see its log")
    return str(json.loads(said)["serving"])


def _wait(process: subprocess.Popen[str]) -> None:
    try:
        process.communicate(timeout=ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
