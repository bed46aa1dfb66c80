"""Lists the parties a node knows."""

from functools import lru_cache

import msgspec

from comity.desk.actor import Actor
from comity.desk.add_party import PartyView
from comity.desk.node_type import Node
from comity.stores import delivering, directory
from comity.values import Tlp


class ListPartiesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for all parties."""


class PartyList(msgspec.Struct, frozen=True, kw_only=True):
    """All parties, by name."""

    parties: tuple[PartyView, ...]


def list_parties(node: Node, actor: Actor, request: ListPartiesRequest) -> PartyList:
    """Give every party, by name."""
    with node.store.read() as tx:
        return _list_of(tuple(directory.party_rows(tx)), tuple(delivering.readers_of(tx)))


@lru_cache(maxsize=4)
def _list_of(rows: tuple[directory.PartyRow, ...], readers: tuple[int, ...]) -> PartyList:
    """Show parties; remembered, because nearly every page shows them and they are the same each time."""
    reading = frozenset(readers)
    return PartyList(
        parties=tuple(
            PartyView(
                name=row.name,
                title=row.title,
                kind=row.kind,
                acts_for=row.acts_for,
                default_tlp=None if row.default_tlp is None else Tlp(row.default_tlp).word,
                is_self=row.is_self,
                reads=row.no in reading,
            )
            for row in rows
        )
    )
