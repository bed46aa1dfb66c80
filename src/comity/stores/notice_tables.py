"""Names the tables of what people are told outside the desk: channels, codes, messages, what each is about.

Conventions are those of `comity.stores.tables`, which gives these too. Of what a notice is about only a hash and a kind
stand here: what it says is made when it is sent, from what its reader may see at that moment.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from comity.stores.table_base import metadata

notice_channels = Table(
    "notice_channels",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("account_no", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),  # a mail address or a URL
    Column("level", SmallInteger, nullable=False),  # a TLP level: what a message may carry at most
    Column("key", LargeBinary),  # an OpenPGP certificate, for mail that is encrypted
    Column("secret", LargeBinary),  # sealed: what signs a webhook's messages
    Column("pace", Text, nullable=False),
    Column("hour", SmallInteger, nullable=False),  # of the digest, in UTC
    Column("added_ms", BigInteger, nullable=False),
    Column("audit_no", BigInteger, nullable=False),  # up to which line of the audit all is noticed
    Column("digest_ms", BigInteger, nullable=False),  # when the last digest was made
    Column("sent_ms", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("last_error", Text),
    Index(None, "account_no"),
)

# Mail channels whose address nobody has confirmed yet: nothing but the code goes there.
notice_confirmations = Table(
    "notice_confirmations",
    metadata,
    Column("channel_no", Integer, primary_key=True, autoincrement=False),
    Column("nonce", LargeBinary(16), nullable=False),  # the code follows from it by a key outside the database
    Column("until_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
)

notice_messages = Table(
    "notice_messages",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("channel_no", Integer, nullable=False),
    Column("id", Text, nullable=False),  # the same however often it is sent
    Column("is_test", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ended_ms", BigInteger),
    Column("last_error", Text),
    Index(None, "channel_no", "state"),
    Index(None, "state", "due_ms"),
)

notices = Table(
    "notices",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("channel_no", Integer, nullable=False),
    Column("thing", LargeBinary(32), nullable=False),  # hash of what it is about
    Column("kind", Text, nullable=False),
    Column("audit_no", BigInteger),  # the line of the audit that it is about
    Column("message_no", BigInteger),  # none as long as it waits for one
    Column("at_ms", BigInteger, nullable=False),
    Column("over_ms", BigInteger),  # since when it needs nobody
    UniqueConstraint("channel_no", "thing"),
    Index(None, "message_no"),
)
