"""Runs the command line for tests: in this process for its words, as a process of its own for its life and death."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from comity.cli.caller import local_actor
from comity.cli.main import run
from comity.desk.init_node import InitRequest, init_node
from comity.node import new_node
from comity.settings import settings_of
from comity.values import Json

AGREEMENT = """
id = "free-ruri-2026"
title.en = "Freedonia-Ruritania arrangement"
parties = ["freedonia-csirt", "ruritania-csirt"]
in_force_from = 2026-01-01

[[clause]]
article = "4(1)"
kind = "share"
types = ["indicator", "identity"]
tlp_at_most = "amber"
text.en = "Each side provides indicators marked up to TLP:AMBER."
"""
INDICATOR = {
    "type": "indicator",
    "spec_version": "2.1",
    "id": "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    "created": "2031-03-01T12:00:00.000Z",
    "modified": "2031-03-01T12:00:00.000Z",
    "pattern": "[ipv4-addr:value = '192.0.2.7']",
    "pattern_type": "stix",
    "valid_from": "2031-03-01T12:00:00Z",
}


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Json]:
        """The last line of stdout, read as JSON."""
        found = json.loads(self.out.splitlines()[-1])
        assert isinstance(found, dict)
        return found


class Command:
    """`comity --node FOLDER …` in this process."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture

    def __call__(self, *words: str | Path) -> Said:
        self._capture.readouterr()
        code = run(["--node", str(self.folder), *map(str, words)])
        return Said(code, *self._capture.readouterr())


def a_node(folder: Path, title: str = "Freedonia CSIRT") -> Path:
    """Make a node of an authority in `folder`."""
    settings = settings_of(party=title.lower().replace(" ", "-"), title=title, kind="authority", acts_for="freedonia")
    with new_node(folder, settings) as node:
        init_node(node, local_actor(), InitRequest())
    return folder


def a_bundle(folder: Path, *objects: dict[str, str], name: str = "bundle.json") -> Path:
    """Write a bundle of these objects, or of one indicator."""
    path = folder / name
    held = list(objects) or [INDICATOR]
    path.write_text(
        json.dumps({"type": "bundle", "id": "bundle--44af6c39-c09b-49c5-9de2-394224b04982", "objects": held})
    )
    return path


def command_line(folder: Path, *words: str | Path) -> list[str]:
    """The words that start the command as a process."""
    return [sys.executable, "-m", "comity.cli.main", "--node", str(folder), *map(str, words)]


def as_process(folder: Path, *words: str | Path) -> Said:
    """Run a command as a process of its own."""
    done = subprocess.run(command_line(folder, *words), capture_output=True, text=True, timeout=60, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


class Serving(NamedTuple):
    """A serving process."""

    url: str
    process: subprocess.Popen[str]
    founding: dict[str, str] | None = None  # where the first account is made, and the code for it


@contextmanager
def serving(folder: Path, *words: str | Path, log: Path | None = None) -> Iterator[Serving]:
    """Serve a node as a process until the block ends; its log goes to a file beside its folder."""
    log = log or folder.with_name(f"{folder.name}.log")
    with log.open("a") as lines:
        process = subprocess.Popen(
            command_line(folder, "--json", "node", "serve", "--port", "0", *words),
            stdout=subprocess.PIPE,
            stderr=lines,
            text=True,
        )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, log.read_text()
        line = json.loads(said)
        yield Serving(line["serving"], process, line["founding"])
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)
