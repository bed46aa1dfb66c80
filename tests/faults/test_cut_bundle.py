"""Kills a node with SIGKILL while it writes a bundle file and while it takes one in, at named points.

After each death the file is whole or not there, and what was taken in are whole statements; the same command again
brings the rest, nothing twice, and every statement is acknowledged.
"""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from comity.cli.caller import local_actor
from comity.desk.import_bundle import ImportBundleRequest, import_bundle
from comity.node import open_node
from comity.stores import directory, stating
from tests.faults.aftermath import reopened
from tests.faults.stage import Crew
from tests.support.command import AGREEMENT, a_bundle, a_node
from tests.support.nodes import an_object

STATEMENTS, EACH = 4, 5
WHENS = ("before", "after")
IMPORT_POINTS = [
    f"comity.{name}:{count}:{when}"
    for name, counts in {
        "desk.import_bundle:receive": (1, 2, 5),
        "desk.import_bundle:_note": (1,),
        "desk.import_bundle:settle": (1,),
        "desk.receive_page:take_acts": (1,),
        "desk.owed_receipts:acknowledge": (1, 3),
        "stores.stating:hold_statement": (1, 4),
        "stores.stating:note_provenance": (2,),
        "stores.stating:hold_set": (1,),
        "stores.opening:Store.write": (1, 2, 3, 4, 5, 6, 7),
    }.items()
    for count in counts
    for when in WHENS
]
EXPORT_POINTS = [
    f"comity.{name}:{count}:{when}"
    for name, counts in {
        "desk.export_bundle:write_text": (1, 3, 6),
        "desk.export_bundle:statement_page": (1, 4),
        "desk.export_bundle:_note": (1,),
        "wire.new_files:_name": (1,),
        "wire.new_files:to_disk": (1,),
    }.items()
    for count in counts
    for when in WHENS
]


class Carried(NamedTuple):
    """A giver, a receiver that has taken nothing in yet, and the file from one to the other."""

    free: Path
    ruri: Path
    file: Path


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory, crew: Crew) -> Carried:
    place = tmp_path_factory.mktemp("carried")
    free, ruri, file = a_node(place / "free"), a_node(place / "ruri", "Ruritania CSIRT"), place / "file"
    (place / "text.toml").write_text(AGREEMENT)
    bundles = [a_bundle(place, *some_indicators(n), name=f"{n}.json") for n in range(STATEMENTS)]
    for folder, *words in (
        (free, "anchor", "export", "--out", place / "free.anchor"),
        (ruri, "anchor", "export", "--out", place / "ruri.anchor"),
        (free, "anchor", "accept", place / "ruri.anchor", "--yes"),
        (ruri, "anchor", "accept", place / "free.anchor", "--yes"),
        (free, "agreement", "add", place / "text.toml"),
        (free, "agreement", "adhere", "free-ruri-2026", "--yes"),
        (free, "bundle", "export", place / "opens-the-view", "--to", "ruritania-csirt"),
        *((free, "item", "import", bundle, "--default-tlp", "green") for bundle in bundles),
        (free, "bundle", "export", file, "--to", "ruritania-csirt"),
    ):
        said = crew.say(folder, *words)
        assert said.code == 0, (words, said.err)
    return Carried(free, ruri, file)


def some_indicators(n: int) -> list[dict[str, str]]:
    return [an_object("indicator", EACH * n + m) for m in range(EACH)]  # type: ignore[misc]


def copied(folder: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return shutil.copytree(folder, to)


def held(folder: Path) -> tuple[int, int]:
    """Give how many statements and items a node holds, each item as it was given."""
    sent = {str(one["id"]): json.dumps(one).encode() for n in range(STATEMENTS) for one in some_indicators(n)}
    with reopened(folder) as node, node.store.read() as tx:
        rows = tx.exec_driver_sql("select stix_id, body from records where type = 'indicator'").all()
        statements = tx.exec_driver_sql("select count(*) from held_statements").scalar_one()
    assert len({row[0] for row in rows}) == len(rows)
    assert all(bytes(row[1]) == sent[row[0]] for row in rows)
    return statements, len(rows)


def acknowledged(free: Path, file: Path) -> tuple[int, int]:
    """Let the giver take a file in; gives how many of its statements have been made and acknowledged then."""
    node = open_node(free)
    try:
        import_bundle(node, local_actor(), ImportBundleRequest(path=str(file)))
        with node.store.read() as tx:
            party = directory.party_named(tx, "ruritania-csirt")
            assert party is not None
            return stating.stream_state(tx, party.no)
    finally:
        node.store.close()


def test_a_death_while_a_file_is_taken_in_loses_nothing_and_brings_nothing_twice(
    carried: Carried, crew: Crew, tmp_path: Path
) -> None:
    died, partly = 0, set[int]()
    for number, point in enumerate(IMPORT_POINTS):
        here = copied(carried.ruri, tmp_path / "ruri")
        crew.start(["--node", here, "bundle", "import", carried.file], die=point)
        died += crew.wait() == -9
        statements, items = held(here)
        assert items == EACH * statements, point
        partly.add(statements)
        crew.start(["--node", here, "bundle", "import", carried.file])
        assert crew.wait() == 0, point
        assert held(here) == (STATEMENTS, STATEMENTS * EACH), point
        if number % 4:  # the way back is long: of each fourth death
            continue
        back = tmp_path / "back"
        crew.start(["--node", here, "bundle", "export", back, "--to", "freedonia-csirt", "--yes"])
        assert crew.wait() == 0, point
        assert acknowledged(copied(carried.free, tmp_path / "free"), back) == (STATEMENTS, STATEMENTS), point
    assert died == len(IMPORT_POINTS)
    assert partly == set(range(STATEMENTS + 1))


def test_a_death_while_a_file_is_written_leaves_a_whole_file_or_none(
    carried: Carried, crew: Crew, tmp_path: Path
) -> None:
    died, there = 0, 0
    whole = carried.file.stat().st_size
    for point in EXPORT_POINTS:
        here, file = copied(carried.free, tmp_path / "free"), tmp_path / "file"
        file.unlink(missing_ok=True)
        crew.start(["--node", here, "bundle", "export", file, "--to", "ruritania-csirt"], die=point)
        died += crew.wait() == -9
        there += file.exists()
        assert not file.exists() or file.stat().st_size == whole, point
        crew.start(["--node", here, "bundle", "export", file, "--to", "ruritania-csirt", "--yes"])
        assert crew.wait() == 0, point
        assert file.stat().st_size == whole, point
    assert died == len(EXPORT_POINTS)
    assert 0 < there < died
