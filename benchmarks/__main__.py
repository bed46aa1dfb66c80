"""Runs the benchmarks: `python -m benchmarks [--smoke] [--only NAME] [--objects N] [--work DIR]`."""

import argparse
import shutil
import sys
from pathlib import Path

from benchmarks import decisions, desk, federation, imports, late, log, misp, pages, peers
from benchmarks.report import Report, machine, say

ALL = {
    "imports": imports.run,
    "pages": pages.run,
    "late": late.run,
    "decisions": decisions.run,
    "log": log.run,
    "federation": federation.run,
    "peers": peers.run,
    "misp": misp.run,
    "desk": desk.run,
}
FULL, SMOKE = 1_000_000, 20_000
STATE = Path(__file__).parent / ".state"


def main() -> int:
    """Run what is asked for; the exit code says whether every target was met (or, at a small size, is sane)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small sizes; only asks whether the ratios are sane")
    parser.add_argument("--only", choices=sorted(ALL), action="append", help="one benchmark; may be repeated")
    parser.add_argument("--objects", type=int, help="how many objects instead of 1,000,000")
    parser.add_argument("--work", type=Path, default=STATE / "work", help="folder for the nodes, emptied before")
    parser.add_argument("--report", type=Path, default=STATE / "report.json", help="where the figures are written")
    parser.add_argument("--keep", action="store_true", help="go on with what a former run left in the folder")
    options = parser.parse_args()
    objects = options.objects or (SMOKE if options.smoke else FULL)
    report = Report(smoke=options.smoke, objects=objects)
    print(f"{machine()}; {report.started:%Y-%m-%d}; {objects:,} objects", flush=True)
    if not options.keep:
        shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True, exist_ok=True)
    try:
        for name, run in ALL.items():
            if not options.only or name in options.only:
                say(f"{name} …")
                run(options.work, objects, report)
                report.write(options.report)
    finally:
        if not options.keep:
            shutil.rmtree(options.work, ignore_errors=True)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
