"""Confirms one seed of the simulation on five real processes: they converge, nothing is lost or doubled.

The same draws, model and judgement as of the simulated seed; what happens beside them is as chance has it.
"""

import time
from itertools import permutations
from pathlib import Path

import pytest

from comity.desk.sequence import settle
from tests.faults.judging import judge, waits
from tests.faults.reality import RealWorld, real_world
from tests.faults.schedule import Schedule, lay_texts, marking_of
from tests.faults.simulation import Faults
from tests.support.command import Command
from tests.support.federation import Member
from tests.support.figures import Figures, named

SEED, STEPS = 7, 28  # of this one, deaths and losses of each kind
HEALED_WITHIN_S = 120  # it takes some seconds on a machine that is not busy with others' work


def prepare(world: RealWorld) -> None:
    for number, resident in enumerate(world.citizens.values()):
        Member.put(resident, marking_of(number))  # no process serves it yet
    lay_texts(world.citizens, since="2020-01-01")


def heal(schedule: Schedule, world: RealWorld) -> None:
    """Mend every link, let those who are to die die and live again, and read until nothing waits for anybody."""
    world.be_over()
    world.faults = Faults()
    world.cut.clear()
    world.say("healed")
    residents = list(world.citizens.values())
    give_up_at, at_rest = time.monotonic() + HEALED_WITHIN_S, 0
    while at_rest < 2:  # looked at twice: each look takes a while
        waiting = [(one, other) for one, other in permutations(residents, 2) if waits(one, other)]
        busy = [one for one in residents if one.rows("select no from queue")]
        at_rest = 0 if waiting or busy else at_rest + 1
        assert time.monotonic() < give_up_at, [(one.name, other.name) for one, other in waiting]
        for reader, giver in waiting:  # what failed often would be tried again late by itself
            schedule.sync(reader, giver.name)


def test_a_schedule_on_five_real_processes_ends_as_the_simulation_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], figure: Figures
) -> None:
    with real_world(tmp_path, SEED, prepare) as world:
        schedule = Schedule(world)
        try:
            schedule.run(STEPS)
            heal(schedule, world)
        finally:
            print("\n".join(world.trace))
    residents = list(world.citizens.values())
    try:
        for resident in residents:
            settle(resident.node)
        judge(schedule)
    finally:
        for resident in residents:
            resident.close()
    for resident in residents:
        assert Command(resident.folder, capsys)("log", "verify").code == 0
    figure(f"a partition of five processes, seed {SEED}", **named(world.counts))
    assert world.counts["deaths"] > 0
    assert sum(world.counts[kind] for kind in ("cut", "lost", "answer lost", "doubled", "late")) >= 5
