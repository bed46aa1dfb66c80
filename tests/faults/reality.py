"""Lets five real processes live as a schedule wants it: `comity node serve` each, joined by relays that lose and delay.

What the simulation gives in life's place is life here: clocks, randomness, threads, sockets and death by SIGKILL. Each
node reads from each other over a relay of the two, on loopback, that takes requests whole: it loses one, or its answer
after its effect, sends it twice, holds it up, or is cut both ways.
"""

import asyncio
import json
import multiprocessing
import os
import random
import signal
import socket
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import permutations
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

import msgspec

import comity.cli.serving  # the server too is loaded before the fork
from comity.cli.caller import Caller, local_actor
from comity.cli.main import run
from comity.cli.tables import consoles
from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.desk.init_node import InitRequest, init_node
from comity.desk.registry import VERBS
from comity.errors import NodeError
from comity.node import new_node, open_node
from comity.settings import settings_of
from comity.taxii.app import create_app
from comity.values import party_name
from tests.faults.simulation import TITLES, Faults
from tests.faults.stage import lines_of
from tests.support.federation import Member
from tests.support.nodes import Object
from tests.support.taxii import served, wait_until

T = TypeVar("T")
# Each life is a process of its own, forked from one that has loaded the product: loading it takes most of a start.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload([__name__])
READY_WITHIN_S = 60
PORTS = range(15_000, 32_000)  # below those that the system gives to whoever calls
LONGEST_DELAY_S = 0.5
DEATH_AFTER_S = 0.02  # for each transaction or call that a schedule leaves a node
SYNC_EVERY_S = 3
MOST_LIVES = 8
assert comity.cli.serving


class Resident(Member):
    """One party's node in a folder of its own. State kept consistent: the process that serves it now."""

    def __init__(self, world: "RealWorld", title: str, folder: Path) -> None:
        self.name, self.folder, self._folder, self._files = str(party_name(title)), folder, folder, 0
        self._world, self.off_ms, self.port = world, 0, _free_port()
        self._process: BaseProcess | None = None
        self._living, self._out = threading.RLock(), folder.with_suffix(".out")
        settings = settings_of(
            party=self.name,
            title=title,
            kind="authority",
            exercise=True,
            port=self.port,
            sync_every_s=SYNC_EVERY_S,
            log_level="error",
            outbound_networks=["127.0.0.0/8"],  # type: ignore[arg-type]
        )
        with new_node(folder, settings) as node:
            init_node(node, local_actor(), InitRequest())
        self.open()

    def open(self) -> None:
        """Open the node here, as long as no process serves it."""
        self.node = open_node(self.folder)

    def begin(self) -> None:
        """Begin a life."""
        with self._living:
            self._out.unlink(missing_ok=True)
            words = ["--node", str(self.folder), "--json", "node", "serve"]
            self._process = FORKED.Process(target=_live, args=(words, str(self._out)))
            self._process.start()

    def be_ready(self) -> None:
        """Wait until the node is served."""
        with self._living:
            assert self._process is not None
            wait_until(lambda: bool(lines_of(self._out)) or not self._process.is_alive(), READY_WITHIN_S)
            assert lines_of(self._out), self._out.with_suffix(".err").read_text()

    def end(self, number: signal.Signals) -> None:
        """End a life; an orderly end is one without a fault."""
        with self._living:
            assert self._process is not None and self._process.pid is not None
            os.kill(self._process.pid, number)
            self._process.join(60)
            code = self._process.exitcode
            assert code == (-9 if number == signal.SIGKILL else 0), f"{self.name} ended with {code}"
            self._process.close()
            self._process = None

    def live_again(self, number: signal.Signals) -> None:
        """End a life, and begin the next."""
        with self._living:
            self.end(number)
            self.begin()
            self.be_ready()

    def restart(self) -> None:
        """Stop the node and start it again."""
        self.live_again(signal.SIGTERM)

    def doom(self, after: int, _: str) -> None:
        """Let the node die a little later, in the midst of what it then does, and begin its next life."""
        death = threading.Timer(after * DEATH_AFTER_S, self._die)
        self._world.deaths.append(death)
        death.start()

    def _die(self) -> None:
        self.live_again(signal.SIGKILL)
        self._world.counts["deaths"] += 1

    def ask(self, verb: Callable[..., Any], request: msgspec.Struct) -> Any:
        """Let an officer ask a verb, as the command does."""
        (meant,) = (one for one in VERBS.values() if one.function is verb)
        return Caller(str(self.folder), False, *consoles()).ask(meant.name, request, meant.answer)

    def put(self, *objects: Object, tlp: str = "green") -> ImportAnswer:
        """Take own objects in."""
        self._files += 1
        file = self.folder.with_name(f"{self.name}-{self._files}.json")
        file.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}))
        return self.ask(import_items, ImportItemsRequest(paths=(str(file),), default_tlp=tlp))

    def rows(self, statement: str, *values: str) -> list[tuple[object, ...]]:
        """Look into the database, beside the process that has it open."""
        database = sqlite3.connect(f"file:{self.folder}/node.db?mode=ro", uri=True, timeout=30)
        try:
            return database.execute(statement, values).fetchall()
        finally:
            database.close()

    def texts_held(self) -> list[str]:
        """Give the ids of the agreements held."""
        return sorted(str(row[0]) for row in self.rows("select id from agreements"))

    def work(self) -> None:
        """Leave the sequencer to its own thread."""


def _live(words: Sequence[str], out: str) -> None:
    """Run a command in this process, as one that was started by its name would."""
    for number, name in ((1, out), (2, f"{out.removesuffix('.out')}.err")):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.exit(run(words))


class RealWorld:
    """All processes and the relays between them. State kept consistent: what the wire does now, and who is to die."""

    def __init__(self, seed: int) -> None:
        self.chance, self._luck = random.Random(str(seed)), random.Random(f"wire {seed}")
        self.citizens: dict[str, Resident] = {}
        self.relays: dict[tuple[str, str], str] = {}  # the address at which one reaches another
        self.faults, self.cut, self.between = Faults(), set[frozenset[str]](), lambda: None
        self.late: list[object] = []  # what is held up comes by itself
        self.now_ms = 0
        self.trace: list[str] = []
        self.counts: Counter[str] = Counter()
        self.deaths: list[threading.Timer] = []

    def say(self, line: str) -> None:
        """Add to the trace."""
        self.trace.append(line)

    def attempt(self, citizen: Resident, work: Callable[[], T], *, again: bool = True) -> T | None:
        """Do work at a node; if the node dies of it, do it again in its next life, or give None."""
        for _ in range(MOST_LIVES):
            try:
                return work()
            except (NodeError, ConnectionError) as death:
                self.say(f"{citizen.name} was gone: {death}")
            if not again:
                return None
        raise AssertionError("a death for each try")

    def be_over(self) -> None:
        """Wait until all who are to die have died, and live again."""
        for death in self.deaths:
            death.join(timeout=60)
            assert not death.is_alive()

    def fate(self, ends: frozenset[str]) -> str:
        """Draw what becomes of a request."""
        self.counts["calls"] += 1
        found = "cut" if ends in self.cut else ""
        for kind, probability in zip(("lost", "answer lost", "doubled", "late"), self.faults, strict=False):
            if not found and self._luck.random() < probability:
                found = kind
        self.counts[found or "through"] += 1
        return found

    async def relay(self, ends: tuple[str, str], near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry one connection from a party to another."""
        port = self.citizens[ends[1]].port
        with suppress(OSError, asyncio.IncompleteReadError):  # whoever hangs up, hangs up
            far, onward = await asyncio.open_connection("127.0.0.1", port)
            swallowing = asyncio.Event()
            answers = asyncio.create_task(_pass_back(far, back, swallowing))
            try:
                while request := await _request(near):
                    fate = self.fate(frozenset(ends))
                    if fate in ("cut", "lost"):
                        break
                    if fate == "late":
                        await asyncio.sleep(LONGEST_DELAY_S * self._luck.random())
                    if fate == "doubled":
                        await _asked_beside(port, request)
                    if fate == "answer lost":
                        swallowing.set()
                    onward.write(request)
                    await onward.drain()
            finally:
                answers.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await answers
                onward.transport.abort()
        back.transport.abort()


async def _request(near: asyncio.StreamReader) -> bytes:
    """Read one request whole; nothing if there is none."""
    try:
        head = await near.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    sizes = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return head + await near.readexactly(int(sizes[0]) if sizes else 0)


async def _pass_back(far: asyncio.StreamReader, back: asyncio.StreamWriter, swallowing: asyncio.Event) -> None:
    """Pass answers on, until one is to be lost: then the line is cut, and nobody can tell what was done."""
    while (said := await far.read(1 << 18)) and not swallowing.is_set():
        back.write(said)
        await back.drain()
    back.transport.abort()


async def _asked_beside(port: int, request: bytes) -> None:
    """Send a request on a line of its own, and let its answer go."""
    far, onward = await asyncio.open_connection("127.0.0.1", port)
    try:
        onward.write(request)
        await far.read(1)
    finally:
        onward.transport.abort()


def _free_port() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@contextmanager
def relays_of(world: RealWorld) -> Iterator[None]:
    """Lay a relay from each party to each other, until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def lay() -> list[asyncio.Server]:
        servers = []
        for ends in permutations(world.citizens, 2):
            servers.append(await asyncio.start_server(partial(world.relay, ends), "127.0.0.1", 0))
            world.relays[ends] = f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}"
        return servers

    async def take_up(servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        carrying = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    servers = asyncio.run_coroutine_threadsafe(lay(), loop).result(20)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(take_up(servers), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=20)
        loop.close()


@contextmanager
def real_world(folder: Path, seed: int, prepare: Callable[[RealWorld], None]) -> Iterator[RealWorld]:
    """Give five nodes that have met and read from each other, each served by a process of its own."""
    world = RealWorld(seed)
    with ExitStack() as stack:
        for number, title in enumerate(TITLES):
            one = Resident(world, title, folder / str(number))
            world.citizens[one.name] = one
        residents = list(world.citizens.values())
        stack.enter_context(relays_of(world))
        with ExitStack() as serving:
            for one in residents:
                serving.enter_context(served(create_app(one.node), port=one.port))
            for one, other in permutations(residents, 2):
                one.meet(other)
            for one, other in permutations(residents, 2):
                other.base = world.relays[one.name, other.name]
                one.read_from(other)
            prepare(world)
        for one in residents:
            one.node.store.close()
        for one in residents:
            one.begin()
            stack.callback(one.end, signal.SIGTERM)
        for one in residents:
            one.be_ready()
        stack.callback(world.be_over)
        yield world
    for one in residents:
        one.open()
