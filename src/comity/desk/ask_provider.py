"""Sends a person to an identity provider and takes what comes back: once, in the same browser, from that provider.

What binds an answer to its question lies sealed in a cookie of the browser that asked; the node remembers nothing of
who only began. What came back may wait, sealed too, for the person's word on a page.
"""

import base64
import hmac
from typing import Final, Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.desk.identity_providers import client_of, must_be_provider
from comity.desk.node_type import Node
from comity.desk.peers import outbound
from comity.errors import NotFound, Unauthenticated
from comity.values import Instant
from comity.wire.id_token import Identity
from comity.wire.oidc_client import Asked, Back, Providers

ANSWERED_WITHIN_MS: Final = 5 * 60_000
LONGEST_CODE: Final = 4_096
_NONCE_BYTES, _SECRET_BYTES = 12, 32

Purpose = Literal["sign-in", "bind", "begin"]
Kept = TypeVar("Kept", bound="Question | Found")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of a provider, and for what.

    `next`: where to go after a sign-in. `session`: hash of that which binds, in hexadecimal. `code`: one-time code of
    who begins an account.
    """

    provider: str
    issuer: str
    asked: Asked
    purpose: Purpose
    until: Instant
    next: str = "/"
    session: str = ""
    code: str = ""

    def __repr__(self) -> str:
        return f"Question(provider={self.provider!r}, purpose={self.purpose!r})"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Who came back from a provider, for the question that was asked."""

    question: Question
    identity: Identity
    until: Instant


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes, and what it keeps meanwhile."""

    address: str
    sealed: str


def ask_provider(
    node: Node, providers: Providers, name: str, state: str, redirect_uri: str, purpose: Purpose, **said: str
) -> Begun:
    """Begin a sign-in at a provider; gives where the browser goes. `said`: further fields of the question.

    Raises:
        NotFound: no such provider. Unreachable, NotPermitted, TooLarge, RecordRejected: it is not there, or not as it
            must be. NodeError: its secret cannot be read.
    """
    with node.store.read() as tx:
        row = must_be_provider(tx, name)
    nonce, verifier = _random(node), _random(node)
    asked = Asked(state=state, nonce=nonce, verifier=verifier, redirect_uri=redirect_uri)
    now = node.clock()
    address = providers.address(outbound(node), client_of(node, row), asked, now)
    until = Instant(now + ANSWERED_WITHIN_MS)
    question = Question(provider=row.name, issuer=row.issuer, asked=asked, purpose=purpose, until=until, **said)
    return Begun(address=address, sealed=seal(node, question))


def question_in(node: Node, sealed: str, name: str, state: str) -> Question:
    """Give the question that an answer at this provider's own address answers.

    Raises:
        Unauthenticated: none was asked from this browser, at another provider, or too long ago.
    """
    question = unseal(node, sealed, Question)
    same = hmac.compare_digest(question.asked.state.encode(), state.encode("utf-8", "replace"))
    if not same or question.provider != name or node.clock() >= question.until:
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again")
    return question


def answer_of(node: Node, providers: Providers, question: Question, back: Back) -> Identity:
    """Give who signed in at the provider.

    Raises:
        Unauthenticated: the provider is gone, or another under the same name. Unreachable, NotPermitted, TooLarge,
            RecordRejected: it is not there, or what it says does not hold.
    """
    try:
        with node.store.read() as tx:
            row = must_be_provider(tx, question.provider)
    except NotFound as exc:
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again") from exc
    if row.issuer != question.issuer:
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again")
    return providers.identity(outbound(node), client_of(node, row), question.asked, back, node.clock())


def seal(node: Node, kept: "Question | Found") -> str:
    """Seal what a browser keeps."""
    nonce = node.entropy(_NONCE_BYTES)
    box = AESGCM(_key(node)).encrypt(nonce, msgspec.json.encode(kept), type(kept).__name__.encode())
    return base64.urlsafe_b64encode(nonce + box).decode()


def unseal(node: Node, sealed: str, kind: type[Kept]) -> Kept:
    """Give back what a browser kept, until its time.

    Raises:
        Unauthenticated: it is none of ours, or of another kind, or too old.
    """
    try:
        box = base64.urlsafe_b64decode(sealed.encode("ascii"))
        body = AESGCM(_key(node)).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], kind.__name__.encode())
        kept = msgspec.json.decode(body, type=kind)
    except (ValueError, InvalidTag) as exc:  # msgspec's errors are values that do not fit
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again") from exc
    if node.clock() >= kept.until:
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again")
    return kept


def _random(node: Node) -> str:
    return base64.urlsafe_b64encode(node.entropy(_SECRET_BYTES)).decode().rstrip("=")


def _key(node: Node) -> bytes:
    return hmac.digest(node.keys.token_key, b"comity-identity-1", "sha256")
