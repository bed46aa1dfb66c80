"""Says from which place a peer is to be read so that what lacks of its stream comes.

Not a verb: reading from peers asks it. A place is a date as the peer's server takes it: empty before the first.
"""

from sqlalchemy import Connection

from comity.desk.held_deliveries import delivery_in
from comity.stores import stating, streams
from comity.stores.streams import StreamNo
from comity.values import Instant, iso


def place_after(tx: Connection, stream_no: StreamNo) -> str:
    """Give the place behind the last statement held of a stream."""
    last = stating.held_statement(tx, stream_no)
    return "" if last is None else iso(Instant(delivery_in(last.envelope).upto))


def starts_of_gaps(tx: Connection, party_no: int, stream_name: str, limit: int) -> list[str]:
    """Give the place before each of the first statements of which something did not come."""
    stream = streams.stream_named(tx, party_no, stream_name)
    held = [] if stream is None else stating.gapped_statements(tx, stream.no, limit)
    starts = [delivery_in(one.envelope).after for one in held]
    return [iso(Instant(after)) if after >= 0 else "" for after in starts]
