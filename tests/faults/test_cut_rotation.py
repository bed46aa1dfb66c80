"""Kills the node with SIGKILL while it rotates its keys, at named points and at any moment.

After each death the node opens, signs, and every act that it ever signed is good by the keys of its time; no private
key is lost or changed, and the rotation can be done again.
"""

import random
import shutil
import threading
from pathlib import Path

import pytest

from comity.cli.caller import local_actor
from comity.desk.acts import open_act, signer_for
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.init_node import InitRequest, init_node
from comity.desk.node_type import Node
from comity.desk.own_keys import own_party
from comity.desk.party_keys import known_keys
from comity.desk.show_keys import ShowKeysRequest, show_keys
from comity.node import new_node, open_node, system_clock
from comity.settings import settings_of
from comity.stores import keeping
from comity.stores.tables import ACT
from comity.values import Instant, iso
from comity.wire.keys import USES, held_keys
from tests.faults.stage import Crew

POINTS = [
    f"comity.{name}:{count}:{when}"
    for name, counts in {
        "wire.keys:_add_file": (1,),
        "wire.keys:_write_private": (1,),
        "wire.keys:to_disk": (1,),
        "desk.own_keys:add_key": (1,),
        "desk.own_keys:keep_act": (1,),
        "desk.own_keys:take_set": (1,),
        "stores.trusting:keep_key_set": (1,),
        "stores.trusting:replace_keys": (1,),
        "stores.keeping:keep": (1,),
        "stores.registers:note": (1,),
        "stores.opening:Store.write": (1,),
    }.items()
    for count in counts
    for when in ("before", "after")
]
RANDOM_DEATHS, LONGEST_S = 16, 0.12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("rotation") / "node"
    with new_node(place, settings_of(party="freedonia", title="Freedonia", kind="state", port=0)) as node:
        init_node(node, local_actor(), InitRequest())
        add_party(node, local_actor(), AddPartyRequest(title="Ruritania", kind="state"))
    return place


def private_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "keys").iterdir() if not path.name.startswith(".")}


def all_acts_are_good(node: Node) -> int:
    with node.store.read() as tx:
        rows = [row for no in range(1, 400) if (row := keeping.held_record(tx, no)) is not None and row.family == ACT]
        for row in rows:
            assert row.body is not None
            open_act(node, tx, row.body, Instant(row.kept_ms))
    return len(rows)


def check(folder: Path, before: dict[str, bytes]) -> int:
    """Judge a node after a death; gives how many keys it states."""
    node = open_node(folder)
    try:
        after = private_files(folder)
        assert {name: after.get(name) for name in before} == before, "no key is lost or changed"
        held = {key.public for key in held_keys(folder / "keys")}
        with node.store.read() as tx:
            stated = {key.public for key in known_keys(tx, own_party(tx).no) if key.use in USES}
            signer = signer_for(node, tx, "record", node.clock())
        assert stated <= held, "what is stated lies there"
        assert len(held - stated) <= 1, "at most what the cut left"
        assert signer.public in stated
        done = all_acts_are_good(node)
        add_party(node, local_actor(), AddPartyRequest(title=f"Party {done}", kind="state"))
        assert all_acts_are_good(node) == done + 1
        return len(stated)
    finally:
        node.store.close()


@pytest.mark.parametrize("verb", ["rotate", "revoke"])
def test_a_death_at_a_named_point_leaves_a_node_that_signs(folder: Path, crew: Crew, tmp_path: Path, verb: str) -> None:
    died = 0
    for point in POINTS:
        here = tmp_path / "node"
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(folder, here)
        before = private_files(here)
        words = words_of(here, verb)
        crew.start(words, die=point)
        died += crew.wait() == -9
        stated = check(here, before)
        crew.start(words_of(here, "rotate"))
        assert crew.wait() == 0
        assert check(here, before) == stated + 1
    assert died == len(POINTS)


def test_a_death_at_any_moment_leaves_a_node_that_signs(folder: Path, crew: Crew, tmp_path: Path, soak: bool) -> None:
    chance, here, died = random.Random(20310301), tmp_path / "node", 0
    shutil.copytree(folder, here)
    deaths = 20 * RANDOM_DEATHS if soak else RANDOM_DEATHS
    for _ in range(deaths):
        before = private_files(here)
        crew.start([*words_of(here, "rotate"), "--overlap-days", "0"])
        threading.Event().wait(chance.uniform(0, LONGEST_S))
        died += crew.kill() == -9
        check(here, before)
    assert died > deaths / 4, "too few died while they worked"


def words_of(folder: Path, verb: str) -> list[str | Path]:
    begin: list[str | Path] = ["--node", folder, "key", verb]
    if verb == "rotate":
        return [*begin, "--use", "record"]
    node = open_node(folder)
    try:
        keys = show_keys(node, local_actor(), ShowKeysRequest()).keys
    finally:
        node.store.close()
    return [
        *begin,
        next(key.key_id for key in keys if key.use == "record"),
        "--suspect-from",
        iso(system_clock()),
        "--yes",
    ]
