"""Creates the first tables.

Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from an empty database to revision 0001."""
    _create_records()
    _create_lookups()
    _create_markings()
    _create_sequence()
    _create_views()
    _create_policy()
    _create_registers()
    _create_work()
    counters = sa.table("counters", sa.column("name", sa.Text()), sa.column("value", sa.BigInteger()))
    names = ("records", "classes", "quarantine_bytes")
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in names])


def _create_records() -> None:
    """Create the tables of the node's own facts, of parties, and of items and acts as received."""
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "parties",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", _WORD, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("acts_for", sa.Text(), nullable=True),
        sa.Column("default_tlp", sa.SmallInteger(), nullable=True),
        sa.Column("is_self", sa.Boolean(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_parties")),
        sa.UniqueConstraint("name", name=op.f("uq_parties_name")),
    )
    op.create_table(
        "records",
        sa.Column("no", _SERIAL, autoincrement=False, nullable=False),
        sa.Column("family", sa.SmallInteger(), nullable=False),
        sa.Column("source_no", sa.Integer(), nullable=False),
        sa.Column("id_key", sa.LargeBinary(16), nullable=False),
        sa.Column("stix_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("version_us", sa.BigInteger(), nullable=False),
        sa.Column("spec", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=True),
        sa.Column("class_no", sa.Integer(), nullable=False),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("ref_keys", sa.LargeBinary(), nullable=True),
        sa.Column("companion_keys", sa.LargeBinary(), nullable=True),
        sa.Column("embargo_ms", sa.BigInteger(), nullable=True),
        sa.Column("expires_ms", sa.BigInteger(), nullable=True),
        sa.Column("kept_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_records")),
        sa.UniqueConstraint("id_key", "source_no", "sha256", name=op.f("uq_records_id_key_source_no_sha256")),
    )
    op.create_index(op.f("ix_records_class_no_state_no"), "records", ["class_no", "state", "no"])


def _create_lookups() -> None:
    """Create the tables by which items are found: what they name, which ids are held twice, the values in them."""
    op.create_table(
        "links",
        sa.Column("to_key", sa.LargeBinary(16), nullable=False),
        sa.Column("from_no", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("to_key", "from_no", "role", name=op.f("pk_links")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_links_from_no"), "links", ["from_no"])
    op.create_table(
        "siblings",
        sa.Column("id_key", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("id_key", name=op.f("pk_siblings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_values",
        sa.Column("value", _WORD, nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("value", "record_no", "kind", name=op.f("pk_search_values")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_search_values_record_no"), "search_values", ["record_no"])


def _create_markings() -> None:
    """Create the tables of markings, and the classes that follow from them."""
    op.create_table(
        "markings",
        sa.Column("source_no", sa.Integer(), nullable=False),
        sa.Column("stix_id", sa.Text(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source_no", "stix_id", name=op.f("pk_markings")),
    )
    op.create_table(
        "unresolved",
        sa.Column("source_no", sa.Integer(), nullable=False),
        sa.Column("marking_key", sa.LargeBinary(16), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source_no", "marking_key", "record_no", name=op.f("pk_unresolved")),
    )
    op.create_index(op.f("ix_unresolved_record_no"), "unresolved", ["record_no"])
    op.create_table(
        "portions",
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.Column("marking_id", sa.Text(), nullable=False),
        sa.Column("class_no", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record_no", "marking_id", name=op.f("pk_portions")),
    )
    op.create_table(
        "overrides",
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("personal", sa.Text(), nullable=True),
        sa.Column("consents", sa.Text(), nullable=True),
        sa.Column("default_tlp", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("record_no", name=op.f("pk_overrides")),
    )
    op.create_table(
        "classes",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_classes")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_classes_key_sha256")),
    )


def _create_sequence() -> None:
    """Create the tables of what waits for the sequencer, and what it has numbered."""
    op.create_table(
        "queue",
        sa.Column("no", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_no", sa.BigInteger(), nullable=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_queue")),
    )
    op.create_table(
        "due",
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("at_ms", "record_no", name=op.f("pk_due")),
    )
    op.create_index(op.f("ix_due_record_no"), "due", ["record_no"])
    op.create_table(
        "sequencer",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sequencer")),
    )
    op.create_table(
        "numbers",
        sa.Column("n_first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n_last", sa.BigInteger(), nullable=False),
        sa.Column("first_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n_first", name=op.f("pk_numbers")),
    )


def _create_views() -> None:
    """Create the tables of readers and what has become visible to them."""
    op.create_table(
        "views",
        sa.Column("reader_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("view_id", sa.Text(), nullable=False),
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader_no", name=op.f("pk_views")),
        sa.UniqueConstraint("view_id", name=op.f("uq_views_view_id")),
        sa.UniqueConstraint("inbox_id", name=op.f("uq_views_inbox_id")),
    )
    op.create_table(
        "credentials",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_credentials")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_credentials_secret_sha256")),
    )
    op.create_table(
        "deliveries",
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("date_ms", sa.BigInteger(), nullable=False),
        sa.Column("item_no", sa.BigInteger(), nullable=False),
        sa.Column("gate_no", sa.Integer(), nullable=False),
        sa.Column("type_no", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader_no", "date_ms", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("reader_no", "item_no", name=op.f("uq_deliveries_reader_no_item_no")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_deliveries_reader_no_type_no_date_ms"), "deliveries", ["reader_no", "type_no", "date_ms"])
    op.create_table(
        "served",
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("item_no", sa.BigInteger(), nullable=False),
        sa.Column("date_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader_no", "item_no", "date_ms", name=op.f("pk_served")),
    )
    op.create_table(
        "wanted",
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("gate_no", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("reader_no", "key", "gate_no", name=op.f("pk_wanted")),
    )


def _create_policy() -> None:
    """Create the tables of agreements, and what is decided under them."""
    op.create_table(
        "gates",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_gates")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_gates_key_sha256")),
    )
    op.create_table(
        "open_gates",
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("gate_no", sa.Integer(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader_no", "gate_no", name=op.f("pk_open_gates")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decisions",
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("class_no", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("reader_no", "class_no", name=op.f("pk_decisions")),
    )
    op.create_table(
        "agreements",
        sa.Column("id", _WORD, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_table(
        "adherences",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", "party", name=op.f("pk_adherences")),
    )


def _create_registers() -> None:
    """Create the tables of what must be answered for."""
    op.create_table(
        "quarantine",
        sa.Column("no", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("source_no", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("reader_version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("source_no", "sha256", "reason", name=op.f("uq_quarantine_source_no_sha256_reason")),
    )
    op.create_table(
        "statuses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statuses")),
    )
    op.create_index(op.f("ix_statuses_at_ms"), "statuses", ["at_ms"])
    op.create_table(
        "audit",
        sa.Column("no", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_audit")),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
    )


def _create_work() -> None:
    """Create the tables of work to be done later."""
    op.create_table(
        "jobs",
        sa.Column("no", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("lease_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_state_due_ms"), "jobs", ["state", "due_ms"])
    op.create_table(
        "outbox",
        sa.Column("no", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("to_party", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("lease_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_state_due_ms"), "outbox", ["state", "due_ms"])
