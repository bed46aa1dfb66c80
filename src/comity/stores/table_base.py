"""Holds what every table shares: the metadata that names constraints, and the type of text whose order counts."""

from sqlalchemy import MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Text whose order or prefixes count: by code point on every database, whatever its locale.
WORD = Text().with_variant(Text(collation="C"), "postgresql")
