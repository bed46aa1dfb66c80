"""Tests what a bundle file holds: what waits for its party, no more, and nothing is changed by writing it."""

import json
import tracemalloc
from pathlib import Path

import pytest

from comity.desk import export_bundle as module
from comity.desk.actor import Actor
from comity.desk.export_bundle import BundleExported, ExportBundleRequest, export_bundle
from comity.desk.verb import Progress
from comity.errors import Conflict, NotFound, NotPermitted, TooLarge, UsageError
from comity.records.bundle_file import read_end, read_head
from tests.support.bundles import NAMES, PARTIES, set_up, texts_of
from tests.support.federation import Member, gapped
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause


def export(member: Member, path: Path, to: str, since: int | None = None, *, replace: bool = False) -> BundleExported:
    request = ExportBundleRequest(path=str(path), to=to, since=since, overwrite=replace)
    return export_bundle(member.node, OFFICER, request)


def ids_in(file: Path) -> list[str]:
    return [
        obj["id"] for page in texts_of(file)[1:-1] for obj in json.loads(page)["objects"] if obj["type"] == "indicator"
    ]


def test_the_file_says_for_whom_it_is_and_holds_what_waits(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 3)
        told = export(free, tmp_path / "f", ruri.name)
        head, *pages, end = texts_of(tmp_path / "f")
        read = read_head(head)
        assert (read.giver, read.receiver, read.exercise, read.complete) == (free.name, ruri.name, True, True)
        assert (read.first, read.last, read.stream) == (told.first, told.last, told.stream)
        assert (told.objects, told.acts, told.receipts) == (6, 2, 0)
        assert told.size_bytes == (tmp_path / "f").stat().st_size
        closed = read_end(end)
        assert closed is not None and closed.pages == len(pages) == told.last - told.first + 2  # type: ignore[operator]


def test_what_the_party_may_not_have_is_not_in_it(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="green"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        free.put(an_object("indicator", 2), tlp="red")
        export(free, tmp_path / "f", ruri.name)
        assert ids_in(tmp_path / "f") == [an_id("indicator", 1)]
        assert an_id("indicator", 2).encode() not in (tmp_path / "f").read_bytes()


def test_writing_changes_nothing_until_receipts_come_back(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 2)
        first, again = free.write_to(ruri), free.write_to(ruri)
        assert [page for page in texts_of(first)[2:]] == [page for page in texts_of(again)[2:]]
        assert (free.acknowledged(ruri), free.waiting_for(ruri)) == ((2, 0), (2, 0))


def test_it_goes_on_from_what_was_acknowledged_or_from_where_it_is_told(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 2)
        ruri.take(free.write_to(ruri))
        free.take(ruri.write_to(free))
        free.put(an_object("indicator", 9))
        new = export(free, tmp_path / "new", ruri.name)
        assert (new.first, new.last, ids_in(tmp_path / "new")) == (3, 3, [an_id("indicator", 9)])
        older = export(free, tmp_path / "older", ruri.name, 2)
        assert (older.first, older.last, len(ids_in(tmp_path / "older"))) == (2, 3, 3)
        none = export(free, tmp_path / "none", ruri.name, 4)
        assert (none.first, none.last, read_head(texts_of(tmp_path / "none")[0]).complete) == (None, None, False)
        for since in (0, 5, -1):
            with pytest.raises(UsageError):
                export(free, tmp_path / "x", ruri.name, since)
        assert not (tmp_path / "x").exists()


def test_items_cross_as_the_bytes_received_line_ends_and_all(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        body = json.dumps(an_object("indicator", 1, name="ünï"), indent=4, ensure_ascii=False)
        (tmp_path / "own.json").write_text(body, encoding="utf-8")
        free.put_file(tmp_path / "own.json")
        assert ruri.take(free.write_to(ruri)).new == 1
        assert ruri.held_from(free) == {an_id("indicator", 1): body.encode()}


def test_many_acts_take_many_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ACTS", 2)
    with gapped(tmp_path, *NAMES) as (free, ruri):
        for n in range(3):
            free.agree(agreement(clause("1", "share", tlp_at_most="green"), name=f"a-{n}", parties=PARTIES))
        told = export(free, tmp_path / "f", ruri.name)
        assert (told.acts, len(texts_of(tmp_path / "f"))) == (6, 5)
        monkeypatch.setattr(module, "ACTS_BYTES", 1)
        export(free, tmp_path / "g", ruri.name)
        assert len(texts_of(tmp_path / "g")) == 8, "a single act goes, however long"
        assert (ruri.take(tmp_path / "f").acts, ruri.take(tmp_path / "g").acts) == (6, 0)


def test_a_statement_that_no_file_takes_is_told_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        monkeypatch.setattr(module, "LARGEST_PAGE_BYTES", 100)
        with pytest.raises(TooLarge):
            export(free, tmp_path / "f", ruri.name)
        assert [one.name for one in tmp_path.iterdir() if one.name.endswith("f") or "part" in one.name] == []


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 0)
        for n in range(12):  # 1 MB each
            free.put(*(an_object("indicator", 20 * n + m, description="x" * 50_000) for m in range(20)))
        peaks = {}
        for since in (11, 1):
            tracemalloc.start()
            try:
                free.write_to(ruri, since=since)
                peaks[since] = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert peaks[1] < peaks[11] + (1 << 20)
        file = free.write_to(ruri)
        assert file.stat().st_size > 12_000_000
        tracemalloc.start()
        try:
            assert ruri.take(file).statements == 12
            assert tracemalloc.get_traced_memory()[1] < 24_000_000, "a few pages, not the file and all made of it"
        finally:
            tracemalloc.stop()


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        (tmp_path / "f").write_text("old")
        with pytest.raises(Conflict):
            export(free, tmp_path / "f", ruri.name)
        assert (tmp_path / "f").read_text() == "old"
        export(free, tmp_path / "f", ruri.name, replace=True)
        assert read_head(texts_of(tmp_path / "f")[0]).first is None


def test_only_a_party_whose_root_key_is_accepted_gets_a_file(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        with free.node.store.write() as tx:
            tx.exec_driver_sql("update peers set state = 'revoked'")
        for to, error in ((ruri.name, NotPermitted), ("elbonia", NotFound), (free.name, UsageError)):
            with pytest.raises(error):
                export(free, tmp_path / "f", to)
        request = ExportBundleRequest(path=str(tmp_path / "f"), to=ruri.name)
        with pytest.raises(NotPermitted):
            export_bundle(free.node, Actor(name="x", role="reader", via="taxii"), request)
        assert not (tmp_path / "f").exists()


def test_it_is_noted_who_wrote_what_for_whom_and_how_far_it_is(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 2)
        reports: list[Progress] = []
        request = ExportBundleRequest(path=str(tmp_path / "f"), to=ruri.name)
        export_bundle(free.node, OFFICER, request, progress=reports.append)
        assert [(one.done, one.total, one.unit) for one in reports] == [(1, 2, "statements"), (2, 2, "statements")]
        with free.node.store.read() as tx:
            row = tx.exec_driver_sql("select actor, facts from audit where verb = 'bundle export'").all()[-1]
        facts = json.loads(row[1])
        assert (row[0], facts["to"], facts["first"], facts["last"], facts["objects"]) == (
            "officer", ruri.name, 1, 2, 4,
        )  # fmt: skip
