"""Sends a peer the hint that something is new: an empty POST, signed in. Of its answer the status counts."""

import msgspec

from comity.errors import NotFound, Unauthenticated, Unreachable
from comity.wire.outbound import Limits, Line, Outbound, origin_of
from comity.wire.taxii_client import Login

LIMITS = Limits(answer_bytes=16 * 1024, connect_s=3.0, answer_s=5.0)


def post_hint(outbound: Outbound, url: str, login: Login) -> None:
    """Send one hint.

    Raises:
        NotFound: the server takes none, or reads nothing from us. Unauthenticated: it does not know us. Unreachable,
        NotPermitted, TooLarge: as `Line.call`.
    """
    with Line(msgspec.structs.replace(outbound, limits=LIMITS), origin_of(url)) as line:
        answer = line.call("POST", url, headers=login.header, body=b"")
    if answer.status in (403, 404, 405, 410):
        raise NotFound("the server takes no hints from us")
    if answer.status == 401:
        raise Unauthenticated("the server does not take these credentials")
    if answer.status >= 300:
        raise Unreachable("the server answers with status {status}", status=answer.status)
