"""Tests that a verb's effect, audit line and remembered answer stand or fall together."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection

from comity.desk.carry_out import carry_out
from comity.errors import Conflict, NotPermitted, UsageError
from comity.stores import policies, registers
from comity.values import Instant, JsonObject
from tests.support.desks import OFFICER, READER, freedonia


class Asked(msgspec.Struct, frozen=True):
    what: str
    idempotency_key: str | None = None


class Answered(msgspec.Struct, frozen=True):
    times: int


def set_and_count(tx: Connection, now: Instant) -> tuple[Answered, JsonObject]:
    times = int(policies.fact(tx, "times") or 0) + 1
    policies.set_fact(tx, "times", str(times))
    return Answered(times), {"times": times}


def test_a_repeated_key_gives_the_first_answer_and_has_no_second_effect(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        one = carry_out(node, OFFICER, "test", Asked("a", "key"), Answered, set_and_count)
        two = carry_out(node, OFFICER, "test", Asked("a", "key"), Answered, set_and_count)
        other = carry_out(node, OFFICER, "test", Asked("a", "other"), Answered, set_and_count)
        with pytest.raises(Conflict):
            carry_out(node, OFFICER, "test", Asked("b", "key"), Answered, set_and_count)
    assert (one.times, two.times, other.times) == (1, 1, 2)


def test_a_failed_effect_leaves_no_audit_line_and_no_answer(tmp_path: Path) -> None:
    def fails(tx: Connection, now: Instant) -> tuple[Answered, JsonObject]:
        set_and_count(tx, now)
        raise Conflict("in the middle")

    with freedonia(tmp_path) as node:
        with pytest.raises(Conflict):
            carry_out(node, OFFICER, "test", Asked("a", "key"), Answered, fails)
        with node.store.read() as tx:
            assert policies.fact(tx, "times") is None
            assert "test" not in [row.verb for row in registers.audit_rows(tx)]
            assert registers.earlier_answer(tx, OFFICER.name, "key") is None


def test_a_role_that_may_not_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        with pytest.raises(NotPermitted):
            carry_out(node, READER, "test", Asked("a"), Answered, set_and_count)
        with node.store.read() as tx:
            assert policies.fact(tx, "times") is None


@pytest.mark.parametrize("key", ["a\0b", "k" * 3_000, "a\nb"])
def test_a_key_that_no_database_takes_is_refused(tmp_path: Path, key: str) -> None:
    with freedonia(tmp_path) as node, pytest.raises(UsageError, match="idempotency key"):
        carry_out(node, OFFICER, "test", Asked("a", key), Answered, set_and_count)
