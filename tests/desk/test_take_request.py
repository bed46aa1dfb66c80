"""Tests that by asking nobody finds out what an originator holds, nor fills its first page."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from comity.desk.acts import head, keep_act
from comity.desk.send_acts import send_act
from comity.desk.take_request import MOST_OPEN
from comity.errors import RecordRejected
from comity.records import codec, dsse, reference
from comity.records.kinds import ReleaseRequest
from comity.stores import asked
from comity.values import PartyName, id_key
from tests.desk.test_ask_originator import ask, given_to_ruritania, requests_at
from tests.desk.test_take_grant import ITEM, TITLES, kept_back
from tests.support.federation import Member, federation
from tests.support.nodes import an_id, an_object

LEAF = "ab" * 32


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Member]]:
    """Ruritania was given an item of Freedonia's, which holds others that it was not given."""
    with federation(tmp_path_factory.mktemp("hostile"), *TITLES) as members:
        free, ruri, north = members
        given_to_ruritania(free, ruri, north)
        free.put(kept_back(2), an_object("indicator", 3))
        yield members


def good(member: Member, north: Member) -> ReleaseRequest:
    """The request that the node itself would make."""
    ask(member, north.name)
    with member.node.store.read() as tx:
        rows = tx.exec_driver_sql("select body from records where type = 'x-comity-release-request'").fetchall()
    found = codec.decode(dsse.unverified_payload(bytes(rows[0][0])))
    assert isinstance(found, ReleaseRequest)
    return found


def say(asker: Member, receiver: Member, act: ReleaseRequest, **said: Any) -> str:
    """Let a node that keeps to no rule sign and send a request; gives what its receiver says of the reading."""
    with asker.node.store.write() as tx:
        now = asker.node.clock()
        made = msgspec.structs.replace(act, **head(asker.node, now)._asdict(), **said)
        send_act(tx, keep_act(asker.node, tx, made, now), [receiver.name], now)
    return receiver.sync(asker.name).error


def test_who_never_had_an_item_hears_the_same_as_who_asks_for_what_is_not_held(parties: list[Member]) -> None:
    free, ruri, north = parties
    act = good(ruri, north)
    free.sync(ruri.name)
    before = requests_at(free)
    answers = [
        say(ruri, free, act, item=item, leaves=leaves, to=PartyName("concord"))
        for item, leaves in (
            (an_id("indicator", 2), (LEAF,)),  # held, and never given
            (an_id("indicator", 2), act.leaves),  # a leaf of another item
            (an_id("indicator", 98), (LEAF,)),  # not held
            (ITEM, (LEAF,)),  # held and given, and the leaf guessed
        )
    ]
    assert answers == [""] * 4
    assert requests_at(free) == before and free.alarms() == []
    for other in (ruri, north):
        assert free.waiting_for(other)[0] == 0
    ruri.sync(free.name)
    assert ruri.waiting_for(free)[0] == 0, "all were acknowledged alike"


def test_who_was_told_the_leaf_by_another_was_not_given_the_item(parties: list[Member]) -> None:
    free, ruri, north = parties
    act = good(ruri, north)
    free.sync(ruri.name)
    before = requests_at(free)
    assert say(north, free, act, to=PartyName("concord"), leaves=act.leaves) == ""
    assert requests_at(free) == before


def test_in_anothers_name_or_for_another_to_answer_nothing_is_asked(parties: list[Member]) -> None:
    free, ruri, north = parties
    act = good(ruri, north)
    free.sync(ruri.name)
    before = requests_at(free)
    assert say(ruri, free, act, of=PartyName(north.name), to=PartyName("concord")) == ""
    assert requests_at(free) == before
    with pytest.raises(RecordRejected):
        msgspec.structs.replace(act, to=act.issuer)


def test_said_again_and_for_ever_more_parties_it_fills_no_page(parties: list[Member]) -> None:
    free, ruri, north = parties
    act = good(ruri, north)
    for _ in range(2):
        assert say(ruri, free, act, reason="x" * 8_000) == ""
    key = id_key(ITEM)
    with free.node.store.read() as tx:
        mine = [one for one in asked.requests(tx, 1_000, item_key=key) if one.reader == north.name]
        no = mine[0].party_no
    assert len(mine) == 1
    with ruri.node.store.write() as tx:
        now = ruri.node.clock()
        for n in range(MOST_OPEN + 5):
            made = msgspec.structs.replace(act, **head(ruri.node, now)._asdict(), to=PartyName(f"party-{n}"))
            send_act(tx, keep_act(ruri.node, tx, made, now), [free.name], now)
    for _ in range(3):
        assert free.sync(ruri.name).error == ""
    with free.node.store.read() as tx:
        assert asked.open_count(tx, no) == MOST_OPEN


def test_a_reason_beyond_measure_is_refused_as_it_is_read() -> None:
    fields = msgspec.to_builtins(reference.example(ReleaseRequest))
    with pytest.raises(RecordRejected, match=r"\$\.reason"):
        codec.decode(msgspec.json.encode(fields | {"reason": "x" * 8_001}))
