"""Runs a coverage-guided fuzzing target for a while, beginning with given inputs."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

FUZZ = Path(__file__).parent.parent / "fuzz"

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no build for this Python or machine"
)


def run_target(name: str, seeds: Iterable[bytes], folder: Path, *, seconds: int) -> None:
    """Fuzz with `tests/fuzz/NAME` for so long, in a process of its own; a crash, a hang or too much memory fails."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048"]
    run = subprocess.run(
        [sys.executable, str(FUZZ / name), *limits, str(corpus)],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=seconds + 120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    assert "Done" in run.stderr
