"""Looks up how parties are shown: their name as people write it, and the shape of their kind."""

from functools import lru_cache
from typing import NamedTuple

from comity.desk.add_party import PartyView
from comity.desk.list_parties import ListPartiesRequest, PartyList
from comity.web.visit import Visit


class Directory(NamedTuple):
    """Parties by their short name."""

    parties: dict[str, PartyView]

    def title(self, name: str) -> str:
        """Give a party's name; one that is not known keeps its short name."""
        return self.parties[name].title if name in self.parties else name

    def kind(self, name: str) -> str:
        """Give a party's kind; an unknown one is drawn as an organisation."""
        return self.parties[name].kind if name in self.parties else "organisation"


async def directory_for(visit: Visit) -> Directory:
    """Ask for the parties that the node knows; every role may."""
    listed = await visit.look_up("party list", ListPartiesRequest(), PartyList)
    return _directory_of(listed)


@lru_cache(maxsize=4)
def _directory_of(listed: PartyList) -> Directory:
    return Directory({party.name: party for party in listed.parties})
