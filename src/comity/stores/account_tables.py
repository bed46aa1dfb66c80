"""Names the tables of the people at a node: accounts, their passkeys, codes, sessions, identities, and guests.

Conventions are those of `comity.stores.tables`, which gives these too. No secret stands here as it is given out: of
passwords there is a stretched hash, of codes and sessions a SHA-256, and what TOTP needs is sealed by a key outside.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from comity.stores.table_base import WORD, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("name", WORD, nullable=False),
    Column("title", Text, nullable=False),  # the person's name as people write it
    Column("roles", Text, nullable=False),  # separated by blanks
    Column("handle", LargeBinary(32), nullable=False),  # by which authenticators know the account
    Column("password", Text),  # argon2id, with its parameters
    Column("totp", LargeBinary),  # sealed
    Column("totp_used", BigInteger, nullable=False),  # the last time step whose code was used
    Column("added_ms", BigInteger, nullable=False),
    Column("disabled_ms", BigInteger),
    UniqueConstraint("name"),
    UniqueConstraint("handle"),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),  # of the credential's id
    Column("credential", LargeBinary, nullable=False),
    Column("account_no", Integer, nullable=False),
    Column("public", LargeBinary, nullable=False),  # a COSE key
    Column("uses", BigInteger, nullable=False),  # as the authenticator counts them; 0 if it does not
    Column("name", Text, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Index(None, "account_no"),
)

guests = Table(
    "guests",
    metadata,
    Column("account_no", Integer, primary_key=True, autoincrement=False),
    Column("party_no", Integer, nullable=False),  # for life
    Column("visited_ms", BigInteger),  # the last sign-in
    Column("before_ms", BigInteger),  # the one before it: what came since is new
    Index(None, "party_no"),
)

guest_acts = Table(
    "guest_acts",
    metadata,
    Column("party_no", Integer, nullable=False),
    Column("record_no", BigInteger, nullable=False),  # an act that concerns the party, which has no node to get it
    PrimaryKeyConstraint("party_no", "record_no"),
)

one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("account_no", Integer),  # none: it makes the node's first account
    Column("until_ms", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("account_no", Integer, nullable=False),
    Column("method", Text, nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Index(None, "account_no"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("sha256", LargeBinary(32), nullable=False),  # of the secret
    Column("account_no", Integer, nullable=False),
    Column("name", Text, nullable=False),  # as its person knows it
    Column("scopes", Text, nullable=False),  # separated by blanks
    Column("added_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    UniqueConstraint("sha256"),
    Index(None, "account_no"),
)

identity_providers = Table(
    "identity_providers",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("name", WORD, nullable=False),  # stands in the address to which its answers come
    Column("title", Text, nullable=False),
    Column("issuer", WORD, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("acr", Text, nullable=False),  # separated by blanks
    Column("origins", Text, nullable=False),  # separated by blanks
    Column("added_ms", BigInteger, nullable=False),
    UniqueConstraint("name"),
    UniqueConstraint("issuer"),
)

identities = Table(
    "identities",
    metadata,
    Column("provider_no", Integer, nullable=False),
    Column("subject", WORD, nullable=False),
    Column("account_no", Integer, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    PrimaryKeyConstraint("provider_no", "subject"),
    UniqueConstraint("account_no", "provider_no"),
)
