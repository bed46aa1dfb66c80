"""Tests that an erasure reaches those who were served, takes their copies from this giver alone, and is answered."""

from pathlib import Path

import pytest

from comity.desk import read_signed as module
from comity.desk.acts import head
from comity.desk.change_account import ChangeAccountRequest, change_account
from comity.desk.erase_item import EraseItemRequest, ItemErased, erase_item
from comity.desk.list_receipts import ErasureAsked, ListReceiptsRequest, list_receipts
from comity.desk.sequence import settle
from comity.desk.verify_log import VerifyLogRequest, verify_log
from comity.desk.views import ObjectPage
from comity.records.kinds import Erasure
from tests.desk.test_accusing import give
from tests.support.federation import Member, federation
from tests.support.guests import BEACON, NORTH, WIPER, guest_of, shares
from tests.support.nodes import OFFICER, TLP, Freedonia, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy")
PARTIES = ("freedonia-csirt", "ruritania-csirt", "northwind-energy")
SHARE = agreement(
    clause("1", "share", tlp_at_most="amber") + clause("2", "forward", tlp_at_most="amber"), parties=PARTIES
)
SECRET = an_object("indicator", 77, name="Operation Marmalade", pattern="[domain-name:value='leak.example']",
                   object_marking_refs=[TLP["green"]])  # fmt: skip
WORDS = (b"Operation Marmalade", b"leak.example", str(SECRET["id"]).encode())


def erase(member: Member, deadline: str | None = None) -> ItemErased:
    request = EraseItemRequest(id=str(SECRET["id"]), reason="Court order.", ordered_by="Court", deadline=deadline)
    return erase_item(member.node, OFFICER, request)


def left_in(member: Member) -> list[bytes]:
    """Which words of the item still stand in a file of the node."""
    settle(member.node)
    folder = member.node.folder
    every = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    return [word for word in WORDS if word in every]


def asked(member: Member) -> tuple[ErasureAsked, ...]:
    return list_receipts(member.node, OFFICER, ListReceiptsRequest()).erasures


def test_a_copy_that_was_served_goes_from_every_file_there_and_the_giver_sees_it_done(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        free.put(SECRET, an_object("indicator", 1))
        assert ruri.sync().error == ""
        assert left_in(ruri) == list(WORDS)
        told = erase(free, "2031-03-08")
        assert (told.told, told.untold) == ((ruri.name,), ())
        (before,) = asked(free)
        assert (before.party, before.deadline, before.done_at) == (ruri.name, "2031-03-08T00:00:00.000Z", None)
        assert left_in(free) == [], "the act that crosses names no id"

        assert ruri.sync().error == ""
        assert left_in(ruri) == []
        assert list(ruri.held_from(free)) == [an_id("indicator", 1)]
        free.sync()
        (after,) = asked(free)
        assert (after.act, after.done_at is not None) == (before.act, True)
        assert free.alarms() == ruri.alarms() == []
        for member in (free, ruri):
            assert verify_log(member.node, OFFICER, VerifyLogRequest()).sound


def test_it_goes_on_to_whom_it_was_passed_on_and_spares_what_came_from_another(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri, north):
        free.agree(SHARE)
        for one in (ruri, north):
            one.sync(free.name)
            one.adhere("free-ruri")
        for one, other in ((free, ruri), (free, north), (ruri, free), (ruri, north)):
            one.sync(other.name)
        free.put(SECRET)
        ruri.sync(free.name)
        assert north.sync(ruri.name).new == 1, "passed on under the forward clause"
        assert north.sync(free.name).error == ""
        assert str(SECRET["id"]) in north.held_from(free)

        request = EraseItemRequest(id=str(SECRET["id"]), reason="r", ordered_by="o")
        erase_item(ruri.node, OFFICER, request)
        assert north.sync(ruri.name).error == ""
        assert north.held_from(ruri) == {}
        assert str(SECRET["id"]) in north.held_from(free), "only its giver's own copy goes"

        erase(free)
        north.sync(free.name)
        assert left_in(north) == []


def test_an_act_that_comes_before_the_page_with_its_item_finds_it_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        free.put(SECRET, an_object("indicator", 1))
        real, done = module.read_signed, list[ItemErased]()

        def slow(*words: object) -> ObjectPage:
            page = real(*words)  # type: ignore[arg-type]
            if page.objects and not done:
                done.append(erase(free))
                assert free.sync().posted > 0, "the act is there before the item"
            return page

        monkeypatch.setattr("comity.taxii.routes.read_signed", slow)
        assert (ruri.sync().error, ruri.sync().error) == ("", "")
        assert left_in(ruri) == []
        assert list(ruri.held_from(free)) == [an_id("indicator", 1)]
        free.sync()
        assert [one.done_at is not None for one in asked(free)] == [True]
        assert free.alarms() == ruri.alarms() == []
        assert verify_log(ruri.node, OFFICER, VerifyLogRequest()).sound


def test_a_file_of_before_that_is_taken_in_once_more_does_not_bring_it_back(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        ruri.sync()
        free.put(SECRET, an_object("indicator", 1))
        settle(free.node)
        file = free.write_to(ruri)
        ruri.take(file)
        assert left_in(ruri) == list(WORDS)
        erase(free)
        assert ruri.sync().error == ""
        assert left_in(ruri) == []

        ruri.take(file)
        assert left_in(ruri) == []
        assert list(ruri.held_from(free)) == [an_id("indicator", 1)]
        assert ruri.alarms() == []


def test_an_erasure_is_answered_though_nothing_is_held_and_once_only(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        free.put(SECRET)
        ruri.sync()
        erase(ruri)
        erase(free)
        ruri.sync()
        free.sync()
        assert [one.done_at is not None for one in asked(free)] == [True]


def test_who_answers_what_was_not_asked_is_accused(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES[:2]) as (free, ruri):
        act = Erasure(
            **head(ruri.node, ruri.node.clock())._asdict(),
            items=("ab" * 32,),
            reason="r",
            ordered_by="o",
            answers="cd" * 32,
        )
        envelope = give(ruri, free, act)
        (alarm,) = free.alarms()
        assert (alarm.kind, alarm.evidence) == ("receipt-for-nothing", envelope)


def test_who_states_to_have_erased_what_it_never_had_is_accused(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        act = Erasure(
            **head(ruri.node, ruri.node.clock())._asdict(),
            items=("ab" * 32,),
            reason="r",
            ordered_by="o",
            agreement="free-ruri",
            erased=("cd" * 32,),
        )
        envelope = give(ruri, free, act)
        (alarm,) = free.alarms()
        assert (alarm.kind, alarm.evidence) == ("receipt-for-nothing", envelope)


def test_a_party_whose_guests_have_all_left_is_to_be_asked_by_other_means(hub: Freedonia) -> None:
    shares(hub)
    guest = guest_of(hub)
    told = erase_item(hub.node, OFFICER, EraseItemRequest(id=BEACON, reason="Court order.", ordered_by="Court"))
    assert (told.told, told.untold) == ((NORTH,), ())
    change_account(hub.node, OFFICER, ChangeAccountRequest(name=guest.name, change="disable"))
    told = erase_item(hub.node, OFFICER, EraseItemRequest(id=WIPER, reason="Court order.", ordered_by="Court"))
    assert (told.told, told.untold) == ((), (NORTH,))
