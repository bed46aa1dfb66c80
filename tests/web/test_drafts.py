"""Tests that an upload is held for its person alone, for its time, and within bounds."""

from comity.desk.take_in import TakeInRequest
from comity.values import Instant
from comity.web.drafts import HELD_FOR_MS, MOST_HELD_BYTES, Drafts


def an_upload(size: int = 1) -> TakeInRequest:
    return TakeInRequest(body=bytes(size), name="x")


def test_a_draft_is_its_persons_alone_and_the_last_one_counts() -> None:
    drafts = Drafts()
    first = drafts.hold(1, an_upload(), Instant(0))
    second = drafts.hold(1, an_upload(2), Instant(0))
    assert drafts.find(1, first.key, Instant(0)) is None
    assert drafts.find(2, second.key, Instant(0)) is None
    for other in ("", "\u2603", "\u0663", "\ud800"):
        assert drafts.find(1, other, Instant(0)) is None
    assert drafts.find(1, second.key, Instant(0)) == second
    drafts.drop(1)
    assert drafts.find(1, second.key, Instant(0)) is None


def test_a_draft_has_its_time() -> None:
    drafts = Drafts()
    draft = drafts.hold(1, an_upload(), Instant(0))
    assert drafts.find(1, draft.key, Instant(HELD_FOR_MS - 1)) == draft
    assert drafts.find(1, draft.key, Instant(HELD_FOR_MS)) is None
    assert drafts.size_bytes == 0


def test_many_uploads_push_the_oldest_out() -> None:
    drafts = Drafts()
    keys = [drafts.hold(number, an_upload(MOST_HELD_BYTES // 3), Instant(0)).key for number in range(5)]
    held = [number for number, key in enumerate(keys) if drafts.find(number, key, Instant(0))]
    assert held == [2, 3, 4] and drafts.size_bytes <= MOST_HELD_BYTES
