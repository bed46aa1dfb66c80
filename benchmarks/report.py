"""Says what was measured: one line a figure on the terminal, all of them in a JSON file."""

import json
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

T = TypeVar("T")


class Figure(NamedTuple):
    """One measured figure. `limit`: a bare program's or peer's figure from this run, or the stated target.

    `ratio` is figure to limit in the sense in which `target` is stated, as in "ratio >= 0.5".
    """

    name: str
    figure: float
    unit: str
    limit: float
    limit_is: str
    ratio: float
    target: str
    bound: float
    sense: Literal[">=", "<="]
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.ratio >= self.bound if self.sense == ">=" else self.ratio <= self.bound


def within(name: str, seconds: float, most_s: float, note: str = "") -> Figure:
    """A time with a stated target."""
    return Figure(name, seconds, "s", most_s, "stated", seconds / most_s, f"at most {most_s:g} s", 1.0, "<=", note)


def at_least(name: str, rate: float, limit: float, limit_is: str, bound: float, unit: str, note: str = "") -> Figure:
    """A rate beside another one: the more the better."""
    return Figure(name, rate, unit, limit, limit_is, rate / limit, f"ratio >= {bound:g}", bound, ">=", note)


def at_most(name: str, cost: float, limit: float, limit_is: str, bound: float, unit: str, note: str = "") -> Figure:
    """A cost beside another one: the less the better."""
    return Figure(name, cost, unit, limit, limit_is, cost / limit, f"ratio <= {bound:g}", bound, "<=", note)


class Report:
    """The figures of one run. State kept: the list of them."""

    def __init__(self, *, smoke: bool, objects: int) -> None:
        self.smoke, self.objects = smoke, objects
        self.figures: list[Figure] = []
        self.started = datetime.now(UTC)

    def add(self, *figures: Figure) -> None:
        """Note figures and show them."""
        for one in figures:
            self.figures.append(one)
            verdict = ("met" if one.met else "MISSED") if not self.smoke else ("sane" if is_sane(one) else "NOT SANE")
            print(
                f"{one.name:<66} {one.figure:>12,.2f} {one.unit:<10} limit {one.limit:>12,.2f} ({one.limit_is})"
                f"  ratio {one.ratio:>7.2f}  {one.target:<16} {verdict}" + (f"  [{one.note}]" if one.note else ""),
                flush=True,
            )

    def write(self, path: Path) -> None:
        """Write all figures with the machine they were measured on."""
        found = {
            "date": self.started.date().isoformat(),
            "smoke": self.smoke,
            "objects": self.objects,
            "machine": machine(),
            "figures": [one._asdict() | {"met": one.met} for one in self.figures],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n")

    @property
    def ok(self) -> bool:
        """Whether a full run met every target, or a smoke run gave only sane ratios."""
        return all(is_sane(one) if self.smoke else one.met for one in self.figures)


def is_sane(one: Figure) -> bool:
    """At a small size only this is asked: the figure is a number, and not fifty times off its target."""
    if not 0 < one.ratio < float("inf"):
        return False
    return one.ratio >= one.bound / 50 if one.sense == ">=" else one.ratio <= one.bound * 50


def machine() -> str:
    """Name the machine: processor as the system says, cores, Python."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
        cores = sum(line.startswith("processor") for line in lines)
    else:
        cores = 0
    return f"{name}, {cores} cores, Python {platform.python_version()}"


def say(words: str) -> None:
    """Tell what is being done."""
    print(f"  .. {words}", file=sys.stderr, flush=True)


def median(values: list[float]) -> float:
    """The middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def timed(clock: Callable[[], float], work: Callable[[], T]) -> tuple[float, T]:
    """Do something and say how many seconds it took."""
    started = clock()
    made = work()
    return clock() - started, made
