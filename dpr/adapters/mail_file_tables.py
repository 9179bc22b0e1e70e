"""The tables of a node's mail file; what makes them is in dpr/adapters/mail_file_migrations, and a test compares the two.

Rules: `id` counts rows in the order they came. `documents` and `evidence` are CBOR arrays. `same` names what makes two posts
one; `awaited` is 1 while a message that was shown is to come.

Example: `select(MESSAGES).where(MESSAGES.c.ended.is_(None)).order_by(MESSAGES.c.id)`
"""

from __future__ import annotations

from sqlalchemy import REAL, Column, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

MESSAGES = Table(
    "outbox_messages",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("message_id", LargeBinary),
    Column("same", LargeBinary),
    Column("queue", Text),
    Column("digest", LargeBinary),
    Column("documents", LargeBinary),
    Column("posted_at", Integer),
    Column("not_after", Integer),
    Column("recalled_at", Integer),
    Column("ended", Text),
    Column("ended_at", Integer),
)
SEALED = Table("outbox_sealed", METADATA, Column("message_id", LargeBinary, primary_key=True), Column("sealed", LargeBinary))
COPIES = Table(
    "outbox_copies",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("message_id", LargeBinary),
    Column("origin", Text),
    Column("tried_at", REAL),
    Column("failures", Integer),
    Column("next_at", REAL),
    Column("custody_at", REAL),
    Column("ended", Integer),
    Column("code", Text),
)
RECEIPTS = Table(
    "outbox_receipts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("message_id", LargeBinary),
    Column("origin", Text),
    Column("digest", LargeBinary),
    Column("document", LargeBinary),
)
CAME = Table(
    "inbox_messages",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary),
    Column("queue", Text),
    Column("message_id", LargeBinary),
    Column("sender", LargeBinary),
    Column("first_at", Integer),
)
#: The first message of a sender (its key's thumbprint) with an id.
FIRST = Table(
    "inbox_first",
    METADATA,
    Column("thumbprint", LargeBinary, primary_key=True),
    Column("message_id", LargeBinary, primary_key=True),
    Column("digest", LargeBinary),
)
#: `sent`: how many of our answers the relay at an origin that gave us the message has got.
CAME_FROM = Table(
    "inbox_copies",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("sent", Integer),
)
ANSWERS = Table(
    "inbox_answers",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("type", Integer, primary_key=True),
    Column("document", LargeBinary),
)
ORIGINS = Table(
    "inbox_origins", METADATA, Column("origin", Text, primary_key=True), Column("issuer", Text), Column("name", Text)
)
PLACES = Table(
    "inbox_places",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("queue", Text, primary_key=True),
    Column("sequence", Integer),
    Column("head", LargeBinary),
    Column("last", LargeBinary),
)
#: The newest H1 of each relay and queue, and its time.
HEADS = Table(
    "inbox_heads",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("queue", Text, primary_key=True),
    Column("at", Integer),
    Column("receipt", LargeBinary),
)
SHOWN = Table(
    "inbox_shown",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("issuer", Text),
    Column("name", Text),
    Column("queue", Text),
    Column("sequence", Integer),
    Column("message_id", LargeBinary),
    Column("digest", LargeBinary),
    Column("receipt", LargeBinary),
    Column("shown_at", Integer),
    Column("awaited", Integer),
)
ALARMS = Table(
    "inbox_alarms",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary),
    Column("origin", Text),
    Column("issuer", Text),
    Column("name", Text),
    Column("queue", Text),
    Column("code", Text),
    Column("detail", Text),
    Column("evidence", LargeBinary),
    Column("at", Integer),
    Column("settled_at", Integer),
    Column("settled_by", Text),
)
