"""Starts other projects' TAXII servers on loopback, each in the environment that `make` keeps apart for them."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-bench" / "bin" / "python"
PROGRAM = ROOT / "benchmarks" / "peer_servers.py"
USER, PASSWORD = "bench", "bench-password"


class Foreign(NamedTuple):
    """A running server: its address, and its one collection's URL."""

    base: str
    collection: str


@contextmanager
def foreign_server(kind: str, folder: Path) -> Iterator[Foreign]:
    """Serve `medallion` or `opentaxii` with one open collection until the block ends."""
    if not PYTHON.exists():
        pytest.fail("the other TAXII servers are missing: `make test` sets them up in .venv-bench")
    folder.mkdir(exist_ok=True)
    with (folder / "log").open("w") as log:
        command = [PYTHON, PROGRAM, kind, folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    with process:
        try:
            assert process.stdout is not None
            said = next((line for line in process.stdout if line.startswith("{")), None)  # after words of their own
            assert said, (folder / "log").read_text()
            url = str(json.loads(said)["serving"])
            yield Foreign("/".join(url.split("/")[:3]), url.removesuffix("objects/"))
        finally:
            process.kill()
