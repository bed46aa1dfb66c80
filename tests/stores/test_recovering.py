"""Tests what is kept of recoveries on every database: one word after the other, each once."""

from comity.stores import recovering
from comity.stores.opening import open_store
from comity.values import Instant

NOW, LATER = Instant(1_000), Instant(2_000)


def test_a_recovery_is_asked_for_seconded_and_done(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        assert recovering.running(tx, NOW) == []
        row = recovering.ask(tx, 7, "ada", "why", NOW, LATER)
        assert recovering.running_for(tx, 7, NOW) == row and recovering.running_for(tx, 8, NOW) is None
        assert recovering.running(tx, LATER) == []
        recovering.second(tx, row.no, "otto", NOW, LATER)
        recovering.second(tx, row.no, "ines", NOW, LATER)
        (waiting,) = recovering.running(tx, LATER)
        assert (waiting.seconded_by, waiting.ready_ms, waiting.state) == ("otto", LATER, "waiting")
        recovering.end(tx, row.no, "done", "ada", LATER)
        recovering.end(tx, row.no, "cancelled", "mara", LATER)
        assert recovering.running(tx, NOW) == []
        assert recovering.ask(tx, 7, "ada", "again", NOW, LATER).no == 2
    store.close()
