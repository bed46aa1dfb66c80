"""Says what reading from a peer would bring, page by page, and keeps none of it."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.peers import line_to, peers_of
from comity.desk.sync_peers import PER_PAGE, limits_of
from comity.desk.tls_pins import key_watched
from comity.errors import RecordRejected
from comity.records.envelope import read_envelope
from comity.stores import keeping
from comity.values import id_key

MOST_PAGES = 10


class PreviewPeerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose collections are looked at."""

    party: str


class PeerPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What would come, by type; `more`: there are further pages, which were not looked at.

    `held`: objects of which some version from some source is held already.
    """

    party: str
    url: str
    objects: int
    held: int
    unreadable: int
    types: dict[str, int]
    more: bool


class PeersPreviewed(msgspec.Struct, frozen=True, kw_only=True):
    """What each collection would bring."""

    peers: tuple[PeerPreview, ...]


def preview_peer(node: Node, actor: Actor, request: PreviewPeerRequest) -> PeersPreviewed:
    """Read the next pages of each collection of a party, and count.

    Raises:
        NotFound: nothing is read from this party. NotPermitted, Unauthenticated, Unreachable, RecordRejected, Busy.
    """
    previews = []
    for named in peers_of(node, request.party):
        bodies: list[bytes] = []
        unreadable, more = 0, False
        with key_watched(node, named.row.party_no), line_to(node, named) as client:
            for number, page in enumerate(
                client.pages(named.row.url, limits_of(node), named.row.cursor, PER_PAGE), start=1
            ):
                bodies += [found.body for found in page.found if found.body is not None]
                unreadable += sum(found.body is None for found in page.found)
                more = page.more
                if number == MOST_PAGES:
                    break
        preview = _counted(node, bodies)
        previews.append(
            msgspec.structs.replace(
                preview, party=named.party, url=named.row.url, unreadable=preview.unreadable + unreadable, more=more
            )
        )
    return PeersPreviewed(peers=tuple(previews))


def _counted(node: Node, bodies: list[bytes]) -> PeerPreview:
    types: dict[str, int] = {}
    keys: set[bytes] = set()
    unreadable = 0
    for body in bodies:
        try:
            envelope = read_envelope(body)
        except RecordRejected:
            unreadable += 1
            continue
        types[envelope.type] = types.get(envelope.type, 0) + 1
        keys.add(id_key(envelope.stix_id))
    with node.store.read() as tx:
        held = len(keeping.held_under(tx, keys))
    objects = sum(types.values()) + unreadable
    return PeerPreview(party="", url="", objects=objects, held=held, unreadable=unreadable, types=types, more=False)
