"""Answers whether the process lives, whether the node can serve, and its figures; only to callers on this machine."""

from litestar import Request, get
from litestar.datastructures import State
from litestar.response import Response

from comity.desk.check_readiness import check_readiness, store_figures
from comity.errors import NotFound
from comity.taxii.door import Door
from comity.taxii.forwarded import is_local
from comity.taxii.metrics import TEXT

Call = Request[None, None, State]


@get("/healthz")
async def healthz(request: Call) -> Response[bytes]:
    """Say that the process answers."""
    _local(request)
    return _ok()


@get("/readyz")
async def readyz(request: Call) -> Response[bytes]:
    """Say that the store can be read; an error of the store becomes 503."""
    door = _local(request)
    await door.reading(check_readiness, door.node)
    return _ok()


@get("/metrics")
async def metrics(request: Call) -> Response[bytes]:
    """Give the figures in the Prometheus text format."""
    door = _local(request)
    gauges = await door.reading(store_figures, door.node)
    return Response(door.metrics.text(gauges).encode(), headers={"content-type": TEXT})


ROUTES = (healthz, readyz, metrics)


def _local(request: Call) -> Door:
    """Raise NotFound for callers from elsewhere, also when a proxy on this machine brings them."""
    if not is_local(request.client.host if request.client else "", request.headers):
        raise NotFound("for callers on this machine only")
    door: Door = request.app.state["door"]
    return door


def _ok() -> Response[bytes]:
    return Response(b'{"status":"ok"}', media_type="application/json")
