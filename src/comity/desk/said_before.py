"""Lets what a giver had said of items before they came have its effect when they come.

Not a verb: taking pages in asks it. An act may be posted while its page is on the way, and a file be read once more.
Which acts speak of what came is looked up: what was ever taken back is much more than what a page brings.
"""

from collections.abc import Collection

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.desk.pass_erasure import carry_out_on
from comity.desk.take_grant import act_of, consent
from comity.desk.take_retraction import take_back
from comity.records.kinds import Delivery, Erasure, ReleaseGrant, Retraction
from comity.stores import speaking, stating
from comity.stores.directory import PartyRow
from comity.stores.streams import StreamNo
from comity.values import Instant, id_key


def heed_said_before(
    node: Node,
    tx: Connection,
    stream_no: StreamNo,
    statement: Delivery,
    ids: Collection[str],
    giver: PartyRow,
    now: Instant,
) -> None:
    """Do to what has just come by a statement what its giver's earlier acts say, in the order of the acts.

    Args:
        ids: what of the statement came anew.
    """
    if not speaking.speaks(tx, giver.no):  # most have taken nothing back: a page costs one look-up then
        return
    places = {leaf: n for n, leaf in enumerate(statement.leaf_list())} if ids else {}
    for no, keys in speaking.acts_on(tx, giver.no, {*map(id_key, ids), *places}).items():
        act = act_of(tx, no)
        if isinstance(act, Retraction):
            take_back(node, tx, act, giver, now)
            continue
        came = stating.records_by_leaf(tx, stream_no, statement.seq, sorted(places[key] for key in keys))
        if isinstance(act, Erasure):
            carry_out_on(node, tx, no, act, giver, came, now)
        elif isinstance(act, ReleaseGrant):
            consent(node, tx, act, giver, came, now)
