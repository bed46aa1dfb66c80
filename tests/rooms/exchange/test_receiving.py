"""Tests the judgement of a page: nothing stands that no leaf answers for, and whatever is missing is named."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from comity.records.kinds import Delivery, ItemSet, Renditions
from comity.records.kinds.delivery import FIRST_PREVIOUS, leaf_text
from comity.records.sets import commitment, make_set, shared_nodes
from comity.records.sidecar import Entry, node_text
from comity.rooms.exchange.receiving import (
    Judged,
    PageRefused,
    Stream,
    judge_page,
    judge_place,
    page_digests,
    weigh,
)
from comity.values import PartyName

FREE, RURI = PartyName("freedonia-csirt"), PartyName("ruritania-csirt")
HEAD = {
    "rid": "01f2a3b4-c5d6-7e8f-9a0b-1c2d3e4f5a6b",
    "issuer": FREE,
    "at": "2031-03-01T12:00:00.000Z",
    "exercise": True,
}
KNOWN = Stream(issuer=FREE, to=RURI, stream="s", exercise=True, last_seq=4, last_digest="d4" * 32)


def bodies(count: int) -> list[bytes]:
    return [b'{"n":%d}' % n for n in range(count)]


def salt(n: int) -> bytes:
    return n.to_bytes(16, "big")


class Page:
    """A page that an honest giver makes, to be altered."""

    def __init__(self, count: int) -> None:
        self.bodies = bodies(count)
        leaves = [commitment(salt(n), digest) for n, digest in enumerate(page_digests(self.bodies))]
        made = make_set(leaves, bytes(32))
        self.statement = Delivery(
            **HEAD,
            to=RURI,
            stream="s",
            seq=5,
            prev="d4" * 32,
            after=10,
            upto=20,
            leaves=leaf_text(leaves),
            basis_of=((),) * count,
            set_root=made.root.hex(),
        )
        self.signed = ItemSet(**HEAD, root=made.root.hex(), size=made.size)
        self.made = made
        self.entries = [Entry(leaf=n, salt=salt(n).hex(), place=made.places[n]) for n in range(count)]

    def judged(self, kept: list[int], **more: object) -> Judged:
        nodes = node_text(shared_nodes(self.made.levels, [self.made.places[n] for n in kept])) if kept else ""
        given = {"signed": self.signed, "nodes": nodes, **more}
        return judge_page(
            self.statement,
            weigh([self.bodies[n] for n in kept], [self.entries[n] for n in kept]),
            [self.entries[n] for n in kept],
            **given,  # type: ignore[arg-type]
        )


def test_a_whole_page_stands_signed_in_its_order() -> None:
    page = Page(10)
    told = page.judged(list(range(10)))
    assert [(one.at, one.leaf, one.grade) for one in told.found] == [(n, n, "signed") for n in range(10)]
    assert (told.missing, told.absent) == ((), ())
    assert told.tree[-1] == {0: page.made.root}


def test_each_of_a_thousand_withheld_in_turn_is_named() -> None:
    page = Page(1000)
    for n in range(1000):
        kept = [m for m in range(1000) if m != n] if n % 50 == 0 else [m for m in range(n - 1, n + 2) if 0 <= m < 1000]
        kept = [m for m in kept if m != n]
        told = page.judged(kept)
        assert n in told.missing
        assert len(told.missing) == 1000 - len(kept)
        assert page.judged(kept, absent=(n,)).absent == (n,)


@given(st.permutations(range(8)))
def test_the_order_of_a_page_changes_nothing(order: list[int]) -> None:
    page = Page(8)
    told = page.judged(order)
    assert {one.leaf for one in told.found} == set(range(8))
    assert [one.leaf for one in told.found] == order


@given(st.data())
@settings(max_examples=200)
def test_nothing_altered_stands(data: st.DataObject) -> None:
    page = Page(6)
    n = data.draw(st.integers(0, 5))
    what = data.draw(st.sampled_from(["body", "salt", "leaf", "place", "twice", "more", "root", "nodes", "issuer"]))
    given: dict[str, object] = {}
    kept = list(range(6))
    if what == "body":
        at = data.draw(st.integers(0, len(page.bodies[n]) - 1))
        page.bodies[n] = page.bodies[n][:at] + bytes([page.bodies[n][at] ^ 1]) + page.bodies[n][at + 1 :]
    elif what == "salt":
        page.entries[n] = replace(page.entries[n], salt="ff" * 16)
    elif what == "leaf":
        page.entries[n] = replace(page.entries[n], leaf=(page.entries[n].leaf + data.draw(st.integers(1, 20))) % 25)
    elif what == "place":
        page.entries[n] = replace(page.entries[n], place=(page.entries[n].place or 0) ^ 1)
    elif what == "twice":
        kept.append(n)
    elif what == "more":
        page.bodies.append(b"{}")
        page.entries.append(Entry(leaf=6, salt=salt(6).hex()))
        kept.append(6)
        page.made = page.made._replace(places=(*page.made.places, page.made.places[0]))
    elif what == "root":
        given["signed"] = replace(page.signed, root="ab" * 32)
    elif what == "nodes":
        given["nodes"] = ""
    else:
        given["signed"] = replace(page.signed, issuer=RURI)
    with pytest.raises(PageRefused):
        page.judged(kept, **given)


def test_a_rendition_stands_by_its_givers_word_alone() -> None:
    page = Page(2)
    body = b'{"n":"redacted"}'
    digest = hashlib.sha256(body)
    told = Renditions(**HEAD, to=RURI, stream="s", seq=5, places=(1,), digests=(digest.hexdigest(),))
    good = judge_page(page.statement, weigh([body], [Entry(leaf=1)]), [Entry(leaf=1)], renditions=told)
    assert [(one.leaf, one.grade) for one in good.found] == [(1, "rendition")]
    assert good.missing == (0,)
    for bad in (
        replace(told, places=(0,)),
        replace(told, seq=6),
        replace(told, issuer=RURI),
        replace(told, digests=("ab" * 32,)),
        None,
    ):
        with pytest.raises(PageRefused):
            judge_page(page.statement, weigh([body], [Entry(leaf=1)]), [Entry(leaf=1)], renditions=bad)


def test_what_its_giver_relays_stands_without_a_set() -> None:
    page = Page(1)
    entries = [Entry(leaf=0, salt=salt(0).hex())]
    told = judge_page(page.statement, weigh(page.bodies, entries), entries)
    assert [one.grade for one in told.found] == ["relayed"]


@pytest.mark.parametrize(
    ("said", "digest", "verdict"),
    [
        ({}, "d5", "next"),
        ({"seq": 4, "prev": "d3" * 32}, "d4", "seen"),
        ({"seq": 4, "prev": "d3" * 32}, "ff", "fork"),
        ({"prev": "ff" * 32}, "d5", "fork"),
        ({"seq": 6, "prev": "d5" * 32}, "d6", "gap"),
        ({"seq": 3, "prev": "d2" * 32}, "d3", "rollback"),
    ],
)
def test_a_statement_stands_where_its_number_and_chain_say(said: dict[str, object], digest: str, verdict: str) -> None:
    statement = replace(Page(1).statement, **said)
    assert judge_place(KNOWN, statement, digest * 32) == verdict


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"issuer": RURI}, "wrong-issuer"),
        ({"to": FREE}, "wrong-addressee"),
        ({"stream": "t"}, "wrong-stream"),
        ({"exercise": False}, "wrong-world"),
    ],
)
def test_a_statement_of_others_is_refused(said: dict[str, object], fault: str) -> None:
    with pytest.raises(PageRefused) as refused:
        judge_place(KNOWN, replace(Page(1).statement, **said), "d5" * 32)
    assert refused.value.fault == fault


def test_the_first_statement_begins_the_chain() -> None:
    new = replace(KNOWN, last_seq=0, last_digest=FIRST_PREVIOUS)
    assert judge_place(new, replace(Page(1).statement, seq=1, prev=FIRST_PREVIOUS), "d1" * 32) == "next"
