"""Counts requests by route and status and how long they take, and writes this in the Prometheus text format.

Routes are templates, never paths, so that no id gets out and the number of series is bounded.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Series(NamedTuple):
    """What one counter counts."""

    method: str
    route: str
    status: int


class Metrics:
    """Counts since the start of the process. Used from the event loop only."""

    def __init__(self) -> None:
        self._requests: Counter[Series] = Counter()
        self._seconds: dict[str, float] = {}
        self._buckets: dict[str, list[int]] = {}
        self._sent_bytes = 0

    def count(self, series: Series, seconds: float, sent_bytes: int) -> None:
        """Count one answered request."""
        self._requests[series] += 1
        self._seconds[series.route] = self._seconds.get(series.route, 0.0) + seconds
        self._sent_bytes += sent_bytes
        buckets = self._buckets.setdefault(series.route, [0] * (len(BOUNDS_S) + 1))
        buckets[next((i for i, bound in enumerate(BOUNDS_S) if seconds <= bound), len(BOUNDS_S))] += 1

    def text(self, gauges: Mapping[str, int]) -> str:
        """Write all counts, and the given figures of the node by name."""
        lines = ["# HELP comity_requests_total Requests answered.", "# TYPE comity_requests_total counter"]
        lines += [
            f'comity_requests_total{{method="{s.method}",route="{s.route}",status="{s.status}"}} {n}'
            for s, n in sorted(self._requests.items())
        ]
        lines += [
            "# HELP comity_request_seconds Time from request to end of answer.",
            "# TYPE comity_request_seconds histogram",
        ]
        for route in sorted(self._buckets):
            lines += self._histogram(route)
        lines += ["# HELP comity_sent_bytes_total Bytes of bodies sent.", "# TYPE comity_sent_bytes_total counter"]
        lines.append(f"comity_sent_bytes_total {self._sent_bytes}")
        for name, value in sorted(gauges.items()):
            lines += [f"# TYPE comity_{name} gauge", f"comity_{name} {value}"]
        return "\n".join(lines) + "\n"

    def _histogram(self, route: str) -> list[str]:
        lines, total = [], 0
        for bound, n in zip((*map(str, BOUNDS_S), "+Inf"), self._buckets[route], strict=True):
            total += n
            lines.append(f'comity_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}')
        lines.append(f'comity_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}')
        lines.append(f'comity_request_seconds_count{{route="{route}"}} {total}')
        return lines
