"""Tests what a node takes from a file that somebody carried: only what its giver signed for it, once, in its order."""

import json
import os
import random
import shutil
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.import_bundle import ImportBundleRequest, import_bundle
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.send_acts import send_act
from comity.desk.verb import Progress
from comity.errors import ComityError, Conflict, NotPermitted, TooLarge, UsageError
from comity.records.kinds import Retraction
from comity.records.kinds.retraction import RetractedItem
from comity.records.sidecar import Sidecar
from comity.stores import consenting, keeping
from comity.stores.opening import open_store
from tests.support.bundles import NAMES, put_together, set_up, texts_of, with_head, with_page
from tests.support.federation import Member, federation, gapped
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause


def counts(member: Member) -> dict[str, int]:
    """How many rows a node has of what a file may bring."""
    tables = ("records", "held_statements", "held_sets", "provenance", "receipts", "outbox", "alarms", "quarantine")
    with member.node.store.read() as tx:
        return {name: tx.exec_driver_sql(f"select count(*) from {name}").scalar_one() for name in tables}


def put_back(member: Member, saved: Path) -> None:
    """Give a node the database that was saved."""
    member.node.store.close()
    shutil.copy(saved, saved.with_suffix(".copy"))
    for beside in ("-wal", "-shm"):
        saved.with_name(f"{saved.stem}.copy{beside}").unlink(missing_ok=True)
    member.node = member.node._replace(store=open_store(f"sqlite:{saved.with_suffix('.copy')}"))


def test_a_file_taken_in_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 3)
        file = free.write_to(ruri)
        first = ruri.take(file)
        assert (first.statements, first.seen, first.new, first.acts) == (3, 0, 6, 2)
        before = counts(ruri)
        again = ruri.take(file)
        assert (again.statements, again.seen, again.new, again.duplicate, again.acts) == (0, 3, 0, 6, 0)
        assert counts(ruri) == before


def test_files_in_the_wrong_order_name_the_gap_and_go_in_afterwards(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 2)
        first = free.write_to(ruri)
        for n in (8, 9):
            free.put(an_object("indicator", n))
        second = free.write_to(ruri, since=4)
        with pytest.raises(Conflict, match="statements 1 to 3 are lacking"):
            ruri.take(second)
        assert (ruri.held_from(free), ruri.alarms()) == ({}, [])
        assert ruri.take(first).statements == 2
        with pytest.raises(Conflict, match="statements 3 to 3 are lacking"):
            ruri.take(second)
        assert ruri.take(free.write_to(ruri, since=3)).statements == 2
        assert ruri.take(second).seen == ruri.take(first).seen - 1 == 1
        assert len(ruri.held_from(free)) == 6


def test_of_a_file_that_is_cut_short_what_is_whole_stays_and_the_rest_comes_later(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 3)
        file = free.write_to(ruri)
        whole, cut = file.read_bytes(), tmp_path / "cut"
        ends = [0]
        for text in texts_of(file):
            ends.append(ends[-1] + len(text) + 1)
        kept = []
        for at in sorted({*ends[1:-1], *(end + 1 for end in ends[1:-1]), *(end - 9 for end in ends[1:])}):
            cut.write_bytes(whole[:at])
            with pytest.raises(Conflict):
                ruri.take(cut)
            kept.append(len(ruri.held_from(free)))
        assert kept == sorted(kept) and set(kept) == {0, 2, 4, 6}
        assert ruri.take(file).seen == 3
        assert ruri.alarms() == []


def test_whoever_breaks_off_goes_on_later(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 3)
        request = ImportBundleRequest(path=str(free.write_to(ruri)))
        reports: list[Progress] = []

        def stop(progress: Progress) -> None:
            reports.append(progress)
            if len(reports) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_bundle(ruri.node, OFFICER, request, progress=stop)
        assert 0 < reports[0].done < reports[1].done < reports[1].total
        assert len(ruri.held_from(free)) == 2
        assert import_bundle(ruri.node, OFFICER, request).statements == 2


def test_a_file_for_another_party_is_refused_whatever_its_head_says(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES, "Elbonia CSIRT") as (free, ruri, elbo):
        set_up(free, ruri)
        file = free.write_to(ruri)
        with pytest.raises(Conflict, match="this file is for ruritania-csirt"):
            elbo.take(file)
        with pytest.raises(Conflict, match="wrong-addressee"):
            elbo.take(with_head(file, receiver=elbo.name))
        with pytest.raises(Conflict, match="wrong-issuer"):
            ruri.take(with_head(file, giver=elbo.name))
        with pytest.raises(Conflict, match="wrong-stream"):
            ruri.take(with_head(file, stream="another"))
        assert (elbo.held_from(free), ruri.held_from(free), ruri.held_from(elbo)) == ({}, {}, {})
        assert ruri.alarms() == elbo.alarms() == [], "who carried the file wrote the head, not a party"


def test_a_file_of_the_other_world_is_refused_whatever_its_head_says(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        file = free.write_to(ruri)
        with pytest.raises(Conflict, match="this file is live and this node is exercise"):
            ruri.take(with_head(file, exercise=False))
        live = ruri.node._replace(settings=msgspec.structs.replace(ruri.node.settings, exercise=False))
        with pytest.raises(Conflict, match="this file is exercise and this node is live"):
            import_bundle(live, OFFICER, ImportBundleRequest(path=str(file)))
        request = ImportBundleRequest(path=str(with_head(file, exercise=False)))
        with pytest.raises(Conflict, match="wrong-world"):
            import_bundle(live, OFFICER, request)
        assert ruri.held_from(free) == {}


def test_only_a_party_whose_root_key_is_accepted_is_believed(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        file = free.write_to(ruri)
        with ruri.node.store.write() as tx:
            tx.exec_driver_sql("delete from peers")
        for giver in (free.name, "elbonia", ruri.name):
            with pytest.raises(NotPermitted, match="accept its anchor first"):
                ruri.take(with_head(file, giver=giver))
        with pytest.raises(NotPermitted):
            import_bundle(ruri.node, Actor(name="x", role="reader", via="taxii"), ImportBundleRequest(path=str(file)))


def test_no_flipped_byte_brings_anything_that_was_not_sent(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        file = free.write_to(ruri)
        whole = file.read_bytes()
        sent = {an_id("indicator", n): json.dumps(an_object("indicator", n)).encode() for n in (0, 1)}
        ruri.node.store.backup(tmp_path / "fresh.db")
        rng, outcomes = random.Random(5), {"as sent": 0, "less": 0, "refused": 0}
        for at in sorted(rng.sample(range(len(whole)), 60)):
            put_back(ruri, tmp_path / "fresh.db")
            changed = bytearray(whole)
            changed[at] ^= 1 << rng.randrange(8)
            (tmp_path / "changed").write_bytes(changed)
            try:
                told = ruri.take(tmp_path / "changed")
                outcomes["less" if told.refused or told.missing else "as sent"] += 1
            except ComityError:
                outcomes["refused"] += 1
            held = ruri.held_from(free)
            assert {stix_id: sent.get(stix_id) for stix_id in held} == held, at
            assert set(ruri.grades().values()) <= {"signed", "relayed"}, at
            assert [alarm.kind for alarm in ruri.alarms()] in ([], ["gap"]), at
        assert outcomes["refused"] > 35 and outcomes["as sent"] < 10, outcomes


def test_an_object_that_was_taken_out_is_missing_by_name_and_comes_with_the_next_file(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        file = free.write_to(ruri)

        def without_first(objects: list[bytes], sidecar: Sidecar) -> tuple[list[bytes], Sidecar]:
            entries = tuple(msgspec.structs.replace(entry, place=None) for entry in sidecar.entries[1:])
            return objects[1:], msgspec.structs.replace(sidecar, entries=entries, set=None, nodes="")

        told = ruri.take(with_page(file, -1, without_first))
        assert (told.statements, told.new, told.missing) == (1, 1, 1)
        (alarm,) = ruri.alarms()
        assert "statement 1 lists 1 that did not come: 0" in alarm.facts
        told = ruri.take(file)
        assert (told.seen, told.new, told.duplicate, told.missing) == (1, 1, 1, 0)


def test_an_act_that_was_changed_accuses_nobody_and_holds_up_nothing(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        file = free.write_to(ruri)

        def other_acts(objects: list[bytes], sidecar: Sidecar) -> tuple[list[bytes], Sidecar]:
            broken = sidecar.acts[0].replace("A", "B", 1)
            return objects, msgspec.structs.replace(sidecar, acts=(broken, *sidecar.acts[1:], "{}"))

        told = ruri.take(with_page(file, 0, other_acts))
        assert (told.acts, told.refused, told.new) == (1, 2, 2), "the adherence is kept until its text comes"
        assert ruri.alarms() == []
        assert ruri.take(file).acts == 1
        with ruri.node.store.read() as tx:
            assert free.name in consenting.consents_of(tx)["free-ruri"].adhered


def test_two_acts_of_one_number_are_an_alarm(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        with free.node.store.write() as tx:
            now = free.node.clock()
            said = {**head(free.node, now)._asdict(), "items": (RetractedItem(id=an_id("indicator", 0)),)}
            for reason in ("false", "not false"):
                send_act(tx, keep_act(free.node, tx, Retraction(**said, reason=reason), now), [ruri.name], now)
        told = ruri.take(free.write_to(ruri))
        assert (told.acts, told.refused) == (3, 1)
        (alarm,) = ruri.alarms()
        assert (alarm.kind, "equivocation" in alarm.facts) == ("act-refused", True)


def test_two_statements_of_one_number_in_two_files_are_kept_as_a_proof(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        ruri.take(free.write_to(ruri))
        with free.node.store.write() as tx:
            tx.exec_driver_sql("delete from statements")
        free.put(an_object("indicator", 9))
        with pytest.raises(Conflict, match="equivocation"):
            ruri.take(free.write_to(ruri))
        (alarm,) = ruri.alarms()
        assert alarm.kind == "equivocation"
        assert alarm.evidence is not None and b'"first"' in alarm.evidence and b'"second"' in alarm.evidence


def test_a_statement_that_does_not_follow_what_is_held_is_an_alarm(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        free.node.store.backup(tmp_path / "older.db")
        free.put(an_object("indicator", 8))
        ruri.take(free.write_to(ruri))
        put_back(free, tmp_path / "older.db")  # and so its history is another from here on
        for n in (10, 11):
            free.put(an_object("indicator", n))
        with pytest.raises(Conflict, match="fork"):
            ruri.take(free.write_to(ruri, since=3))
        assert [(alarm.kind, alarm.evidence is not None) for alarm in ruri.alarms()] == [("fork", True)]
        with pytest.raises(Conflict, match="equivocation"):
            ruri.take(free.write_to(ruri))
        assert set(ruri.held_from(free)) == {an_id("indicator", n) for n in (0, 1, 8)}


def test_another_stream_of_the_giver_is_taken_only_on_a_word(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        ruri.take(free.write_to(ruri))
        with free.node.store.write() as tx:  # its node began anew
            tx.exec_driver_sql("delete from statements")
            tx.exec_driver_sql("update views set view_id = 'another'")
        free.put(an_object("indicator", 9))
        file = free.write_to(ruri)
        for path in (file, with_head(file, first=None, last=None)):
            with pytest.raises(Conflict, match="another stream of freedonia-csirt"):
                ruri.take(path)
        assert len(ruri.held_from(free)) == 2
        told = import_bundle(ruri.node, OFFICER, ImportBundleRequest(path=str(file), new_stream=True))
        assert (told.statements, told.new) == (1, 1)
        assert ruri.take(file).seen == 1, "from now on it is known"


def test_what_came_by_one_way_is_seen_by_the_other(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        for n in range(2):
            free.put(an_object("indicator", n))
        told = ruri.take(free.write_to(ruri))
        assert (told.statements, told.new) == (2, 2)
        free.put(an_object("indicator", 2))
        synced = ruri.sync()
        assert (synced.error, synced.new, synced.duplicate) == ("", 1, 2)
        free.put(an_object("indicator", 3))
        told = ruri.take(free.write_to(ruri))
        assert (told.statements, told.new) == (1, 1)
        assert told.first == 4, "over the network it has been told of the others"
        assert ruri.sync().error == ""
        assert (free.acknowledged(ruri), ruri.alarms(), free.alarms()) == ((4, 4), [], [])


def test_a_file_that_overtakes_the_network_names_the_gap_and_goes_in_after_it(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        free.put(an_object("indicator", 0))
        assert ruri.sync().new == 1
        for n in (1, 2):
            free.put(an_object("indicator", n))
        file = free.write_to(ruri, since=3)
        with pytest.raises(Conflict, match="statements 2 to 2 are lacking"):
            ruri.take(file)
        assert ruri.sync().new == 2
        told = ruri.take(file)
        assert (told.statements, told.seen, told.new, told.duplicate) == (0, 1, 0, 1)
        assert (len(ruri.held_from(free)), ruri.alarms(), free.alarms()) == (3, [], [])
        free.take(ruri.write_to(free))
        assert free.acknowledged(ruri) == (3, 3)


def test_what_is_taken_back_by_file_is_not_taken_back_again_by_the_network(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        free.put(an_object("indicator", 0), an_object("indicator", 1))
        assert ruri.sync().new == 2
        free.retract(an_id("indicator", 0))
        told = ruri.take(free.write_to(ruri))
        assert (told.acts, told.refused) == (1, 0)
        assert set(ruri.held_from(free)) == {an_id("indicator", 1)}
        assert (ruri.sync().error, ruri.sync().acts) == ("", 0)
        assert set(ruri.held_from(free)) == {an_id("indicator", 1)}
        with ruri.node.store.read() as tx:
            kept = "select count(*) from records where type = 'x-comity-retraction'"
            assert tx.exec_driver_sql(kept).scalar_one() == 1
        assert (ruri.alarms(), free.alarms(), free.waiting_for(ruri)[0]) == ([], [], 0)


def test_a_file_after_a_rotation_brings_the_key_before_what_it_signs(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        rotate_key(free.node, OFFICER, RotateKeyRequest(use="record"))
        with free.node.store.write() as tx:
            send_act(tx, keeping.own_acts(tx, ["x-comity-key-set"])[-1], [ruri.name], free.node.clock())
        free.put(an_object("indicator", 9))
        told = ruri.take(free.write_to(ruri))
        assert (told.statements, told.new, told.refused) == (2, 3, 0)


def test_pages_taken_out_or_put_behind_the_end_are_told(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        texts = texts_of(free.write_to(ruri))
        made = tmp_path / "made"
        with pytest.raises(Conflict, match="had 2 pages and has 1"):
            ruri.take(put_together(made, [texts[0], *texts[2:]], counted=False))
        with pytest.raises(Conflict, match="surplus"):
            ruri.take(put_together(made, [*texts, texts[1]], counted=False))
        assert ruri.take(put_together(made, texts)).seen == 1


HOSTILE = {
    "deep": b"[" * 100_000,
    "deep objects": b'{"objects":[' + b'{"a":' * 100_000,
    "no sidecar": b'{"objects":[{"type":"indicator","id":"indicator--1"}]}',
    "nothing": b"",
    "two lists": b'{"objects":[],"objects":[]}',
    "a million objects": b'{"objects":[' + b"{}," * 1_000_000 + b"{}]}",
    "a sidecar of lies": b'{"objects":[{"type":"x-comity-sidecar","entries":[{"leaf":99999}]}]}',
    "not UTF-8": b'{"objects":["\xff"]}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_refused_whole(tmp_path: Path, name: str) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        head, *pages, end = texts_of(free.write_to(ruri))
        before = counts(ruri)
        with pytest.raises(Conflict, match="page 1 of the file does not hold"):
            ruri.take(put_together(tmp_path / "made", [head, HOSTILE[name], *pages, end]))
        assert counts(ruri) == before


def test_a_page_without_end_is_given_up_and_memory_stays_bounded(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        file = put_together(tmp_path / "made", texts_of(free.write_to(ruri))[:1], counted=False)
        with file.open("ab") as out:
            out.write(b'\x1e{"objects":[')
            out.truncate(8 << 30)  # takes no room on the disk
        tracemalloc.start()
        try:
            with pytest.raises(Conflict, match="too-large"):
                ruri.take(file)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 300 << 20


@pytest.mark.parametrize("content", [b"", b'{"type":"bundle"}', b"\x1e", b"\x1e{}\n", b"\x1e" + b"x" * 10_000])
def test_another_file_is_no_bundle_file(tmp_path: Path, content: bytes) -> None:
    with gapped(tmp_path, *NAMES) as (_, ruri):
        (tmp_path / "f").write_bytes(content)
        with pytest.raises(Conflict, match="is no bundle file that can be read here"):
            ruri.take(tmp_path / "f")


def test_what_is_no_file_or_too_large_is_not_read(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (_, ruri):
        os.mkfifo(tmp_path / "pipe")  # opened, it would hold the node up until somebody writes
        for path in (tmp_path / "none", tmp_path, tmp_path / "pipe"):
            with pytest.raises(UsageError):
                ruri.take(path)
        with (tmp_path / "large").open("wb") as out:
            out.truncate(ruri.node.settings.file_max_bytes + 1)
        with pytest.raises(TooLarge):
            ruri.take(tmp_path / "large")
