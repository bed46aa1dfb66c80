"""Decides which reader makes a request, or that nobody does.

Wrong credentials are counted; who has failed too often must wait, and is told how long without being asked again.
"""

from litestar import Request
from litestar.datastructures import State

from comity.desk.authenticate_reader import authenticate_bearer, authenticate_reader
from comity.desk.views import ReaderActor
from comity.errors import Unauthenticated
from comity.taxii.credentials import Basic, Bearer, read_credentials
from comity.taxii.door import Door
from comity.taxii.forwarded import client_address, counted_address
from comity.taxii.problems import Refusal, too_many_attempts


async def sign_in(door: Door, request: Request[None, None, State]) -> ReaderActor:
    """Find the reader who makes this request.

    Raises:
        Unauthenticated: no credentials, or wrong ones; the two are told alike.
        Refusal: too many wrong ones before this (429).
    """
    given = read_credentials(request.headers.get("authorization"))
    peer = request.client.host if request.client else ""
    address = counted_address(client_address(peer, request.headers, door.trusted))
    account = given.account
    if wait_s := door.throttle.wait_s(account, address, door.node.clock()):
        raise Refusal(too_many_attempts(wait_s))
    try:
        reader = await door.looking_up(_authenticate, door, given)
    except Unauthenticated:
        door.throttle.failed(account, address, door.node.clock())
        raise
    door.throttle.succeeded(account, address)
    request.scope["state"]["reader"] = f"{reader.party}/{reader.user}"
    return reader


def _authenticate(door: Door, given: Basic | Bearer) -> ReaderActor:
    if isinstance(given, Bearer):
        return authenticate_bearer(door.node, given.token)
    return authenticate_reader(door.node, given.user, given.password)
