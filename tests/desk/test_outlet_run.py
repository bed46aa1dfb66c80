"""Tests that what may go goes once, whatever its server answers, and that each object's fate is told as it was said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.desk import outlet_lines, outlet_run
from comity.desk.outlet_run import FORGOTTEN, NEVER_SAID, NO_STATUS, THERE_ALREADY
from comity.rooms.exchange.submitting import NOT_SAID
from comity.stores.submitting import FAILED, PENDING, TAKEN, UNKNOWN, WAITING
from tests.support.nodes import Object, an_id, an_object
from tests.support.plain_server import PlainServer, Submitter, a_submitter, plain_server

IDS = [an_id("indicator", n) for n in range(4)]


@pytest.fixture
def plain() -> Iterator[PlainServer]:
    with plain_server() as server:
        yield server


@pytest.fixture
def node(tmp_path: Path, plain: PlainServer) -> Iterator[Submitter]:
    with a_submitter(tmp_path) as submitter:
        submitter.hub.put(*(an_object("indicator", n) for n in range(4)))
        submitter.add(plain.url)
        yield submitter


def states(node: Submitter) -> list[int]:
    return [node.items()[name][0] for name in IDS]


def test_what_may_go_goes_once_and_its_bytes_are_those_of_the_readers_view(node: Submitter, plain: PlainServer) -> None:
    told = node.submit()
    assert (told.sent, told.taken, told.failed, told.error) == (4, 4, 0, "")
    assert list(plain.stored.values()) == node.hub.objects("ruritania-csirt")
    node.hub.put(an_object("indicator", 9))
    assert node.submit().sent == 1
    assert node.submit().sent == 0
    assert [len(post) for post in plain.posts] == [4, 1]


def test_a_status_is_asked_until_it_is_complete(node: Submitter, plain: PlainServer) -> None:
    objects: list[Object] = []

    def begin(posted: list[Object]) -> tuple[int, Any]:
        objects.extend(posted)
        return plain.status(posted[:1], pending=posted[1:])

    plain.on_post = begin
    plain.on_status = lambda: plain.status(objects[:2], pending=objects[2:])
    told = node.submit()
    assert (told.sent, told.taken) == (4, 2)
    assert states(node) == [TAKEN, TAKEN, PENDING, PENDING]
    plain.on_status = lambda: plain.status(objects[:3], failed=objects[3:])
    told = node.submit()
    assert (told.sent, told.taken, told.failed) == (0, 1, 1)
    assert states(node) == [TAKEN, TAKEN, TAKEN, FAILED]
    assert node.items()[IDS[3]][1] == "failure of it"
    calls = len(plain.calls)
    node.submit()
    assert len(plain.calls) == calls, "nothing is left to ask"


def test_it_asks_later_and_later_and_gives_up_after_a_day(node: Submitter, plain: PlainServer) -> None:
    plain.on_post = lambda posted: plain.status([], pending=posted)
    plain.on_status = lambda: (200, {"status": "pending", "id": "x", "pending_count": 4})
    node.submit(due_only=True)
    asked = []
    for second in range(200):
        node.hub.later(1)
        before = sum("status" in call for call in plain.calls)
        node.submit(due_only=True) if node.seen().next_at <= _now(node) else None
        if sum("status" in call for call in plain.calls) > before:
            asked.append(second + 1)
    assert asked[:5] == [2, 6, 14, 30, 62]
    assert states(node) == [PENDING] * 4
    node.hub.later(86_500)
    assert node.submit().unknown == 4
    assert {node.items()[name] for name in IDS} == {(UNKNOWN, NEVER_SAID)}


def _now(node: Submitter) -> str:
    from comity.values import iso

    return iso(node.node.clock())


def test_a_status_that_is_no_longer_kept_or_has_no_place_leaves_what_nobody_knows(
    node: Submitter, plain: PlainServer
) -> None:
    plain.on_post = lambda posted: plain.status(posted[:1], pending=posted[1:])
    node.submit()
    assert [node.items()[name] for name in IDS] == [(TAKEN, "")] + [(UNKNOWN, FORGOTTEN)] * 3
    plain.on_post = lambda posted: (202, {"status": "pending"})
    node.hub.put(an_object("indicator", 9))
    node.submit()
    assert node.items()[an_id("indicator", 9)] == (UNKNOWN, NO_STATUS)


def test_a_status_on_other_objects_proves_nothing(node: Submitter, plain: PlainServer) -> None:
    others: list[Object] = [an_object("malware", n) for n in range(4)]
    plain.on_post = lambda posted: plain.status(others)
    assert node.submit().taken == 0
    assert {node.items()[name] for name in IDS} == {(UNKNOWN, NOT_SAID)}
    plain.on_post = lambda posted: plain.status([], failed=others)
    node.hub.put(an_object("indicator", 9))
    node.submit()
    assert node.items()[an_id("indicator", 9)] == (UNKNOWN, NOT_SAID)


@pytest.mark.parametrize("answer", [(202, b"<html>"), (200, {}), (202, b""), (202, {"status": 5}), (302, {}), (0, {})])
def test_an_answer_that_is_none_leaves_all_in_line_and_it_is_looked_up_before_it_goes_again(
    node: Submitter, plain: PlainServer, answer: tuple[int, Any]
) -> None:
    def lose(posted: list[Object]) -> tuple[int, Any]:
        plain.store(posted[:3])
        return answer

    plain.on_post = lose
    assert node.submit().error
    assert states(node) == [WAITING] * 4
    assert node.seen().state == "failing"
    plain.on_post = None
    told = node.submit()
    assert (told.error, told.sent, told.taken) == ("", 1, 4)
    assert plain.posts == [IDS, IDS[3:]]
    assert node.items()[IDS[0]] == (TAKEN, THERE_ALREADY)


def test_where_nobody_may_look_it_goes_again(node: Submitter, plain: PlainServer) -> None:
    plain.can_read = False
    plain.on_post = lambda posted: (plain.store(posted), (0, {}))[1]
    assert node.submit().error
    plain.on_post = None
    assert (node.submit().sent, states(node)) == (4, [TAKEN] * 4)


def test_what_a_server_calls_a_failure_and_has_is_taken(node: Submitter, plain: PlainServer) -> None:
    plain.on_post = lambda posted: (plain.store(posted[1:]), plain.status([], failed=posted))[1]
    node.submit()
    assert states(node) == [FAILED, TAKEN, TAKEN, TAKEN]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_object_that_is_refused_holds_up_no_other(node: Submitter, plain: PlainServer, status: int) -> None:
    def refuse(posted: list[Object]) -> tuple[int, Any]:
        if any(one["id"] == IDS[1] for one in posted):
            return status, {"title": "Bad", "description": "this one\x1b[31m", "http_status": str(status)}
        return plain.store(posted)

    plain.on_post = refuse
    told = node.submit()
    assert (told.taken, told.failed, told.error) == (3, 1, "")
    assert node.items()[IDS[1]] == (FAILED, f"status {status}: Bad: this one [31m")


def test_a_server_that_breaks_at_one_object_is_given_patience_and_then_the_object_is_named(
    node: Submitter, plain: PlainServer
) -> None:
    plain.on_post = lambda posted: (
        (500, b"<html>") if any(one["id"] == IDS[1] for one in posted) else plain.store(posted)
    )
    assert [node.submit().error for _ in range(2)] == ["the server answers with status 500"] * 2
    assert len(plain.posts) == 2
    told = node.submit()
    assert (told.taken, told.failed, told.error) == (3, 1, "")
    assert node.items()[IDS[1]] == (FAILED, "status 500")


def test_a_server_that_is_down_makes_no_object_a_failure(node: Submitter, plain: PlainServer) -> None:
    plain.on_post = lambda _: (500, b"")
    for _ in range(12):
        assert node.submit().error
    assert states(node) == [WAITING] * 4
    plain.on_post = None
    assert node.submit().error == ""
    assert states(node) == [TAKEN] * 4


@pytest.mark.parametrize(
    ("status", "code"), [(401, "unauthenticated"), (403, "not-permitted"), (404, "not-found"), (503, "busy")]
)
def test_what_comes_whatever_is_sent_leaves_the_batch_as_it_was(
    node: Submitter, plain: PlainServer, status: int, code: str
) -> None:
    plain.on_post = lambda _: (status, {})
    assert [node.submit().code for _ in range(5)] == [code] * 5
    assert states(node) == [WAITING] * 4
    plain.on_post = None
    calls = len(plain.calls)
    assert node.submit().taken == 4
    assert not any("manifest" in call for call in plain.calls[calls:]), "none of it can be there"


def test_batches_keep_to_what_the_server_takes(node: Submitter, plain: PlainServer) -> None:
    plain.information = {"max_content_length": 700}
    sizes: list[int] = []
    plain.on_post = lambda posted: (sizes.append(len(posted)), plain.store(posted))[1]
    node.submit()
    assert sizes and max(sizes) < 3 and sum(sizes) == 4


@pytest.mark.parametrize("said", [0, -5, "many", None, True, [1]])
def test_a_limit_that_is_none_is_not_heeded(node: Submitter, plain: PlainServer, said: Any) -> None:
    plain.information = {"max_content_length": said}
    assert node.submit().taken == 4


def test_a_server_that_never_ends_one_does_not_gather_all(
    node: Submitter, plain: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet_lines, "AT_ONCE", 1)
    monkeypatch.setattr(outlet_run, "MOST_OPEN", 2)
    plain.on_post = lambda posted: plain.status([], pending=posted)
    plain.on_status = lambda: (200, {"status": "pending"})
    node.submit()
    assert [len(post) for post in plain.posts] == [1, 1]


def test_more_than_one_run_takes_is_left_to_the_next(
    node: Submitter, plain: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet_lines, "AT_ONCE", 1)
    monkeypatch.setattr(outlet_run, "MOST_POSTS", 3)
    assert (node.submit().sent, len(plain.posts)) == (3, 3)
    assert node.submit().sent == 1


def test_words_that_could_steer_a_terminal_or_break_a_database_are_taken_out(
    node: Submitter, plain: PlainServer
) -> None:
    bad = "\x1b[2Jno\x00\n" + "x" * 5_000
    plain.can_read = False
    plain.on_post = lambda posted: (
        202,
        {"status": "complete", "failure_count": 4, "failures": [{"id": one["id"], "message": bad} for one in posted]},
    )
    node.submit()
    words = node.items()[IDS[0]][1]
    assert words.startswith(" [2Jno  xxx") and len(words) == 500
    assert node.seen().said == words


def test_what_may_no_longer_leave_when_it_is_tried_again_does_not(node: Submitter, plain: PlainServer) -> None:
    plain.on_post = lambda _: (503, {})
    node.submit()
    node.hub.end(node.agreement)
    plain.on_post = None
    assert node.submit().sent == 0
    assert plain.stored == {}
    assert node.seen().withheld == 4
