"""Tests how the objects of files are cut into batches."""

import os
import threading
from pathlib import Path

import msgspec
import pytest

from comity.desk.input_batches import Batch, Bounds, cut, found_in
from comity.errors import UsageError
from comity.wire.bundles import FILE
from tests.support.desks import an_object


def _files(folder: Path, *counts: int) -> list[Path]:
    written: list[Path] = []
    for number, count in enumerate(counts):
        path = folder / f"{number}.json"
        objects = [an_object("indicator", 100 * number + n) for n in range(count)]
        path.write_bytes(msgspec.json.encode({"type": "bundle", "objects": objects}))
        written.append(path)
    return written


def _cut(files: list[Path], bounds: Bounds) -> list[Batch]:
    return list(cut(found_in(files, FILE, lambda file, stream: None), bounds))


def test_a_batch_takes_so_many_objects_across_files(tmp_path: Path) -> None:
    files = _files(tmp_path, 2, 2, 3)

    batches = _cut(files, Bounds(3, 1 << 20))

    one, two, three = map(str, files)
    assert [batch.files for batch in batches] == [[one, one, two], [two, three, three], [three]]


def test_a_batch_ends_with_the_object_that_fills_it(tmp_path: Path) -> None:
    one = len(msgspec.json.encode(an_object("indicator", 1)))

    batches = _cut(_files(tmp_path, 5), Bounds(100, 2 * one - 10))

    assert [len(batch.founds) for batch in batches] == [2, 2, 1]


def test_each_batch_says_how_many_bytes_have_been_read(tmp_path: Path) -> None:
    batches = _cut(_files(tmp_path, 3), Bounds(2, 1 << 20))

    sizes = [sum(found.size for found in batch.founds) for batch in batches]
    assert [batch.through for batch in batches] == [sizes[0], sum(sizes)]


@pytest.mark.parametrize(("before", "sizes"), [(1, [1]), (2, [2, 0]), (3, [2, 1]), (0, [0])])
def test_what_was_read_before_an_error_comes_with_it(tmp_path: Path, before: int, sizes: list[int]) -> None:
    files = _files(tmp_path, before) if before else []

    batches = _cut([*files, tmp_path / "none.json", *files], Bounds(2, 1 << 20))

    assert [len(batch.founds) for batch in batches] == sizes
    assert [type(batch.error) for batch in batches] == [*[type(None)] * (len(sizes) - 1), UsageError]


def test_what_cannot_be_read_on_is_said_with_its_name(tmp_path: Path) -> None:
    (batch,) = _cut([tmp_path], Bounds(2, 1 << 20))

    assert batch.founds == []
    assert str(tmp_path) in str(batch.error)


def test_a_pipe_is_read_once_and_whole(tmp_path: Path) -> None:
    pipe, (file,) = tmp_path / "pipe", _files(tmp_path, 5)
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(file.read_bytes()))
    writer.start()

    batches = _cut([pipe], Bounds(2, 1 << 20))

    writer.join()
    assert [found.body for batch in batches for found in batch.founds] == [
        found.body for batch in _cut([file], Bounds(9, 1 << 20)) for found in batch.founds
    ]
