"""Reads the delivery statements that this node holds of its peers.

Not a verb: whatever looks into a statement after it was verified and held does it here.
"""

from comity.errors import StoreError
from comity.records import codec, dsse
from comity.records.kinds import Delivery


def delivery_in(envelope: bytes) -> Delivery:
    """Give the statement in the envelope of one that is held; it was verified when it was taken in.

    Raises:
        StoreError: it is no statement: the database was changed by others.
    """
    act = codec.decode(dsse.unverified_payload(envelope))
    if not isinstance(act, Delivery):
        raise StoreError("a statement in the database is none: restore the node from its last backup")
    return act
