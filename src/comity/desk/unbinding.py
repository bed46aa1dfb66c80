"""Decides what becomes of items when the definition of a marking that they name is erased.

Not a verb: erasing calls it. The node is then as one to which the definition never came: what named it is under a
marking that cannot be read, so it goes to nobody, until a definition comes again. Where another record of the source
gives the same definition, that one counts from now on, and nothing changes.
"""

from collections.abc import Mapping

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.stores import keeping, reclassing
from comity.values import id_key


def rebind_or_unbind(node: Node, tx: Connection, source_no: int, erased: Mapping[int, str]) -> None:
    """Let other records define these markings, or let what named them be classed anew by the sequencer, part by part.

    Args:
        erased: marking ids by the number of the record that defined them; its content and keys are gone already.
    """
    for record_no, stix_id in erased.items():
        key = id_key(stix_id)
        others = [row.no for row in keeping.records_under(tx, stix_id) if row.source_no == source_no and row.body]
        if others:
            reclassing.bind_marking(tx, source_no, stix_id, min(others))
            continue
        gone = keeping.held_record(tx, record_no)
        naming = reclassing.naming_marking(tx, source_no, key)
        if gone is not None and naming:
            # Under what stands in the place of its key: the step for late definitions asks for that.
            reclassing.wait_for(node.store, tx, source_no, ((gone.id_key, no) for no in naming))
            keeping.mark(tx, "marking", source_no, record_no)
