"""Two officers at a node: one asks, another approves with a passkey in software."""

import json
from typing import Any

import msgspec

from comity.desk.actor import Actor, PersonRole
from comity.desk.approve_act import Approver, approval_options, approve_by_passkey
from comity.desk.passkeys import Site, add_passkey, creation_options
from comity.desk.registry import VERBS
from comity.desk.sessions import Person
from comity.errors import AwaitsApproval
from comity.records import codec, dsse
from comity.stores import accounts, keeping
from tests.support.authenticator import Authenticator
from tests.support.desk import AT, Account, Office
from tests.support.nodes import Freedonia

SITE = Site("localhost", AT)
ASKER_DEVICE, OTHER_DEVICE = "aa" * 32, "bb" * 32


class Officer:
    """A person with an account and a passkey."""

    def __init__(self, office: Office, name: str, *roles: PersonRole, number: int = 1) -> None:
        self.hub, self.account = office.hub, office.account(name, *roles)
        self.device = Authenticator(number)
        challenge = bytes(32)
        options = json.loads(creation_options(self.hub.node, self.person, SITE, challenge))
        made = json.dumps(self.device.make(options, AT)).encode()
        add_passkey(self.hub.node, self.person, SITE, challenge, made, "Key on the ring")

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def person(self) -> Person:
        """Who they are now, as a session would say."""
        with self.hub.node.store.read() as tx:
            row = accounts.account_named(tx, self.account.name)
        assert row is not None
        roles: Any = tuple(row.roles.split())
        return Person(
            no=row.no, name=row.name, title=row.title, roles=roles, method="passkey", since=self.hub.clock.now,
            until=self.hub.clock.now, session=b"s" * 32,
        )  # fmt: skip

    def actor(self, role: PersonRole) -> Actor:
        """The person in a role, in the browser."""
        return Actor(name=self.name, role=role, via="web", device=ASKER_DEVICE)

    def approver(self, device: str = OTHER_DEVICE) -> Approver:
        """The person as one who would approve, in another browser."""
        return Approver(person=self.person, device=device)

    def answer(self, number: int, **said: Any) -> bytes:
        """Let the passkey answer to an act."""
        options = json.loads(approval_options(self.hub.node, self.approver(), number, SITE))
        return json.dumps(self.device.answer(options, AT, **said)).encode()

    def approve(self, number: int) -> msgspec.Struct:
        """Approve an act."""
        return approve_by_passkey(VERBS, self.hub.node, self.approver(), number, SITE, self.answer(number))


def asked(hub: Freedonia, actor: Actor, verb: str, request: msgspec.Struct) -> int:
    """Ask for what needs a second person; gives the number under which it waits."""
    try:
        VERBS[verb].run(hub.node, actor, request)
    except AwaitsApproval as waits:
        return waits.number
    raise AssertionError("it was done at once")


def last_act(hub: Freedonia) -> Any:
    """Give the newest act that the node signed."""
    with hub.node.store.write() as tx:
        top = keeping.next_numbers(tx, 0)
        for no in range(top, 0, -1):
            held = keeping.held_record(tx, no)
            if held is not None and held.family == 1 and held.body is not None:
                return codec.decode(dsse.unverified_payload(held.body))
    raise AssertionError("no act is held")


__all__ = ["ASKER_DEVICE", "OTHER_DEVICE", "SITE", "Account", "Officer", "asked", "last_act"]
