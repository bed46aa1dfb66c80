"""Tells SQLite how large and how selective our indexes are, so that its plans are right from the first row on.

Without statistics SQLite takes every index for equally selective, and would walk a reader's whole view to look ten
items up. Figures of a large node, set once and never measured, give the same good plan on every node, small ones too
(sqlite.org, "The SQLite Query Optimizer Overview", §"Query Planner Stability Guarantee").
"""

from sqlalchemy import Connection

# Table, index, rows in the table, then for each further column of the index how many rows agree in all columns so far.
# The index of a table without row numbers has the table's name.
FIGURES = (
    ("records", "sqlite_autoindex_records_1", "1000000 2 2 1"),
    ("records", "ix_records_class_no_state_no_flags_embargo_ms_expires_ms", "1000000 1000 1000 1 1 1 1"),
    ("records", "ix_records_rare", "20000 1"),
    ("links", "links", "2000000 20 1 1"),
    ("links", "ix_links_from_no", "2000000 2 1 1"),
    ("siblings", "siblings", "100000 1"),
    ("search_values", "search_values", "3000000 3 1 1"),
    ("search_values", "ix_search_values_record_no", "3000000 3 1 1"),
    ("unresolved", "sqlite_autoindex_unresolved_1", "100000 50000 1000 1"),
    ("unresolved", "ix_unresolved_record_no", "100000 2"),
    ("portions", "sqlite_autoindex_portions_1", "10000 2 1"),
    ("due", "sqlite_autoindex_due_1", "10000 10 1"),
    ("due", "ix_due_record_no", "10000 1"),
    ("deliveries", "deliveries", "10000000 1000000 1"),
    ("deliveries", "sqlite_autoindex_deliveries_2", "10000000 1000000 1"),
    ("deliveries", "ix_deliveries_reader_no_type_no_date_ms_item_no_gate_no", "10000000 1000000 50000 1 1 1"),
    ("served", "sqlite_autoindex_served_1", "1000000 100000 2 1"),
    ("wanted", "sqlite_autoindex_wanted_1", "100000 10000 2 1"),
    ("open_gates", "open_gates", "10000 1000 1"),
    ("decisions", "sqlite_autoindex_decisions_1", "10000 1000 1"),
    ("classes", "sqlite_autoindex_classes_1", "1000 1"),
    ("gates", "sqlite_autoindex_gates_1", "1000 1"),
    ("views", "sqlite_autoindex_views_1", "10 1"),
    ("parties", "sqlite_autoindex_parties_1", "20 1"),
)


def set_statistics(tx: Connection) -> None:
    """Set the figures; PostgreSQL keeps its own."""
    if tx.dialect.name != "sqlite":
        return
    tx.exec_driver_sql("analyze")  # makes the table they stand in
    tx.exec_driver_sql("delete from sqlite_stat1")
    tx.exec_driver_sql("insert into sqlite_stat1 (tbl, idx, stat) values (?, ?, ?)", list(FIGURES))
    tx.exec_driver_sql("analyze sqlite_schema")  # has this connection read them
