"""Builds the application that serves a node: TAXII endpoints, log, hints, health, metrics, behind the outermost layer.

TLS with a given certificate is the server's work (`comity node serve`); client certificates are not asked for yet.
"""

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Response

from comity.desk.node_type import Node
from comity.taxii import health, hint, log, routes
from comity.taxii.door import Door
from comity.taxii.front import Front, log_fault
from comity.taxii.media import TAXII
from comity.taxii.problems import UNEXPECTED, body_of, of_status, problem_of


def create_app(node: Node) -> Litestar:
    """Build the ASGI application of a node. Nothing is started and nothing read until it is served."""
    door = Door(node)
    app = Litestar(
        route_handlers=[*routes.ROUTES, *log.ROUTES, *hint.ROUTES, *health.ROUTES],
        exception_handlers={Exception: _tell},
        state=State({"door": door}),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,  # `taxii.body` limits it, and counts what is unpacked too
        debug=False,
    )
    app.asgi_handler = Front(app.asgi_handler, door)
    return app


def _tell(request: Request[None, None, State], error: Exception) -> Response[bytes]:
    """Answer an error as a TAXII error object."""
    if isinstance(error, HTTPException):
        headers = tuple((name.lower(), value) for name, value in (error.headers or {}).items())
        problem = of_status(error.status_code, headers)
    else:
        problem = problem_of(error)
    request_id: str = request.scope["state"]["request_id"]
    if problem is UNEXPECTED:
        log_fault(error, request_id)
    request.scope["state"]["headers"] = problem.headers
    return Response(body_of(problem, request_id), media_type=TAXII, status_code=problem.status)
