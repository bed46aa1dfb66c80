"""Lets five nodes live in one thread on a simulated wire: one seed decides all that happens, and in which order.

What lives is the product: desk, rooms, door and signatures, over SQLite in memory. What is given in life's place are
clocks (each some seconds off), randomness, the wire between nodes, and what would go on in other threads. The wire
loses requests, or answers after their effect, carries requests out twice, or late and behind newer ones, and is cut
for stretches. While a call is on its way, other things happen. A node dies at a counted transaction, or in a call, and
goes on from what was durable: database and folder.
"""

import asyncio
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec
from litestar import Litestar
from sqlalchemy import Connection, Engine

from comity.catalogue.read import load_catalogue
from comity.desk.guard_log import guard_log
from comity.desk.init_node import InitRequest, init_node
from comity.desk.make_checkpoint import checkpoint_due, make_checkpoint
from comity.desk.node_type import Node
from comity.desk.sequence import settle
from comity.errors import Unreachable
from comity.settings import settings_of
from comity.stores import policies
from comity.stores.opening import Store, open_store
from comity.stores.read_counts import ReadCounts
from comity.taxii.app import create_app
from comity.taxii.door import Door
from comity.values import Instant, instant, party_name
from comity.wire import keys
from comity.wire.outbound import Answer, Origin, Outbound
from tests.support.federation import Member
from tests.support.nodes import OFFICER, CountedEntropy

TITLES = ("Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy", "Concord Secretariat", "Elbonia CSIRT")
PARTIES = tuple(str(party_name(title)) for title in TITLES)
START = instant("2031-03-01T12:00:00Z")
MOST_LIVES = 8  # tries of one verb: a death is counted down, and not dealt out anew
T = TypeVar("T")


class Died(BaseException):
    """The process of a node ended. No `except Exception` in it may hold that up."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class MortalStore(Store):
    """A store whose process dies at a counted transaction: with its work done and not durable, or just durable."""

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__(engine, engine, None)
        self._name = name
        self.left, self.when, self.is_dead = 0, "", False
        self.read_counts = ReadCounts(None)  # a timer would outlive the process that set it, and the world

    @contextmanager
    def write(self, *, even_read_only: bool = False) -> Iterator[Connection]:
        """Give a transaction, as any store does, while the process lives."""
        self.check()
        fatal = self._is_last()
        with super().write(even_read_only=even_read_only) as tx:
            yield tx
            if fatal and self.when == "before":
                self.die()
        if fatal:
            self.die()

    def check(self) -> None:
        """Go no further if the process is dead."""
        if self.is_dead:
            raise Died(self._name)

    def die(self) -> None:
        """End the process."""
        self.is_dead = True
        raise Died(self._name)

    def counted(self) -> None:
        """Die if this is the last call that is left."""
        self.check()
        if self._is_last():
            self.die()

    def _is_last(self) -> bool:
        if self.left:
            self.left -= 1
            return self.left == 0
        return False


class AtOnce(Executor):
    """Carries out what would go on in another thread at once: before what the caller does next."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Do it."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Died:
            raise
        except BaseException as exc:
            future.set_exception(exc)
        return future


class Citizen(Member):
    """One party's node. State kept consistent: its present life, and what outlives it (database, folder, entropy)."""

    def __init__(self, world: "World", title: str, folder: Path, engine: Engine, app: Litestar | None) -> None:
        self.name, self._folder, self._world, self._engine = str(party_name(title)), folder, world, engine
        self.base = f"https://{self.name}.example"
        self.off_ms, self.life = 0, 0
        self.entropy = CountedEntropy()
        self.entropy.restart(f"{world.seed} {title}")
        self._settings = settings_of(party=self.name, title=title, kind="authority", exercise=True)
        if app is None:
            made = keys.create(folder / "keys", self.entropy)
            init = True
        else:
            made, init = keys.load(folder / "keys"), False
        self._keys = made
        self._live()
        self.app = app or create_app(self.node)
        self._open()
        if init:
            init_node(self.node, OFFICER, InitRequest())

    @property
    def store(self) -> MortalStore:
        """The store of the present life."""
        assert isinstance(self.node.store, MortalStore)
        return self.node.store

    def ask(self, verb: Callable[..., T], request: msgspec.Struct) -> T:
        """Let an officer ask a verb of the node."""
        return verb(self.node, OFFICER, request)

    def rows(self, statement: str, *values: str) -> list[tuple[object, ...]]:
        """Look into the database."""
        with self.node.store.read() as tx:
            return [tuple(row) for row in tx.exec_driver_sql(statement, values)]

    def texts_held(self) -> list[str]:
        """Give the ids of the agreements held."""
        with self.node.store.read() as tx:
            return sorted(row.id for row in policies.held_agreements(tx))

    def work(self) -> None:
        """Do what waits for the sequencer, and sign the log."""
        settle(self.node)
        if checkpoint_due(self.node):
            make_checkpoint(self.node)

    def doom(self, after: int, when: str) -> None:
        """Let the node die at one of its next transactions or calls: the so manieth, `before` or `after` it."""
        self.store.left, self.store.when = after, when

    def clock(self) -> Instant:
        """The time here: some seconds off, and never the same twice."""
        return Instant(self._world.tick() + self.off_ms)

    def restart(self) -> None:
        """End this life, and begin the next from what is durable."""
        self.store.is_dead = True
        self.life += 1
        self._live()
        self._open()

    def _live(self) -> None:
        self.node = Node(
            store=MortalStore(self._engine, self.name),
            clock=self.clock,
            entropy=self.entropy,
            catalogue=CATALOGUE,
            keys=self._keys,
            settings=self._settings,
            folder=self._folder,
            dial=partial(SimulatedLine, self._world, self.name),
            beside=lambda _: AtOnce(),
        )

    def _open(self) -> None:
        guard_log(self.node)
        # Another application would cost a tenth of a second; this is all that one keeps between two requests.
        door: Door = self.app.state["door"]
        fresh = Door(self.node)
        door.node, door.throttle, door.metrics = fresh.node, fresh.throttle, fresh.metrics


class Call(NamedTuple):
    """A request on its way."""

    caller: str
    to: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None

    def __str__(self) -> str:
        path = urlsplit(self.url).path.rstrip("/").rpartition("/")[2]
        return f"{self.caller} {self.method} {self.to}/{path}"


class Faults(NamedTuple):
    """How probable it is that a call is lost, its answer is, it is carried out twice, or late; what happens between."""

    lost: float = 0.0
    answer_lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    between: float = 0.0


class SimulatedLine:
    """A line from one node to another over the simulated wire."""

    def __init__(self, world: "World", caller: str, _: Outbound, origin: Origin) -> None:
        self._world, self._caller, self._to = world, caller, origin.host.removesuffix(".example")
        self._store = world.citizens[caller].store

    def close(self) -> None:
        """Hang up."""

    def call(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Make a call; raises what a real line does, or `Died` if the caller dies of it."""
        self._store.counted()
        try:
            return self._world.carry(Call(self._caller, self._to, method, url, tuple(headers.items()), body))
        finally:
            self._store.counted()


class World:
    """All nodes, the wire between them and the time. State kept consistent: the one row of chances that decides all."""

    def __init__(self, seed: str, loop: asyncio.AbstractEventLoop) -> None:
        self.seed, self._loop = seed, loop
        self.chance = random.Random(seed)
        self.now_ms = int(START)
        self.citizens: dict[str, Citizen] = {}
        self.faults = Faults()
        self.cut: set[frozenset[str]] = set()
        self.late: list[Call] = []
        self.between: Callable[[], None] = lambda: None
        self.trace: list[str] = []
        self.counts: Counter[str] = Counter()

    def tick(self) -> int:
        """Give the time, a millisecond after the last reading."""
        self.now_ms += 1
        return self.now_ms

    def say(self, line: str) -> None:
        """Add to the trace."""
        self.trace.append(f"{self.now_ms - int(START):>9} {line}")

    def happens(self, probability: float) -> bool:
        """Draw a chance."""
        return self.chance.random() < probability

    def carry(self, call: Call) -> Answer:
        """Carry a call over the wire as it is now.

        Raises:
            Unreachable: no answer came; nobody can tell from that whether it was carried out.
        """
        self.counts["calls"] += 1
        if frozenset((call.caller, call.to)) in self.cut:
            raise self._lost(call, "cut")
        self._meanwhile()
        if self.happens(self.faults.lost):
            raise self._lost(call, "lost")
        if self.happens(self.faults.late):
            self.late.append(call)
            raise self._lost(call, "late")
        answer = self.deliver(call)
        if self.happens(self.faults.doubled):
            self.counts["doubled"] += 1
            self.say(f"  {call} twice")
            answer = self.deliver(call)
        self._meanwhile()
        if answer is None or self.happens(self.faults.answer_lost):
            raise self._lost(call, "answer lost")
        self.say(f"  {call} {answer.status}")
        return answer

    def _lost(self, call: Call, how: str) -> Unreachable:
        self.counts[how] += 1
        self.say(f"  {call} {how}")
        return Unreachable("{host} cannot be reached: {why}", host=call.to, why=how)

    def _meanwhile(self) -> None:
        if self.happens(self.faults.between):
            self.counts["between"] += 1
            self.between()

    def deliver(self, call: Call) -> Answer | None:
        """Let the node that is called answer; None if it dies of it."""
        citizen = self.citizens[call.to]
        try:
            return self._loop.run_until_complete(_answered(citizen.app, call))
        except Died:
            self.died(citizen)
            return None

    def deliver_late(self) -> None:
        """Carry out one of the calls that were held up, in any order; nobody waits for its answer any more."""
        call = self.late.pop(self.chance.randrange(len(self.late)))
        answer = self.deliver(call)
        self.counts["carried out late"] += 1
        self.say(f"{call} carried out late: {'died' if answer is None else answer.status}")

    def died(self, citizen: Citizen) -> None:
        """Begin a node's next life."""
        self.counts["deaths"] += 1
        citizen.restart()
        self.say(f"{citizen.name} died and lives again")

    def attempt(self, citizen: Citizen, work: Callable[[], T], *, again: bool = True) -> T | None:
        """Do work at a node; if the node dies of it, do it again in its next life, or give None."""
        for _ in range(MOST_LIVES):
            life = citizen.life
            try:
                return work()
            except Died as death:
                assert death.name == citizen.name
                if citizen.life == life:  # else something else at this node has begun its next life already
                    self.died(citizen)
            if not again:
                return None
        raise AssertionError("a death for each try")


async def _answered(app: Litestar, call: Call) -> Answer:
    """Ask an application as its server would."""
    parts = urlsplit(call.url)
    told: dict[str, Any] = {"status": 0, "headers": {}, "body": b""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": call.body or b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            told["status"] = message["status"]
            told["headers"] = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            told["body"] += message.get("body", b"")

    headers = [(b"host", parts.netloc.encode()), *((name.encode(), value.encode()) for name, value in call.headers)]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": parts.scheme,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("192.0.2.1", 50000),
        "server": (parts.netloc, 443),
        "state": {},
    }
    await app(scope, receive, send)  # type: ignore[arg-type]  # ASGI's own types are wider than Litestar's
    return Answer(told["status"], told["headers"], told["body"])


class Stage:
    """Nodes that have met and read from each other, to be copied for each seed."""

    def __init__(
        self, folder: Path, prepare: Callable[[Sequence[Citizen]], None], titles: Sequence[str] = TITLES
    ) -> None:
        self._folder, self._titles = folder, titles
        self._loop = asyncio.new_event_loop()
        self._stores = [open_store("memory:") for _ in titles]
        world = World("set-up", self._loop)
        for title, store in zip(titles, self._stores, strict=True):
            home = folder / "set-up" / title
            home.mkdir(parents=True)
            one = Citizen(world, title, home, _engine(store), None)
            world.citizens[one.name] = one
        citizens = list(world.citizens.values())
        for one, other in ((one, other) for one in citizens for other in citizens if one is not other):
            one.meet(other)
        for one, other in ((one, other) for one in citizens for other in citizens if one is not other):
            one.read_from(other)
        prepare(citizens)
        self._apps = [one.app for one in citizens]
        self._began_ms = world.now_ms
        self._images = [image_of(store) for store in self._stores]

    def close(self) -> None:
        """Give back what is open."""
        for image in self._images:
            image.close()
        for store in self._stores:
            store.close()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    @contextmanager
    def world(self, seed: int) -> Iterator[World]:
        """Give a world of its own to a seed."""
        world = World(str(seed), self._loop)
        world.now_ms = self._began_ms
        home = self._folder / f"seed-{seed}"
        shutil.copytree(self._folder / "set-up", home)
        for title, store, image, app in zip(self._titles, self._stores, self._images, self._apps, strict=True):
            put_back(store, image)
            one = Citizen(world, title, home / title, _engine(store), app)
            world.citizens[one.name] = one
        try:
            yield world
        finally:
            shutil.rmtree(home)


CATALOGUE = load_catalogue()


def image_of(store: Store) -> sqlite3.Connection:
    """Copy a database."""
    image = sqlite3.connect(":memory:")
    _raw(_engine(store)).backup(image)
    return image


def put_back(store: Store, image: sqlite3.Connection) -> None:
    """Let a database be as it was when it was copied."""
    image.backup(_raw(_engine(store)))


def _engine(store: Store) -> Engine:
    with store.read() as tx:
        return tx.engine


def _raw(engine: Engine) -> sqlite3.Connection:
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw
