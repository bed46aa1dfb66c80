"""Says what a verb is: a named thing a person or program may ask of a node, with its request and answer.

A verb is a function `verb(node, actor, request) -> answer`; one that takes long also accepts a keyword `progress`.
The doors derive their commands, calls and forms from the verb, so no door knows how a thing is done.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.put_forward import put_forward
from comity.desk.read_audit import note_read
from comity.desk.roles import may
from comity.desk.two_persons import RULES, rule_for
from comity.errors import NotPermitted, UsageError


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far long work is; `total` is 0 as long as nobody knows."""

    done: int
    total: int = 0
    unit: str = ""  # "bytes", "objects", "files"
    phase: str = ""  # what is being done, for people
    kept_through: int = 0  # last record that is durable already: what an interruption cannot lose


Report = Callable[[Progress], None]


def no_report(progress: Progress) -> None:
    """Take a report of progress and do nothing with it."""


# Beside the acts of two persons, done alone, these would outlast or widen what a provider's word opens (record 0049).
NEEDS_PROOF: Final = frozenset(
    (
        "account add", "account change", "account recover", "act break-glass", "channel add", "provider add",
        "provider change", "provider remove", "token add",
    )
)  # fmt: skip


class Verb(NamedTuple):
    """One entry of the registry. `function` takes (node, actor, request), and `progress=` if it reports any."""

    name: str  # "item import"
    request: type[msgspec.Struct]
    answer: type[msgspec.Struct]
    function: Callable[..., msgspec.Struct]
    writes: bool

    @property
    def reports_progress(self) -> bool:
        """Whether the function accepts the keyword `progress`."""
        return _takes_progress(self.function)

    def run(
        self,
        node: Node,
        actor: Actor,
        request: msgspec.Struct,
        progress: Report = no_report,
        noted: set[str] | None = None,
    ) -> msgspec.Struct:
        """Carry the verb out, passing reports of progress on if it makes any; note it if it reads what is sensitive.

        Args:
            noted: what a page that asks for several has noted already, so that it is noted once.

        Raises:
            NotPermitted: the actor's role may not, or a provider's word alone says who it is. What a verb reads, it
                reads of all that the node holds; a verb that writes judges for itself too, by who may ask for it at
                other doors.
            AwaitsApproval: a second person must approve it, and it waits for that.
            UsageError: the request is not within the bounds of its fields.
        """
        _check_bounds(request)
        if (actor.is_person or not self.writes) and not may(actor, self.name):
            raise NotPermitted("{name} is not open to the role {role}", name=self.name, role=actor.role)
        if self.name in RULES:
            with node.store.read() as tx:
                rule = rule_for(node, tx, self.name, request)
            if rule is not None:
                return put_forward(node, actor, self.name, self.function, request, rule)
        if actor.vouched and (self.name in NEEDS_PROOF or self.name in RULES):
            raise NotPermitted(
                "sign in again first, by passkey or by password and code: a provider's word is not enough"
            )
        if self.reports_progress:
            answer = self.function(node, actor, request, progress=progress)
        else:
            answer = self.function(node, actor, request)
        if not self.writes:
            note_read(node, actor, self.name, request, answer, set() if noted is None else noted)
        return answer


_GREATEST: Final = 2**62


@cache
def _takes_progress(function: Callable[..., msgspec.Struct]) -> bool:
    return "progress" in inspect.signature(function).parameters


def _check_bounds(request: msgspec.Struct) -> None:
    """Hold a request to the bounds of its fields: they are checked where one is decoded, and some doors make theirs.

    No number is greater than a database takes, with room for what is reckoned with it.
    """
    for name in request.__struct_fields__:
        said = getattr(request, name)
        if isinstance(said, int) and not -_GREATEST <= said <= _GREATEST:
            raise UsageError("{name} is a number beyond all that there are", name=name)
    try:
        msgspec.convert(msgspec.to_builtins(request, builtin_types=(bytes,)), type(request), builtin_types=(bytes,))
    except msgspec.ValidationError as exc:
        raise UsageError("this cannot be asked for: {why}", why=exc) from exc
