"""Enters the party whose node this is into a new node, as its first signed act, and states its keys."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.add_party import AddPartyRequest, default_level, enter_party
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.own_keys import SLACK_MS, root_signer, state_first_keys
from comity.errors import Conflict
from comity.stores import directory
from comity.values import Instant, JsonObject, party_name


class InitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked: who the party is stands in the node's settings."""


class InitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A new node. The fingerprint of its root key is what other parties check on paper."""

    folder: str
    party: str
    title: str
    kind: str
    acts_for: str
    exercise: bool
    root_key: str


def init_node(node: Node, actor: Actor, request: InitRequest) -> InitAnswer:
    """Enter the own party.

    Raises:
        Conflict: the database has been founded already.
    """
    own = node.settings

    def work(tx: Connection, now: Instant) -> tuple[InitAnswer, JsonObject]:
        there = directory.own_party(tx)
        if there is not None:
            raise Conflict("this database is that of {party}'s node already", party=there.name)
        entry = AddPartyRequest(title=own.title, kind=own.kind, acts_for=own.acts_for or None)
        enter_party(node, tx, party_name(own.party), entry, default_level(own.default_tlp), now, is_self=True)
        since = Instant(max(int(now) - SLACK_MS, 0))
        state_first_keys(node, tx, root_signer(node, None), since, now)
        answer = InitAnswer(
            folder=str(node.folder),
            party=own.party,
            title=own.title,
            kind=own.kind,
            acts_for=own.acts_for,
            exercise=own.exercise,
            root_key=node.keys.root_key_id,
        )
        return answer, {"party": own.party}

    return carry_out(node, actor, "node init", request, InitAnswer, work)
