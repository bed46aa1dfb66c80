"""Plays a small exercise federation on loopback: four nodes, two agreements, one sharing group; shows who got what.

    python demo/run.py [--check] [--data DIR]

Without `--check` the nodes stay until Ctrl-C. With it the table is checked against an independent count, and the exit
code is the verdict. `--data` takes your own folder of STIX in the place of the real knowledge.
"""

import argparse
import fcntl
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from check import verdict
from desks import invite
from federation import COMITY, PARTIES, CommandFailed, clerks, found_node, free_ports, serving
from meeting import each
from play import Played, play, prepare
from table import table

STATE = Path(__file__).parent / ".state"
EXERCISE = "EXERCISE EXERCISE EXERCISE  all parties are fictional; threat actors and tools are as published"


def main() -> int:
    """Play, and stay or judge."""
    words = argparse.ArgumentParser(description="The exercise federation of the demonstration.")
    words.add_argument("--check", action="store_true", help="check the table and exit with the verdict")
    words.add_argument("--data", type=Path, help="folder or file of STIX to take in as Freedonia's knowledge")
    asked = words.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: _interrupt())
    try:
        with run_folder() as folder:
            return _run(folder, asked.data, check=asked.check)
    except KeyboardInterrupt:
        print("\nended; the nodes and their folders are gone")
        return 0
    except CommandFailed as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1


def _interrupt() -> None:
    raise KeyboardInterrupt


def _run(folder: Path, data: Path | None, *, check: bool) -> int:
    began = time.monotonic()
    print(EXERCISE)
    ports = dict(zip(PARTIES, free_ports(len(PARTIES)), strict=True))
    with ExitStack() as nodes_run, ExitStack() as typing:
        typed_by = typing.enter_context(clerks(folder))
        founded = each(PARTIES, lambda party: found_node(party, folder / party.name, ports[party], typed_by[party]))
        met = prepare(founded, folder, _say)
        nodes = nodes_run.enter_context(serving(founded, folder))
        played = play(nodes, met, folder, data.resolve() if data else None, _say)
        print()
        print(table(played))
        if check:
            return verdict(played, whole=data is None)
        invited = invite(nodes)
        typing.close()
        _tell(played, invited, time.monotonic() - began)
        threading.Event().wait()
    return 0


def _say(words: str) -> None:
    print(f"  {words} …", flush=True)


def _tell(played: Played, invited: list[str], took_s: float) -> None:
    """Say where to look and how to sign in."""
    print("\nDesks in a browser on this machine, each code for one person and once")
    for line in invited:
        print(line)
    print("Addresses (TAXII, loopback only)")
    for name, node in played.nodes.items():
        print(f"  {name:<18} {node.url}/taxii2/")
    print("Credentials, each in a file that only you can read")
    for (giver, reader), file in played.credentials.items():
        print(f"  {reader} at {giver}: {file}")
    print("Look")
    node = next(iter(played.nodes.values()))
    for words in ("peer health", "receipt list", "log show", "release preview", "item search gridlock*"):
        print(f"  {COMITY} --node {node.folder} {words}")
    print(EXERCISE)
    print(f"set up and played in {took_s:.0f} s; Ctrl-C ends it")
    print("ready", flush=True)


@contextmanager
def run_folder() -> Iterator[Path]:
    """Give a new folder for this run and take it away in the end; what an earlier run left behind goes first."""
    STATE.mkdir(exist_ok=True)
    for left in STATE.glob("run-*"):
        _remove_if_left(left)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=STATE))
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_if_left(folder: Path) -> None:
    try:
        with (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # its run is over if nobody holds it
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main())
