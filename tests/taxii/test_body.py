"""Tests how a request's body is taken in."""

import gzip
import time
import zlib
from collections.abc import AsyncIterator

import anyio
import pytest
from litestar.exceptions import InternalServerException

from comity.errors import TooLarge
from comity.taxii import body
from comity.taxii.body import read_body, unpack
from comity.taxii.problems import Refusal

LIMIT = 64 * 1024


def read(*chunks: bytes, encoding: str = "") -> bytes:
    async def arriving() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def run() -> bytes:
        return await read_body(arriving(), encoding, limit_bytes=LIMIT)

    return anyio.run(run)


def test_chunks_are_joined_as_they_are() -> None:
    assert read(b"a", b"", b"bc") == b"abc"
    assert read(b"a", encoding="identity") == b"a"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_gzip_is_unpacked(encoding: str) -> None:
    assert read(gzip.compress(b"abc" * 100), encoding=encoding) == b"abc" * 100


def test_several_gzip_members_are_one_body() -> None:
    assert unpack(gzip.compress(b"a") + gzip.compress(b"b"), LIMIT) == b"ab"


def test_exactly_the_limit_is_within_it() -> None:
    assert len(read(b"x" * LIMIT)) == LIMIT
    assert len(unpack(gzip.compress(b"x" * LIMIT), LIMIT)) == LIMIT


def test_one_byte_more_is_too_large_packed_or_not() -> None:
    with pytest.raises(TooLarge):
        read(b"x" * LIMIT, b"x")
    with pytest.raises(TooLarge):
        read(gzip.compress(b"x" * (LIMIT + 1)), encoding="gzip")


def test_a_bomb_of_a_gigabyte_is_found_early() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    megabyte = bytes(1024 * 1024)
    bomb = b"".join(packer.compress(megabyte) for _ in range(200)) + packer.flush()

    started = time.perf_counter()
    with pytest.raises(TooLarge):
        unpack(bomb, LIMIT)
    assert time.perf_counter() - started < 0.5


def test_ten_thousand_empty_members_are_no_way_to_burn_time() -> None:
    with pytest.raises(Refusal):
        unpack(gzip.compress(b"") * 10_000, LIMIT)


@pytest.mark.parametrize(
    "packed",
    [b"", b"no gzip", gzip.compress(b"abc")[:-1], gzip.compress(b"abc")[:12], gzip.compress(b"abc") + b"rest"],
    ids=["empty", "plain", "cut", "cut early", "rest"],
)
def test_a_gzip_that_is_none_is_refused(packed: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read(packed, encoding="gzip")
    assert refused.value.problem.status == 400


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd", "\x00"])
def test_another_encoding_is_not_read(encoding: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(b"x", encoding=encoding)
    assert refused.value.problem.status == 415


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "DEADLINE_S", 0.05)

    async def never() -> AsyncIterator[bytes]:
        yield b"x"
        await anyio.sleep_forever()

    async def run() -> bytes:
        return await read_body(never(), "", limit_bytes=LIMIT)

    with pytest.raises(Refusal) as refused:
        anyio.run(run)
    assert refused.value.problem.status == 408


def test_a_body_that_is_cut_off_is_no_failure_of_the_server() -> None:
    async def cut_off() -> AsyncIterator[bytes]:
        yield b"a"
        raise InternalServerException("client disconnected prematurely")

    async def run() -> bytes:
        return await read_body(cut_off(), "", limit_bytes=LIMIT)

    with pytest.raises(Refusal):
        anyio.run(run)


def test_an_endless_flood_is_cut_off() -> None:
    given = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield bytes(LIMIT)

    async def run() -> bytes:
        return await read_body(flood(), "", limit_bytes=LIMIT)

    with pytest.raises(TooLarge):
        anyio.run(run)
    assert given < 10
