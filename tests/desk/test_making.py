"""Tests that a making comes out the same from one seed, and that nothing but what was approved is signed."""

import pytest
from sqlalchemy import Connection

from comity.desk.making import Decision, Making, Undone
from comity.errors import Conflict
from comity.records import codec, reference
from comity.records.approvals import lay
from comity.records.kinds import Erasure, ReleaseGrant
from comity.values import Instant
from tests.support.nodes import Freedonia

ASKED, NOW = Instant(1_000_000_000_000), Instant(1_000_000_900_000)
SEED = b"s" * 32
GRANT, ERASURE = (codec.encode(reference.example(kind)) for kind in (ReleaseGrant, Erasure))


def nothing(tx: Connection, now: Instant) -> None:
    """Let it be done."""


def second(*payloads: bytes) -> Making:
    laid = lay((b"request", *payloads), SEED)
    decision = Decision(payloads, laid, "password", "approver", NOW, None, nothing)
    return Making(ASKED, SEED, bytes, decision)


def test_one_seed_gives_one_row_of_bytes_and_each_draw_another() -> None:
    one, two, other = Making(ASKED, SEED, bytes), Making(ASKED, SEED, bytes), Making(ASKED, b"t" * 32, bytes)
    rows = [[making.entropy(size) for size in (16, 16, 40)] for making in (one, two, other)]
    assert rows[0] == rows[1] != rows[2]
    assert len({bytes(row[:16]) for row in rows[0]}) == 3


def test_the_first_making_is_undone_and_remembers_what_it_would_sign(hub: Freedonia) -> None:
    making = Making(ASKED, SEED, bytes)
    assert making.passed(GRANT) == GRANT
    with pytest.raises(Undone), hub.node.store.write() as tx:
        making.finish(tx, NOW)
    assert making.payloads == [GRANT]


def test_the_second_signs_what_was_approved_in_its_order(hub: Freedonia) -> None:
    making = second(GRANT, ERASURE)
    signed = [making.passed(payload) for payload in (GRANT, ERASURE)]
    assert [codec.decode(one).approvals[0].by for one in signed] == ["password", "password"]  # type: ignore[union-attr, index]
    with hub.node.store.write() as tx:
        making.finish(tx, NOW)
    assert making.passed(b"what follows") == b"what follows"


@pytest.mark.parametrize("payload", [ERASURE, GRANT[:-1] + b" }", b""])
def test_anything_else_is_not_signed(payload: bytes) -> None:
    with pytest.raises(Conflict):
        second(GRANT).passed(payload)


def test_more_or_less_than_was_approved_is_not_done(hub: Freedonia) -> None:
    making = second(GRANT)
    making.passed(GRANT)
    with pytest.raises(Conflict):
        making.passed(GRANT)
    with pytest.raises(Conflict), hub.node.store.write() as tx:
        second(GRANT).finish(tx, NOW)


def test_an_act_states_when_it_was_asked_for_and_what_follows_its_own_time(hub: Freedonia) -> None:
    making = second(GRANT)
    assert (making.stated(NOW), making.instant(NOW)) == (ASKED, NOW)
    making.passed(GRANT)
    with hub.node.store.write() as tx:
        making.finish(tx, NOW)
    assert making.stated(NOW) == NOW
    assert Making(ASKED, SEED, bytes, stands=True).instant(NOW) == ASKED
