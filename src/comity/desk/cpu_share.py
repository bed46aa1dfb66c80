"""Finds out how many processors this process may use at once, by its affinity and its control group's quota."""

import os
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")


def cpus_to_use(groups: Path = GROUPS, own_groups: Path = OWN_GROUPS) -> float:
    """Give how many processors may be used at once; a container's quota may be a part of one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([float(allowed), *_quotas(groups, own_groups)])


def _quotas(groups: Path, own_groups: Path) -> list[float]:
    """Give the quotas of this process's group and all around it, of version 2 or 1 of control groups."""
    found: list[float] = []
    for line in _text(own_groups).splitlines():
        _, names, path = [*line.split(":", 2), "", ""][:3]
        if names and "cpu" not in names.split(","):
            continue
        top = groups / "cpu" if names else groups
        inside = Path(path.lstrip("/"))
        for folder in (inside, *inside.parents):
            found += _quota(top / folder)
    return found


def _quota(folder: Path) -> list[float]:
    quota, period = [*_text(folder / "cpu.max").split(), "", ""][:2]
    if not quota:
        quota, period = _text(folder / "cpu.cfs_quota_us").strip(), _text(folder / "cpu.cfs_period_us").strip()
    if not quota.isdigit() or not period.isdigit() or int(period) == 0:  # "max" and -1 say that there is none
        return []
    return [int(quota) / int(period)]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
