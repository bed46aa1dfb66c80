"""Lets the index of deliveries by type hold the item and the gate too, so that a page of one type needs no other look.

Every delivery of a rare type stands in another place of its table; with the index alone a page finds its records.
"""

from alembic import op

revision = "0005"
down_revision = "0001"

_OLD = "ix_deliveries_reader_no_type_no_date_ms"
_NEW = "ix_deliveries_reader_no_type_no_date_ms_item_no_gate_no"


def upgrade() -> None:
    """Put the wider index in the place of the old one."""
    op.drop_index(op.f(_OLD), table_name="deliveries")
    op.create_index(op.f(_NEW), "deliveries", ["reader_no", "type_no", "date_ms", "item_no", "gate_no"])
