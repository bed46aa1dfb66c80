"""Lets an index alone tell what may be placed, and names the records whose flags are looked for.

Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_IS_RARE = sa.text("flags & 26 <> 0")
_COLUMNS = ["class_no", "state", "no", "flags", "embargo_ms", "expires_ms"]


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.drop_index(op.f("ix_records_class_no_state_no"), "records")
    op.create_index(op.f("ix_records_class_no_state_no_flags_embargo_ms_expires_ms"), "records", _COLUMNS)
    op.create_index("ix_records_rare", "records", ["no"], sqlite_where=_IS_RARE, postgresql_where=_IS_RARE)
