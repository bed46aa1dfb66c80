"""Asks another process's node for a verb over its API, with a token: how the command line acts on a remote node.

The address is the caller's own word, so no list of networks is asked. A token goes over TLS, or to this machine alone.
"""

import ipaddress
import secrets
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from comity.errors import NodeError, Unauthenticated, UsageError
from comity.wire.frames import Fact, Fault, error_of
from comity.wire.outbound import Limits, Line, Outbound, origin_of

PREFIX = "/api/v1/"
_ANYWHERE = Outbound(
    listed=(ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")), limits=Limits(answer_s=600.0)
)


class _Told(msgspec.Struct):
    code: str
    message: str
    facts: dict[str, Fact] = {}


class _Body(msgspec.Struct):
    error: _Told


def is_remote(node: str) -> bool:
    """Tell whether a node is named by its address, and not by its folder."""
    return node.lower().startswith(("https://", "http://"))


class Answered(NamedTuple):
    """A verb's answer as JSON, and whether the node is an exercise's."""

    body: bytes
    exercise: bool


def call_api(node: str, token: str, verb: str, request: msgspec.Struct, *, writes: bool) -> Answered:
    """Ask a node for a verb and give its answer.

    Args:
        node: the address of its desk, without `/api`.

    Raises:
        UsageError: the address is none to send a token to. Unreachable: nobody answers, or not in time.
        ComityError: what the verb raised over there. NodeError: the answer cannot be read.
    """
    base = _checked(node)
    if not token:
        raise Unauthenticated("a remote node is asked with a token: COMITY_TOKEN")
    head = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    if writes:
        head["idempotency-key"] = secrets.token_hex(16)
    body = msgspec.json.encode(request)
    with Line(_ANYWHERE, origin_of(base)) as line:
        answer = line.call("POST", base + PREFIX + verb.replace(" ", "/"), headers=head, body=body)
    if answer.status == HTTPStatus.OK:
        return Answered(answer.body, "comity-exercise" in answer.headers)
    try:
        told = msgspec.json.decode(answer.body, type=_Body).error
    except msgspec.DecodeError as exc:
        raise NodeError("{node} answers {status}, and not as a node does", node=node, status=answer.status) from exc
    raise error_of(Fault(code=told.code, message="{words}", said={"words": told.message}, facts=told.facts))


def _checked(node: str) -> str:
    try:
        parts = urlsplit(node)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as exc:
        raise UsageError("{node} is no address of a node", node=node[:200]) from exc
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise UsageError("{node} is no address of a node", node=node[:200])
    if parts.scheme.lower() != "https" and not _is_here(host):
        raise UsageError("a token goes over https only, or to this machine")
    return node.rstrip("/")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
