"""Gives two nodes: Freedonia's serves over a socket, Ruritania's reads from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.desk.peers import PeerView
from comity.desk.sync_peers import PeerSynced, SyncPeersRequest, sync_peers
from comity.taxii.app import create_app
from tests.support.nodes import OFFICER, Freedonia, freedonia
from tests.support.taxii import Hub, served


class Pair(NamedTuple):
    """The giver, where it is served, and the node that reads from it."""

    giver: Hub
    base: str
    reader: Freedonia

    def subscribe(self, url: str = "", **more: str) -> PeerView:
        """Let the reader read from the giver."""
        login = {"user": self.giver.ruritania.user, "password": self.giver.ruritania.password, **more}
        request = AddPeerRequest(party="northwind-energy", url=url or f"{self.base}/taxii2/", **login)
        return add_peer(self.reader.node, OFFICER, request)

    def sync(self, *, due_only: bool = False) -> PeerSynced:
        """Read once."""
        (told,) = sync_peers(self.reader.node, OFFICER, SyncPeersRequest(due_only=due_only)).peers
        return told


@contextmanager
def a_pair(folder: Path, **settings: object) -> Iterator[Pair]:
    """Give the two nodes until the block ends. The reader knows the giver as Northwind Energy; unmarked is amber."""
    with (
        Hub(folder / "giver") as giver,
        served(create_app(giver.node)) as base,
        freedonia(folder / "reader", outbound_networks=["127.0.0.0/8"], **settings) as reader,
    ):
        yield Pair(giver, base, reader)
