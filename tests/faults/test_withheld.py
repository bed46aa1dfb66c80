"""Withholds each of 1,000 records in turn from its page on the way, and whole statements: the gap is named, and filled.

Sender, stream, client and receiving are the product's; whoever holds the wire leaves out what he likes. In each turn
one record of every page is withheld, a page's records one after the other; then the reader is put back to where it was.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
import pytest

from comity.desk.list_peers import ListPeersRequest, list_peers
from comity.desk.sync_peers import MOST_FILLED, PeerSynced, SyncPeersRequest, sync_peers
from comity.records import codec, dsse
from comity.records.sets import grown, shared_nodes
from comity.records.sidecar import node_list, node_text
from comity.values import Instant, iso
from comity.wire.outbound import Answer
from tests.faults.judging import live_of
from tests.faults.simulation import Call, Citizen, Stage, World, image_of, put_back
from tests.support.figures import Figures
from tests.support.nodes import OFFICER, agreement, an_object, clause

TITLES = ("Freedonia CSIRT", "Ruritania CSIRT")
RECORDS, PER_STATEMENT = 1_000, 20
STATEMENTS = 20


class Held(NamedTuple):
    """What alarms stand, by kind and facts, and how many records of the stream lack."""

    alarms: list[tuple[str, str]]
    missing: int


class Wire:
    """Who holds the wire: leaves one object out of a page, or gives the page behind the one that was asked for."""

    def __init__(self, world: World) -> None:
        self._deliver = world.deliver
        self.without: int | None = None
        self.instead: str = ""
        self.left_out: bytes = b""
        world.deliver = self.deliver  # type: ignore[method-assign]  # this world's alone

    def deliver(self, call: Call) -> Answer | None:
        """Carry a call, as changed."""
        if call.method != "GET" or "/objects/" not in call.url:
            return self._deliver(call)
        if self.instead:
            parts = urlsplit(call.url)
            asked = dict(parse_qsl(parts.query)) | {"added_after": self.instead}
            call = call._replace(url=parts._replace(query=urlencode(asked)).geturl())
        answer = self._deliver(call)
        if self.without is None or answer is None:
            return answer
        return answer._replace(body=self._less(answer.body, self.without))

    def _less(self, body: bytes, at: int) -> bytes:
        page = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        *objects, last = msgspec.json.decode(page["objects"], type=list[msgspec.Raw])
        sidecar = json.loads(bytes(last))
        entries = sidecar["entries"]
        assert len(entries) == len(objects) == PER_STATEMENT
        assert [entry["leaf"] for entry in entries] == list(range(PER_STATEMENT))
        places = [entry["place"] for entry in entries]
        self.left_out = bytes(objects[at])
        del objects[at], entries[at]
        sidecar["nodes"] = _nodes(sidecar, places, at)
        return msgspec.json.encode(page | {"objects": [*objects, sidecar]})


def _nodes(sidecar: dict[str, Any], places: list[int], left_out: int) -> str:
    """Give the nodes beside what is left: whoever saw the whole page can compute them, so that its set still holds."""
    statement, signed = (codec.decode(dsse.unverified_payload(sidecar[name].encode())) for name in ("statement", "set"))
    leaves = dict(zip(places, statement.leaf_list(), strict=True))
    tree = grown(leaves, signed.size, node_list(sidecar["nodes"]))
    return node_text(shared_nodes(tree, [place for n, place in enumerate(places) if n != left_out]))


def prepare(citizens: Sequence[Citizen]) -> None:
    giver, reader = citizens
    giver.agree(agreement(clause("1", "share", tlp_at_most="amber")))
    reader.sync()
    reader.adhere("free-ruri")
    giver.sync()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    stage = Stage(tmp_path, prepare, TITLES)
    with stage.world(1) as found:
        yield found
    stage.close()


def read(reader: Citizen) -> PeerSynced:
    (told,) = sync_peers(reader.node, OFFICER, SyncPeersRequest()).peers
    return told


def state_of(reader: Citizen) -> Held:
    (peer,) = list_peers(reader.node, OFFICER, ListPeersRequest()).peers
    return Held([(one.kind, one.facts) for one in reader.alarms()], peer.missing)


@pytest.mark.parametrize("turns", [range(PER_STATEMENT // 2), range(PER_STATEMENT // 2, PER_STATEMENT)], ids=str)
def test_each_of_1000_records_withheld_is_named_and_filled(world: World, turns: range, figure: Figures) -> None:
    giver, reader = world.citizens.values()
    wire = Wire(world)
    for first in range(0, RECORDS, PER_STATEMENT):
        giver.put(*(an_object("indicator", number) for number in range(first, first + PER_STATEMENT)))
    given = list(live_of(giver, giver.name))
    statements = range(1, RECORDS // PER_STATEMENT + 1)
    image = image_of(reader.store)
    named = filled = 0
    for at in turns:
        put_back(reader.store, image)
        reader.restart()
        wire.without = at
        told = read(reader)
        assert (told.error, told.new, told.missing) == ("", RECORDS - len(statements), len(statements))
        alarms, missing = state_of(reader)
        named += sum(("gap", f"statement {seq} lists 1 that did not come: {at}") in alarms for seq in statements)
        assert missing == len(alarms) == len(statements)
        left_out = [body for n, body in enumerate(given) if n % PER_STATEMENT == at]
        assert set(live_of(reader, giver.name)) == set(given) - set(left_out)
        wire.without = None
        for _ in range(0, len(statements), MOST_FILLED):
            told = read(reader)
            assert (told.error, told.missing) == ("", 0)
            filled += told.new
        assert (sorted(live_of(reader, giver.name)), state_of(reader)) == (sorted(given), Held([], 0))
    image.close()
    withheld = len(turns) * len(statements)
    figure("records withheld in turn", records=withheld, gaps_named=named, filled=filled)
    assert named == filled == withheld


def test_each_statement_withheld_is_named_and_filled(world: World, figure: Figures) -> None:
    giver, reader = world.citizens.values()
    wire = Wire(world)
    named = filled = 0
    for seq in range(1, 2 * STATEMENTS, 2):
        for number in (seq, seq + 1):  # each in a statement of its own
            giver.put(an_object("indicator", number))
        ((after,),) = giver.rows("select max(after_ms) from statements")
        wire.instead = iso(Instant(int(str(after))))
        told = read(reader)
        assert (told.code, told.new) == ("conflict", 0)
        named += state_of(reader).alarms == [("statement-gap", f"statements {seq} to {seq} are lacking")]
        wire.instead = ""
        filled += read(reader).new
    figure("statements withheld in turn", statements=STATEMENTS, gaps_named=named, filled=filled - named)
    assert (named, filled) == (STATEMENTS, 2 * STATEMENTS)
