"""Tests that what goes over the socket comes out the same, and that errors keep their kind and facts."""

import socket
from pathlib import Path

import msgspec
import pytest

from comity.errors import ComityError, NotFound, NotPermitted, RecordRejected, TooLarge
from comity.wire.frames import Call, Fault, error_of, fault_of, receive_frame, send_frame


def a_call(verb: str = "node status") -> Call:
    return Call(verb=verb, request=msgspec.Raw(b"{}"), actor=msgspec.Raw(b"{}"), id="1")


def test_a_frame_comes_out_as_it_went_in() -> None:
    left, right = socket.socketpair()
    with left, right:
        send_frame(left, a_call("item show"))
        body = receive_frame(right, limit_bytes=1000)
    assert body is not None
    assert msgspec.json.decode(body, type=Call).verb == "item show"


def test_a_frame_over_the_limit_is_refused_before_it_is_read() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"\xff\xff\xff\xff")
        with pytest.raises(TooLarge):
            receive_frame(right, limit_bytes=1000)


def test_a_frame_cut_short_is_refused() -> None:
    left, right = socket.socketpair()
    with right:
        with left:
            left.sendall(b"\x00\x00\x00\x09abc")
        with pytest.raises(RecordRejected, match="cut-short"):
            receive_frame(right, limit_bytes=1000)


def test_a_closed_line_is_no_frame() -> None:
    left, right = socket.socketpair()
    with right:
        left.close()
        assert receive_frame(right, limit_bytes=1000) is None


def test_an_error_keeps_its_kind_sentence_and_facts() -> None:
    sent = NotPermitted("not for you", ("treaty/4(1)", "treaty/6"))

    received = error_of(fault_of(sent))

    assert isinstance(received, NotPermitted)
    assert str(received) == "not for you"
    assert received.clauses == ("treaty/4(1)", "treaty/6")


def test_an_error_is_put_into_words_where_it_arrives() -> None:
    sent = NotFound("no party {name} in {folder}", name="elbonia", folder=Path("a"))

    received = error_of(msgspec.json.decode(msgspec.json.encode(fault_of(sent)), type=Fault))

    assert (received.message, received.said) == ("no party {name} in {folder}", {"name": "elbonia", "folder": "a"})
    assert str(received) == "no party elbonia in a"


def test_an_error_without_facts_may_say_anything() -> None:
    assert str(error_of(fault_of(NotFound("no {such} thing {")))) == "no {such} thing {"


def test_an_error_of_an_unknown_code_is_still_an_error_of_the_tree() -> None:
    received = error_of(Fault(code="from-the-future", message="something new"))
    assert type(received) is ComityError
    assert str(received) == "something new"
