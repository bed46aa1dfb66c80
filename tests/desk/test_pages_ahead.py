"""Pages asked for ahead: in order, made ready in another thread, and read by a second process if that is worth it."""

import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from comity.desk import pages_ahead
from comity.desk.pages_ahead import PagesAhead
from comity.desk.reading_ahead import Ahead
from comity.wire.bundles import Found
from comity.wire.taxii_client import Page
from tests.support.nodes import an_object

PER_PAGE = 3


def _page(number: int, *, more: bool = True, size: int = PER_PAGE) -> Page:
    bodies = [json.dumps(an_object("malware", number * PER_PAGE + n)).encode() for n in range(size)]
    return Page(tuple(Found(body, None, "$", len(body)) for body in bodies), more, None, None)


def _read(pages: Iterator[Page], enough: int = 99) -> list[tuple[Page, int, Ahead]]:
    ahead = PagesAhead((), PER_PAGE)
    ready = threading.get_ident
    with closing(ahead.pages(pages, ThreadPoolExecutor(1), lambda came: came >= enough, lambda _: ready())) as coming:
        return list(coming)


def test_after_some_full_pages_what_comes_is_read_by_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_ahead, "cpus_to_use", lambda: 2.0)
    given = [_page(number) for number in range(5)] + [_page(5, more=False, size=1)]

    taken = _read(iter(given))

    assert [page for page, _, _ in taken] == given
    assert {made == threading.get_ident() for _, made, _ in taken} == {False}
    read = [[seen and seen.sha256 for seen in ahead] for _, _, ahead in taken]
    wanted = [[hashlib.sha256(found.body or b"").digest() for found in page.found] for page in given]
    assert read == [[], [], *wanted[2:5], []]
    assert all(seen is not None and seen.reading is not None for _, _, ahead in taken for seen in ahead)


def test_of_one_processor_nothing_is_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_ahead, "cpus_to_use", lambda: 1.0)
    assert [list(ahead) for _, _, ahead in _read(_page(number) for number in range(4))] == [[]] * 4


def test_one_peer_at_a_time_has_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_ahead, "cpus_to_use", lambda: 2.0)

    def slow() -> Iterator[Page]:
        for number in range(4):
            if number == 3:
                assert [list(ahead) for _, _, ahead in _read(_page(n) for n in range(4))] == [[]] * 4
            yield _page(number)

    assert [len(ahead) for _, _, ahead in _read(slow())] == [0, 0, PER_PAGE, PER_PAGE]
    assert [len(ahead) for _, _, ahead in _read(_page(n) for n in range(3))] == [0, 0, PER_PAGE]  # it was given back


def test_no_more_is_asked_for_than_is_enough() -> None:
    asked: list[int] = []

    def pages() -> Iterator[Page]:
        for number in range(9):
            asked.append(number)
            yield _page(number)

    assert len(_read(pages(), enough=2)) == 2
    assert asked == [0, 1]


def test_what_asking_or_making_ready_raises_comes_after_what_came_before() -> None:
    def pages() -> Iterator[Page]:
        yield _page(0)
        raise OSError("the line is cut")

    taken: list[Page] = []
    with (
        pytest.raises(OSError, match="cut"),
        closing(
            PagesAhead((), PER_PAGE).pages(pages(), ThreadPoolExecutor(1), lambda _: False, lambda page: None)
        ) as coming,
    ):
        taken.extend(page for page, _, _ in coming)
    assert len(taken) == 1
