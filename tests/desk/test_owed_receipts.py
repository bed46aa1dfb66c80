"""Tests that receipts come to whom they are for by file, once, and that their line does not grow."""

from pathlib import Path

from tests.support.bundles import NAMES, set_up
from tests.support.federation import Member, gapped
from tests.support.nodes import an_object


def exchange(free: Member, ruri: Member, number: int) -> None:
    """Carry a file each way, with something new in the first."""
    free.put(an_object("indicator", number))
    ruri.take(free.write_to(ruri))
    free.take(ruri.write_to(free))


def test_receipts_do_not_pile_up(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        lines = []
        for n in range(10, 16):
            exchange(free, ruri, n)
            lines.append(ruri.waiting_for(free)[1])
            assert free.acknowledged(ruri) == (n - 8, n - 8)
        assert lines[1:] == [1] * 5, "the one for the last file: that it has arrived, the next file will show"


def test_what_is_taken_in_twice_is_owed_once(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri, 2)
        file = free.write_to(ruri)
        ruri.take(file)
        line = ruri.waiting_for(free)
        ruri.take(file)
        assert ruri.waiting_for(free) == line == (0, 3)


def test_a_receipt_that_is_lost_on_the_way_is_written_again(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        ruri.take(free.write_to(ruri))
        ruri.write_to(free).unlink()
        free.take(ruri.write_to(free))
        assert free.acknowledged(ruri) == (1, 1)


def test_an_older_file_takes_no_receipt_out_of_the_line(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        older = free.write_to(ruri)
        ruri.take(older)
        free.take(ruri.write_to(free))
        free.put(an_object("indicator", 9))
        ruri.take(free.write_to(ruri))
        ruri.take(older)
        free.take(ruri.write_to(free))
        assert free.acknowledged(ruri) == (2, 2)


def test_a_file_that_begins_later_on_request_takes_none_out_either(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        ruri.take(free.write_to(ruri))
        free.put(an_object("indicator", 9))
        ruri.take(free.write_to(ruri, since=2))
        free.take(ruri.write_to(free))
        assert free.acknowledged(ruri) == (2, 2)


def test_a_receipt_given_up_too_soon_is_made_anew(tmp_path: Path) -> None:
    with gapped(tmp_path, *NAMES) as (free, ruri):
        set_up(free, ruri)
        ruri.take(free.write_to(ruri))
        with ruri.node.store.write() as tx:
            tx.exec_driver_sql("delete from outbox")
        ruri.take(free.write_to(ruri))
        free.take(ruri.write_to(free))
        assert (free.acknowledged(ruri), free.waiting_for(ruri)[0]) == ((1, 1), 0)
