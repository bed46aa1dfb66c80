"""Tests that each party is told of with its clause, since when it sees an item, and what it acknowledged."""

import pytest

from comity.desk.item_readers import ItemReadersRequest, PartyHas, item_readers
from comity.desk.show_item import ShowItemRequest, show_item
from comity.errors import NotFound, UsageError
from comity.stores import directory, stating
from comity.stores.stating import Stated
from comity.values import iso
from tests.support.desk_story import REPORT, SECRET, busy
from tests.support.nodes import OFFICER, Freedonia


def has(hub: Freedonia, item: str, party: str = "ruritania-csirt") -> PartyHas:
    found = item_readers(hub.node, OFFICER, ItemReadersRequest(id=item))
    return next(one for one in found.parties if one.party == party)


def test_who_has_it_comes_first_with_clause_and_date(hub: Freedonia) -> None:
    busy(hub)
    parties = item_readers(hub.node, OFFICER, ItemReadersRequest(id=REPORT)).parties
    assert [(one.party, one.why.released) for one in parties] == [
        ("ruritania-csirt", True),
        ("northwind-energy", False),
    ]
    assert parties[0].why.explanation.decision.clauses == ("example-agreement/4(1)",)
    dates = hub.dates("ruritania-csirt")
    assert parties[0].visible_since == iso(dates[REPORT])  # type: ignore[arg-type]
    assert (parties[0].stored_at, parties[0].officer) == (None, None)
    assert parties[1].visible_since is None


def test_who_may_not_have_it_is_told_by_the_clause_that_forbids(hub: Freedonia) -> None:
    busy(hub)
    ruritania = has(hub, SECRET)
    assert not ruritania.why.released and ruritania.visible_since is None
    assert ruritania.why.explanation.decision.clauses == ("example-agreement/5(2)",)


def test_what_was_acknowledged_stands_beside_it(hub: Freedonia) -> None:
    busy(hub)
    shown = has(hub, REPORT)
    date_ms = hub.dates("ruritania-csirt")[REPORT]
    digest, sha256 = b"d" * 32, bytes.fromhex(_sha256(hub))
    with hub.node.store.write() as tx:
        party = directory.party_named(tx, "ruritania-csirt")
        assert party is not None
        stating.state(tx, Stated(party.no, 1, date_ms - 1, date_ms, digest, b"s" * 32, b"", b"", None))
        later = int(hub.clock.now) + 60_000
        stating.note_receipts(
            hub.node.store, tx, [(8, digest, party.no, "stored", later), (9, sha256, party.no, "seen", later)]
        )
    told = has(hub, REPORT)
    assert told.stored_at == "2031-03-01T12:01:00.000Z"
    assert (told.officer, told.officer_at) == ("seen", "2031-03-01T12:01:00.000Z")
    assert told.visible_since == shown.visible_since


def test_an_item_that_is_not_there_is_not_found(hub: Freedonia) -> None:
    with pytest.raises(NotFound):
        item_readers(hub.node, OFFICER, ItemReadersRequest(id="report--nothing"))


def _sha256(hub: Freedonia) -> str:
    return show_item(hub.node, OFFICER, ShowItemRequest(id=REPORT)).versions[0].sha256


def test_parties_come_by_pages_those_first_whom_a_clause_lets_have_it(hub: Freedonia) -> None:
    busy(hub)
    first = item_readers(hub.node, OFFICER, ItemReadersRequest(id=REPORT, limit=1))
    assert [one.party for one in first.parties] == ["ruritania-csirt"]
    assert (first.may, first.known, first.more) == (1, 2, 1) and first.after is not None
    last = item_readers(hub.node, OFFICER, ItemReadersRequest(id=REPORT, limit=1, after=first.after))
    assert [one.party for one in last.parties] == ["northwind-energy"]
    assert (last.more, last.after) == (0, None)


def test_a_page_skips_nobody_when_an_agreement_ends_meanwhile(hub: Freedonia) -> None:
    busy(hub)
    first = item_readers(hub.node, OFFICER, ItemReadersRequest(id=REPORT, limit=1))
    assert [one.party for one in first.parties] == ["ruritania-csirt"] and first.after is not None
    hub.end("example-agreement")
    rest = item_readers(hub.node, OFFICER, ItemReadersRequest(id=REPORT, after=first.after))
    assert [(one.party, one.why.released) for one in rest.parties] == [
        ("northwind-energy", False),
        ("ruritania-csirt", False),
    ]
    assert (rest.may, rest.more, rest.after) == (0, 0, None)


@pytest.mark.parametrize("after", ["nobody", "2.ruritania-csirt", "0.", ".", "\0", "0" * 5000])
def test_a_page_after_what_no_page_gave_is_refused(hub: Freedonia, after: str) -> None:
    busy(hub)
    with pytest.raises(UsageError):
        item_readers(hub.node, OFFICER, ItemReadersRequest(id=REPORT, limit=1, after=after))
