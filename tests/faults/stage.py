"""Sets the stage for deaths: a node to be copied, objects to take in, and a crew that starts processes to be killed."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
import pytest

from comity.cli.caller import local_actor
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.add_reader import AddReaderRequest, ReaderAdded, add_reader
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.init_node import InitRequest, init_node
from comity.node import new_node
from comity.settings import settings_of
from comity.values import Json
from tests.support.command import Said

ROOT = Path(__file__).parents[2]
WITHIN_S = 60
AGREEMENT = b"""
id = "open-2026"
title.en = "Arrangement for the tests of faults"
parties = ["freedonia", "ruritania", "elbonia"]
in_force_from = 2020-01-01

[[clause]]
article = "1"
kind = "share"
tlp_at_most = "amber"
text.en = "Each gives what it holds."

[[clause]]
article = "2"
kind = "forward"
tlp_at_most = "amber"
text.en = "Each passes on what another gave."
"""


class Stage(NamedTuple):
    """A node ready to be copied. Ruritania submits, Elbonia reads all."""

    folder: Path
    user: str
    password: str
    view_id: str
    submitter: ReaderAdded


def set_stage(folder: Path, **settings: str | int) -> Stage:
    """Make the node."""
    given = settings_of(party="freedonia", title="Freedonia", kind="state", port=0, **settings)
    with new_node(folder, given) as node:
        init_node(node, local_actor(), InitRequest())
        for title in ("Ruritania", "Elbonia"):
            add_party(node, local_actor(), AddPartyRequest(title=title, kind="state", default_tlp="green"))
        add_agreement(node, local_actor(), AddAgreementRequest(text=AGREEMENT))
        for party in ("freedonia", "ruritania", "elbonia"):
            evidence = None if party == "freedonia" else "note verbale"
            request = AdhereAgreementRequest(agreement="open-2026", party=party, evidence=evidence)
            adhere_agreement(node, local_actor(), request)
        reader, submitter = (
            add_reader(node, local_actor(), AddReaderRequest(party=party)) for party in ("elbonia", "ruritania")
        )
    return Stage(folder, reader.user, reader.password, reader.collection, submitter)


def some_objects(chance: random.Random, count: int) -> list[dict[str, Json]]:
    """Make objects of several kinds that name each other, also before the other has come."""
    made: list[dict[str, Json]] = []
    for n in range(count):
        kind = ("indicator", "relationship", "malware", "ipv4-addr", "x-fault-note", "report")[n % 6]
        made.append(_object(chance, kind, n, made))
    chance.shuffle(made)
    return made


def _object(chance: random.Random, kind: str, n: int, before: Sequence[dict[str, Json]]) -> dict[str, Json]:
    one: dict[str, Json] = {"type": kind, "spec_version": "2.1", "id": f"{kind}--{_uuid(chance)}"}
    if kind == "ipv4-addr":
        return {**one, "value": f"192.0.2.{n % 256}"}
    one |= {"created": "2030-01-01T00:00:00.000Z", "modified": "2030-01-01T00:00:00.000Z", "name": f"n {n} \u00e9"}
    others = [str(other["id"]) for other in before if other["type"] in ("indicator", "malware")]
    if kind == "indicator":
        pattern = f"[domain-name:value = 'host{n}.example']"
        one |= {"pattern": pattern, "pattern_type": "stix", "valid_from": "2030-01-01T00:00:00Z"}
    elif kind == "malware":
        one |= {"is_family": False, "aliases": [f"alias {n}", "shared alias"]}
    elif kind == "relationship":
        ends = {"source_ref": chance.choice(others), "target_ref": chance.choice(others)}
        one |= {"relationship_type": "related-to", **ends}
    elif kind == "report":
        one |= {"published": "2030-01-01T00:00:00Z", "object_refs": sorted(set(chance.choices(others, k=3)))}
    return one


def _uuid(chance: random.Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def encoded(objects: Sequence[dict[str, Json]]) -> dict[str, bytes]:
    """Give each object's exact bytes, by id."""
    return {str(one["id"]): json.dumps(one, ensure_ascii=False).encode() for one in objects}


def write_files(folder: Path, given: dict[str, bytes], files: int) -> Path:
    """Write the objects as bundles into several small files."""
    folder.mkdir(parents=True)
    bodies = list(given.values())
    for n in range(files):
        inside = b",\n".join(bodies[n::files])
        text = b'{"type":"bundle","id":"bundle--%d","objects":[' % n + inside + b"]}"
        (folder / f"{n:03}.json").write_bytes(text)
    return folder


def stix_id_of(body: bytes) -> str:
    """Read an object's id."""
    return str(json.loads(body)["id"])


class Child(NamedTuple):
    """A running child of the crew."""

    pid: int
    out: Path


class Crew:
    """Starts children one after another from a process that has the product loaded already."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder, self._count = process, folder, 0
        self._awaited = False  # a child was started whose end nobody has asked for

    def start(self, words: Sequence[str | Path], *, die: str = "", **constants: int) -> Child:
        """Start a command. `constants` are by `module:NAME` with dots and colon written as `__` and `___`."""
        if self._awaited:  # a test failed in between; the next shall not
            self.kill()
        self._count += 1
        out = self._folder / f"out-{self._count % 8}"
        settings = {name.replace("___", ":").replace("__", "."): value for name, value in constants.items()}
        order = {
            "words": [str(word) for word in words],
            "out": str(out),
            "err": f"{out}.err",
            "die": die,
            "set": settings,
        }
        out.unlink(missing_ok=True)
        self._say(json.dumps(order))
        pid = self._answer()["pid"]
        assert pid is not None
        self._awaited = True
        return Child(pid, out)

    def say(self, folder: Path, *words: str | Path) -> Said:
        """Type a command for a node as a process of its own, to its end; gives all that it said."""
        child = self.start(["--node", folder, *words])
        code = self.wait()
        return Said(code, child.out.read_text(), child.out.with_name(f"{child.out.name}.err").read_text())

    def wait(self) -> int:
        """Wait for the child's end and give its exit status; -9 if it was killed. Fails if it does not end."""
        self._say("wait")
        return self._ended()

    def kill(self) -> int:
        """Kill the child if it still lives, and give its exit status."""
        self._say("kill")
        return self._ended()

    def _ended(self) -> int:
        self._awaited = False
        status = self._answer()["status"]
        assert status is not None, "the child did not end: the point of its death was never reached"
        return status

    def _say(self, line: str) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(line + "\n")
        pipe.flush()

    def _answer(self) -> dict[str, int | None]:
        answer: dict[str, int | None] = json.loads(self._pipe(self._process.stdout).readline())
        return answer

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


@contextmanager
def hired(folder: Path) -> Iterator[Crew]:
    """Give a crew until the block ends."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.faults.launcher"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Crew(process, folder)
        finally:
            assert process.stdin is not None
            process.stdin.close()


@pytest.fixture(scope="session")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    """One crew for all: it loads the product once, and each child is a fork of it."""
    with hired(tmp_path_factory.mktemp("crew")) as found:
        yield found


def lines_of(file: Path) -> list[dict[str, Json]]:
    """Read the whole lines of JSON that a child has written."""
    text = file.read_bytes() if file.exists() else b""
    return [json.loads(line) for line in text.split(b"\n")[:-1]]


def first_line(file: Path) -> dict[str, Json]:
    """Wait for a child's first line."""
    give_up_at = time.monotonic() + WITHIN_S
    while not (lines := lines_of(file)):
        assert time.monotonic() < give_up_at, file.with_name(f"{file.name}.err").read_text()
        time.sleep(0.005)
    return lines[0]


def as_envelope(bodies: Sequence[bytes]) -> bytes:
    """Write a TAXII envelope of these exact bytes."""
    return msgspec.json.encode({"objects": [msgspec.Raw(body) for body in bodies]})
