"""Which collection of another's server is meant, how it does, and when it is tried again."""

from pathlib import Path

import pytest

from comity.desk.far_collections import LONGEST_WAIT_MS, meant_by, root_of, state_of, try_again_at
from comity.errors import Busy, Unreachable, UsageError
from comity.wire.taxii_client import Collection
from tests.support.nodes import freedonia

ROOT = "https://node.example/taxii2/root/"


def _collection(name: str) -> Collection:
    return Collection(url=f"{ROOT}collections/{name}/", id=name, title=name, can_read=True, can_write=True)


ONE, TWO = _collection("one"), _collection("two")


@pytest.mark.parametrize("url", [ROOT, f"{ROOT}collections/one/", f"{ROOT}collections/one/objects/"])
def test_collections_are_asked_for_at_the_root_of_any_url_below_it(url: str) -> None:
    assert root_of(url) == ROOT


def test_the_named_collection_is_meant_or_the_only_one() -> None:
    assert meant_by(f"{ROOT}collections/two/objects/", [ONE, TWO]) == TWO
    assert meant_by(ROOT, [ONE]) == ONE
    assert meant_by(f"{ROOT}collections/three/", [ONE, TWO]) is None
    assert meant_by(ROOT, []) is None
    with pytest.raises(UsageError, match=r"one/.*two/"):
        meant_by(ROOT, [ONE, TWO])


def test_it_rests_before_it_fails_and_is_new_until_it_went_well() -> None:
    assert state_of(paused=True, failures=3, done_ms=None) == "paused"
    assert state_of(paused=False, failures=3, done_ms=7) == "failing"
    assert state_of(paused=False, failures=0, done_ms=None) == "new"
    assert state_of(paused=False, failures=0, done_ms=7) == "healthy"


def test_it_is_tried_again_twice_as_late_each_time_and_after_an_hour_at_most(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        node = hub.node
        now, error = node.clock(), Unreachable("away")
        every_ms = node.settings.sync_every_s * 1000
        waits = [try_again_at(node, failures, error, now) - now for failures in (0, 1, 2, 10_000)]
        patience = try_again_at(node, 0, Busy("full", retry_after_s=2 * LONGEST_WAIT_MS // 1000), now) - now
    assert waits == [every_ms, 2 * every_ms, 4 * every_ms, LONGEST_WAIT_MS]
    assert patience == 2 * LONGEST_WAIT_MS
