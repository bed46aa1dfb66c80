"""Builds a node whose clock and randomness are given, and speaks to it as its officers and its readers do."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec
from argon2.profiles import CHEAPEST

from comity.catalogue.read import Catalogue, load_catalogue
from comity.desk.actor import Actor
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.add_reader import AddReaderRequest, ReaderAdded, add_reader
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.authenticate_reader import authenticate_reader
from comity.desk.end_agreement import EndAgreementRequest, end_agreement
from comity.desk.explain_release import ExplainReleaseRequest, ReleaseExplained, explain_release
from comity.desk.guard_log import guard_log
from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.desk.init_node import InitRequest, init_node
from comity.desk.node_type import Node
from comity.desk.read_view import read_manifest, read_objects
from comity.desk.sequence import settle
from comity.desk.views import ReaderActor, ReadQuery
from comity.node import new_node
from comity.settings import Settings, settings_of
from comity.stores.opening import Store, open_store
from comity.stores.read_counts import ReadCounts
from comity.stores.tallies import Tallies
from comity.values import Instant, Json, instant
from comity.wire import keys

OFFICER = Actor(name="officer", role="administrator", via="cli")
START = "2031-03-01T12:00:00Z"

Object = dict[str, Json]


class SetClock:
    """A clock that stands until it is set."""

    def __init__(self, text: str = START) -> None:
        self.now = instant(text)

    def __call__(self) -> Instant:
        return self.now


class CountedEntropy:
    """Bytes that look random and follow from a word and a count; `restart` begins another row of them."""

    def __init__(self) -> None:
        self.restart("set-up")

    def restart(self, word: str) -> None:
        """Begin a row of bytes that does not depend on how many were drawn before."""
        self._word, self._count = word.encode(), 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(self._word + self._count.to_bytes(8, "big")).digest(size)


class Freedonia:
    """The node of Freedonia's CSIRT. Parties are added by title; a party gets a reader when it first reads."""

    def __init__(self, node: Node, clock: SetClock, entropy: CountedEntropy, folder: Path) -> None:
        self.node, self.clock, self.entropy, self._folder = node, clock, entropy, folder
        self._readers: dict[str, ReaderActor] = {}
        self.credentials: dict[str, ReaderAdded] = {}

    def at(self, text: str) -> None:
        """Put the clock to a time; nothing happens by itself."""
        self.clock.now = instant(text)

    def later(self, seconds: int = 60) -> None:
        """Put the clock forward."""
        self.clock.now = Instant(self.clock.now + seconds * 1000)

    def settle(self) -> None:
        """Let the sequencer do all it has to do."""
        settle(self.node)

    def party(self, title: str, *, default_tlp: str | None = None) -> None:
        """Add a party."""
        add_party(self.node, OFFICER, AddPartyRequest(title=title, kind="authority", default_tlp=default_tlp))

    def agree(self, text: str, *, adhere: Iterable[str] = ("freedonia-csirt",)) -> str:
        """Add an agreement and let these parties adhere."""
        added = add_agreement(self.node, OFFICER, AddAgreementRequest(text=text.encode()))
        for party in adhere:
            evidence = None if party == "freedonia-csirt" else "note verbale"
            request = AdhereAgreementRequest(agreement=added.id, party=party, evidence=evidence)
            adhere_agreement(self.node, OFFICER, request)
        return added.id

    def end(self, agreement: str) -> None:
        """End an agreement now."""
        end_agreement(self.node, OFFICER, EndAgreementRequest(agreement=agreement))

    def put(
        self, *objects: Object | bytes, tlp: str = "green", source: str | None = None, embargo: str | None = None
    ) -> ImportAnswer:
        """Import these objects as one bundle."""
        texts = [obj if isinstance(obj, bytes) else json.dumps(obj).encode() for obj in objects]
        file = self._folder / "input.json"
        file.write_bytes(b'{"type":"bundle","id":"bundle--1","objects":[' + b",".join(texts) + b"]}")
        request = ImportItemsRequest(paths=(str(file),), default_tlp=tlp, source=source, embargo_until=embargo)
        answer = import_items(self.node, OFFICER, request)
        file.unlink()
        return answer

    def reader(self, party: str) -> ReaderActor:
        """Give a party's reader, made on first use."""
        if party not in self._readers:
            added = add_reader(self.node, OFFICER, AddReaderRequest(party=party))
            self.credentials[party] = added
            self._readers[party] = authenticate_reader(self.node, added.user, added.password)
        return self._readers[party]

    def objects(self, party: str, **query: object) -> list[Object]:
        """Read a party's view to its end, object by object in the order of its dates."""
        reader, found = self.reader(party), []
        asked = msgspec.convert({"limit": 50, **query}, ReadQuery)
        while True:
            page = read_objects(self.node, reader, reader.view_id, asked)
            found.extend(json.loads(body) for body in page.objects)
            if page.next is None:
                return found
            asked = msgspec.structs.replace(asked, after=page.next)

    def ids(self, party: str, **query: object) -> list[str]:
        """Read a party's view to its end: the ids, in the order of its dates."""
        return [str(obj["id"]) for obj in self.objects(party, **query)]

    def dates(self, party: str, *versions: str) -> dict[str, int]:
        """Give the date (milliseconds) at which each id became visible; asked for `all`, of its latest version."""
        reader = self.reader(party)
        asked = ReadQuery(limit=1000, versions=versions or ("last",))
        page = read_manifest(self.node, reader, reader.view_id, asked)
        return {entry.id: entry.date_added_ms for entry in page.entries}

    def since(self, party: str, moment: int) -> list[str]:
        """Give what a client finds whose `added_after` is this moment (milliseconds)."""
        return self.ids(party, added_after_ms=moment)

    def explain(self, stix_id: str, to: str, source: str | None = None) -> ReleaseExplained:
        """Explain a release."""
        return explain_release(self.node, OFFICER, ExplainReleaseRequest(id=stix_id, to=to, source=source))


@contextmanager
def freedonia(folder: Path, *, in_memory: bool = True, at: str = START, **settings: Json) -> Iterator[Freedonia]:
    """Give a node that knows Ruritania's CSIRT and Northwind Energy (whose unmarked objects are amber)."""
    clock, entropy = SetClock(at), CountedEntropy()
    wanted = settings_of(party="freedonia-csirt", title="Freedonia CSIRT", kind="authority", **settings)
    made = _in_memory if in_memory else new_node
    with made(folder / "node", wanted, clock=clock, entropy=entropy) as node:
        init_node(node, OFFICER, InitRequest())
        hub = Freedonia(node, clock, entropy, folder)
        hub.party("Ruritania CSIRT")
        hub.party("Northwind Energy", default_tlp="amber")
        yield hub


@contextmanager
def _in_memory(folder: Path, settings: Settings, *, clock: SetClock, entropy: CountedEntropy) -> Iterator[Node]:
    """Make a node whose database is in memory: as the others, and quickly made.

    The database is used again when its node is gone, emptied: so SQLAlchemy compiles each statement once.
    A password costs next to nothing here; what it costs in life, tests/desk/test_secrets.py shows.
    """
    folder.mkdir(parents=True)
    store = _IDLE.pop() if _IDLE else open_store("memory:")
    blank = sqlite3.connect(":memory:")
    try:
        raw(store).backup(blank)
        # What one node remembers of counting is no other's, and no test waits for either.
        store.tallies, store.read_counts = Tallies(elsewhere=False, quick_s=60.0), ReadCounts(None)
        made = keys.create(folder / "keys", entropy)
        node = Node(store, clock, entropy, _catalogue(), made, settings, folder, stretching=CHEAPEST)
        guard_log(node)
        yield node
        blank.backup(raw(store))
        store.epoch, store.read_only = None, ""
        _IDLE.append(store)
    finally:
        blank.close()


_IDLE: list[Store] = []


def raw(store: Store) -> sqlite3.Connection:
    with store.read() as tx:
        raw = tx.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


@cache
def _catalogue() -> Catalogue:
    return load_catalogue()


def agreement(
    clauses: str,
    *,
    name: str = "free-ruri",
    parties: Iterable[str] = ("freedonia-csirt", "ruritania-csirt"),
    since: str = "2031-01-01",
) -> str:
    """Give the text of an agreement in force since a day."""
    listed = ", ".join(f'"{party}"' for party in parties)
    return f'id = "{name}"\ntitle.en = "{name}"\nparties = [{listed}]\nin_force_from = {since}\n{clauses}'


def clause(article: str, kind: str, **said: str | bool | int | list[str]) -> str:
    """Give a clause: `from_` is written `from`, a text that reads as a date without quotes."""
    lines = [f'\n[[clause]]\narticle = "{article}"\nkind = "{kind}"']
    for key, value in said.items():
        is_date = isinstance(value, str) and value[:2] == "20" and value[4:5] == "-"
        lines.append(f"{key.rstrip('_')} = {value if is_date else json.dumps(value)}")
    return "\n".join(lines) + "\n"


def an_id(kind: str, number: int) -> str:
    """Give the id under which `an_object` makes an object."""
    return f"{kind}--00000000-0000-4000-8000-{number:012d}"


def an_object(kind: str, number: int, **more: Json) -> Object:
    """Give a valid STIX 2.1 object whose id ends in its number; None takes a property away."""
    obj: Object = {
        "type": kind,
        "spec_version": "2.1",
        "id": an_id(kind, number),
        "created": "2031-02-01T00:00:00.000Z",
        "modified": "2031-02-01T00:00:00.000Z",
    }
    if kind == "indicator":
        pattern = f"[domain-name:value = 'bad{number}.example']"
        obj |= {"pattern": pattern, "pattern_type": "stix", "valid_from": "2031-02-01T00:00:00Z"}
    elif kind == "malware":
        obj |= {"name": f"malware {number}", "is_family": False}
    elif kind == "marking-definition":
        del obj["modified"]
    elif kind in ("report", "note", "grouping"):
        obj |= {"report": _REPORT, "note": {"content": f"note {number}"}, "grouping": {"context": "unspecified"}}[kind]
    elif kind == "identity":
        obj |= {"name": f"identity {number}", "identity_class": "organization"}
    elif kind not in ("relationship", "sighting"):
        obj |= {"name": f"{kind} {number}"}
    return {key: value for key, value in (obj | more).items() if value is not None}


_REPORT: Object = {"name": "report", "published": "2031-02-01T00:00:00Z"}


def a_relationship(number: int, source: str, target: str, **more: Json) -> Object:
    """Give a relationship between two ids."""
    said: Object = {"relationship_type": "related-to", "source_ref": source, "target_ref": target}
    return an_object("relationship", number, **{**said, **more})


def a_sighting(number: int, of: str, **more: Json) -> Object:
    """Give a sighting of an id."""
    return an_object("sighting", number, sighting_of_ref=of, **more)


def a_marking(number: int, **definition: Json) -> Object:
    """Give a marking definition of a statement, or of what is said."""
    said = definition or {"definition_type": "statement", "definition": {"statement": f"Statement {number}"}}
    return an_object("marking-definition", number, **said)


TLP = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
