"""Tests that signatures survive whoever writes objects anew: a STIX library on the way, a stock server in between."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import stix2

from comity.desk.party_keys import ring_of
from comity.desk.read_signed import read_signed
from comity.desk.views import ReaderActor, ReadQuery
from comity.errors import RecordRejected
from comity.records.key_judging import open_judged
from comity.records.kinds import ItemSet
from comity.records.sidecar import Sidecar, is_sidecar, read_sidecar
from comity.rooms.exchange.carried import judge_carried
from comity.values import Json
from comity.wire.addresses import networks_of
from comity.wire.bundles import NETWORK
from comity.wire.outbound import Outbound
from comity.wire.taxii_client import Login, TaxiiClient
from tests.faults.relay import Relay, relaying
from tests.support.federation import Member, federation
from tests.support.foreign_servers import PASSWORD, USER, foreign_server
from tests.support.nodes import TLP, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy")
PARTIES = ("freedonia-csirt", "ruritania-csirt")


def anew(objects: list[bytes]) -> list[bytes]:
    """Write objects as a STIX library does: parsed and serialised."""
    parsed = [stix2.parse(one.decode(), allow_custom=True) for one in objects]
    written = stix2.v21.Bundle(*parsed, allow_custom=True).serialize()
    return [json.dumps(one).encode() for one in json.loads(written)["objects"]]


def by_library(objects: list[bytes], sidecar: dict[str, Json]) -> bytes:
    """A page that a STIX library wrote anew, sidecar and all."""
    return msgspec.json.encode(
        {"objects": [msgspec.Raw(one) for one in anew([*objects, json.dumps(sidecar).encode()])]}
    )


def fill(free: Member) -> None:
    free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
    hidden = an_object("malware", 3, object_marking_refs=[TLP["red"]])
    free.put(
        an_object("indicator", 1, revoked=False), an_object("malware", 2, name="ünïcode", x_custom=[1.0, None]), hidden
    )
    free.put(an_object("report", 4, object_refs=[an_id("malware", 2), an_id("malware", 3)]))  # goes as a rendition


@pytest.fixture
def rewritten(tmp_path: Path) -> Iterator[tuple[Member, Member, Relay]]:
    """Two nodes, between which a library writes each page anew."""
    with federation(tmp_path, *NAMES[:2], meet=False) as (free, ruri), relaying(free.base) as relay:
        free.meet(ruri)
        ruri.meet(free)
        direct, free.base = free.base, relay.url
        ruri.read_from(free)
        free.base = direct
        relay.change = by_library
        fill(free)
        yield free, ruri, relay


def test_what_a_library_wrote_anew_on_the_way_arrives_as_it_was_signed(
    rewritten: tuple[Member, Member, Relay],
) -> None:
    free, ruri, _ = rewritten
    told = [ruri.sync() for _ in range(2)]  # the library knows nothing of further pages
    assert ([(one.error, one.new) for one in told], ruri.alarms()) == ([("", 2), ("", 1)], [])
    assert ruri.grades() == {
        an_id("indicator", 1): "signed",
        an_id("malware", 2): "signed",
        an_id("report", 4): "rendition",
    }
    with free.node.store.read() as tx:
        given = dict(tx.exec_driver_sql("select stix_id, body from records where family = 0").all())
    held = ruri.held_from(free)
    for name in (an_id("indicator", 1), an_id("malware", 2)):
        assert held[name] == bytes(given[name])


def test_what_somebody_changed_on_the_way_is_still_an_alarm_in_the_form_for_relays(
    rewritten: tuple[Member, Member, Relay],
) -> None:
    free, ruri, relay = rewritten

    def forged(objects: list[bytes], sidecar: dict[str, Json]) -> bytes:
        page = json.loads(by_library(objects, sidecar))
        entry = page["objects"][-1]["entries"][0]
        if "bytes" in entry:
            entry["bytes"] = page["objects"][-1]["entries"][1]["bytes"]
        return json.dumps(page).encode()

    relay.change = forged
    assert ruri.sync().error
    assert [alarm.kind for alarm in ruri.alarms()] == ["page-refused"]
    assert ruri.held_from(free) == {}


def relay_page(free: Member, ruri: Member) -> list[bytes]:
    """The objects of Freedonia's first page for Ruritania, in the form for relays."""
    with free.node.store.read() as tx:
        ids = tx.exec_driver_sql(
            "select v.view_id, v.inbox_id, p.no from views v join parties p on p.no = v.reader_no where p.name = ?",
            (ruri.name,),
        ).one()
    reader = ReaderActor(party=ruri.name, user="", reader_no=ids[2], view_id=ids[0], inbox_id=ids[1])
    return list(read_signed(free.node, reader, ids[0], ReadQuery(limit=100, signed="relay")).objects)


def test_what_was_posted_to_medallion_is_verified_by_a_third_who_reads_it_there(tmp_path: Path) -> None:
    outbound = Outbound(listed=networks_of(["127.0.0.0/8"]))
    login = Login(user=USER, password=PASSWORD)
    with federation(tmp_path, *NAMES) as (free, ruri, north), foreign_server("medallion", tmp_path / "m") as server:
        fill(free)
        free.sync(ruri.name)
        posted = relay_page(free, ruri)
        with TaxiiClient(outbound, server.base, login) as client:
            body = b'{"objects":[' + b",".join(anew(posted)) + b"]}"
            assert client.submit(server.collection, body).failed == 0
            read = [
                found.body or b"" for page in client.pages(server.collection, NETWORK, "", 100) for found in page.found
            ]
        (sidecar,) = [read_sidecar(one) for one in read if is_sidecar(one)]
        signed = by_originator(north, sidecar)
        assert {one.body for one in judge_carried(signed, sidecar.entries, sidecar.nodes)} == set(posted[:2])
        assert signed.issuer == free.name
        wrong = msgspec.structs.replace(sidecar.entries[0], bytes=sidecar.entries[1].bytes)
        with pytest.raises(RecordRejected, match="bad-proof"):
            judge_carried(signed, (wrong, *sidecar.entries[1:]), sidecar.nodes)


def by_originator(third: Member, sidecar: Sidecar) -> ItemSet:
    """Open the set as a third party does: by the keys that it holds of its issuer."""
    with third.node.store.read() as tx:
        opened = open_judged((sidecar.set or "").encode(), ring_of(tx), third.node.clock(), exercise=True)
    assert isinstance(opened.act, ItemSet)
    return opened.act
