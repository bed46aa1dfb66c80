"""Builds the nodes that are measured, and serves them as `comity node serve` does."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from comity.desk.actor import Actor
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.add_reader import AddReaderRequest, ReaderAdded, add_reader
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.init_node import InitRequest, init_node
from comity.desk.node_type import Node
from comity.node import new_node, open_node
from comity.settings import Settings

ME = "freedonia-csirt"
ACTOR = Actor(name="bench", role="administrator", via="cli")

# What each reader's agreement opens, as TOML beside article, kind, from and to.
VIEWS = {
    "reader-all": 'tlp_at_most = "amber+strict"',
    "reader-half": 'tlp_at_most = "green"',
    "reader-thousandth": 'types = ["course-of-action"]\ntlp_at_most = "amber+strict"',
    "reader-ten": 'types = ["location"]\ntlp_at_most = "amber+strict"',
    "reader-nothing": 'types = ["campaign"]\ntlp_at_most = "clear"',
}
FIRST_THREE = ("reader-all", "reader-half", "reader-thousandth")


class Access(NamedTuple):
    """How a reader signs in, and where it reads."""

    user: str
    password: str
    view_id: str


def found_node(folder: Path) -> None:
    """Make an empty node."""
    settings = Settings(party=ME, title="Freedonia CSIRT", kind="authority", log_level="warning")
    with new_node(folder, settings) as node:
        init_node(node, ACTOR, InitRequest())


@contextmanager
def opened(folder: Path) -> Iterator[Node]:
    """Open a node and close it again."""
    node = open_node(folder)
    try:
        yield node
    finally:
        node.store.close()


def add_party_with_view(node: Node, party: str) -> ReaderAdded:
    """Add a party and a reader of it."""
    add_party(node, ACTOR, AddPartyRequest(title=party.replace("-", " "), kind="authority"))
    return add_reader(node, ACTOR, AddReaderRequest(party=party))


def agree(node: Node, party: str, said: str, name: str = "") -> None:
    """Conclude an agreement that opens to a party what `said` says, and adhere to it."""
    agreement = name or f"for-{party}"
    text = agreement_text(agreement, (ME, party), [clause_text("1", (ME,), (party,), said)])
    add_agreement(node, ACTOR, AddAgreementRequest(text=text))
    adhere_agreement(node, ACTOR, AdhereAgreementRequest(agreement=agreement))


def agreement_text(name: str, parties: tuple[str, ...], clauses: list[str]) -> bytes:
    """Write an agreement."""
    head = (
        f'id = "{name}"\ntitle.en = "Benchmark {name}"\nparties = {json.dumps(parties)}\nin_force_from = 2026-01-01\n'
    )
    return (head + "\n".join(clauses)).encode()


def clause_text(article: str, givers: tuple[str, ...], takers: tuple[str, ...], said: str, kind: str = "share") -> str:
    """Write one clause."""
    by = f"from = {json.dumps(givers)}\n" if givers else ""
    return f'\n[[clause]]\narticle = "{article}"\nkind = "{kind}"\n{by}to = {json.dumps(takers)}\n{said}\n'


def copied(source: Path, target: Path) -> Path:
    """Copy a closed node."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target


class Imported(NamedTuple):
    """What a child process says of an import."""

    seconds: float
    peak_mib: float
    objects: int
    new: int
    duplicate: int


def import_in_child(folder: Path, path: Path, source: str | None = None) -> Imported:
    """Import in a process of its own, so that its memory is its own; until all is placed before the readers."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.children", "import", str(folder), str(path), *([source] if source else [])],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Imported(**json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def served(argv: list[str]) -> Iterator[str]:
    """Run a server that says `{"serving": URL}` when it is ready; end it in the end."""
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                yield json.loads(line)["serving"]
                break
        else:
            raise RuntimeError(f"{argv} did not start")
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def served_node(folder: Path) -> Iterator[str]:
    """Serve a node as an operator does."""
    command = Path(sys.executable).parent / "comity"
    with served([str(command), "--node", str(folder), "node", "serve", "--port", "0", "--json"]) as url:
        yield url
