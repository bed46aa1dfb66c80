"""Tests signed pages: exact bytes with what proves them, renditions by the giver's word, the withdrawn declared."""

import json
from pathlib import Path

import stix2

from comity.desk.authenticate_reader import authenticate_reader
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.read_signed import read_signed
from comity.desk.views import ObjectPage, ReaderActor, ReadQuery
from comity.records.sidecar import exact_bytes, read_sidecar
from comity.wire.logins import read_login
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, a_relationship, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT")
PARTIES = ("freedonia-csirt", "ruritania-csirt")


def reader_at(giver: Member, reader: Member) -> ReaderActor:
    login = read_login(reader.node.folder, 1)
    return authenticate_reader(giver.node, login.user, login.password)


def page_of(giver: Member, reader: Member, form: str = "signed") -> ObjectPage:
    who = reader_at(giver, reader)
    query = ReadQuery(limit=1000, signed=form)  # type: ignore[arg-type]
    return read_signed(giver.node, who, who.view_id, query)


def test_what_goes_as_a_rendition_is_vouched_for_by_its_giver_alone(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        clauses = clause("1", "share", tlp_at_most="amber") + clause("2", "redact", properties=["description"])
        free.agree(agreement(clauses, parties=PARTIES))
        free.put(an_object("indicator", 1, description="hidden"), an_object("indicator", 2))
        told = ruri.sync()
        assert (told.error, told.new) == ("", 2)
        assert ruri.grades() == {an_id("indicator", 1): "rendition", an_id("indicator", 2): "signed"}
        assert b"hidden" not in ruri.held_from(free)[an_id("indicator", 1)]
        sidecar = read_sidecar(page_of(free, ruri).objects[-1])
        assert [entry.salt is None for entry in sidecar.entries] == [True, False], "no salt by which to guess"


def test_what_was_withdrawn_since_is_declared_absent_and_is_no_gap(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="green"), parties=PARTIES))
        free.put(an_object("indicator", 1), an_object("malware", 2))
        erase_item(free.node, OFFICER, EraseItemRequest(id=an_id("malware", 2), reason="r", ordered_by="o"))
        told = ruri.sync()
        assert (told.error, told.new, told.missing) == ("", 1, 0)
        assert ruri.alarms() == []


def test_a_relay_that_writes_objects_anew_breaks_nothing(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        first, second = an_id("indicator", 1), an_id("malware", 2)
        free.put(
            an_object("indicator", 1, revoked=False),
            an_object("malware", 2),
            a_relationship(3, first, second),
        )
        objects = page_of(free, ruri, "relay").objects
        bundle = {"type": "bundle", "id": f"bundle--{first[11:]}", "objects": [json.loads(one) for one in objects]}
        relayed = stix2.v21.Bundle(allow_custom=True, **bundle).serialize()
        written = [json.dumps(one) for one in json.loads(relayed)["objects"]]
        sidecar = read_sidecar(written[-1].encode())
        with free.node.store.read() as tx:
            kept = {bytes(row[0]) for row in tx.exec_driver_sql("select body from records where family = 0")}
        assert {exact_bytes(entry.bytes or "", "$") for entry in sidecar.entries} == kept
        assert set(map(str.encode, written[:-1])) != kept, "the library did write them otherwise"


def test_whose_key_was_not_accepted_reads_as_any_client(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        with free.node.store.write() as tx:
            tx.exec_driver_sql("delete from peers")
        assert len(page_of(free, ruri).objects) == 1
