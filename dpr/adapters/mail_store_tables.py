"""The tables of a relay's store; what makes them is in dpr/adapters/mail_store_migrations.

Rules: everything about a queue is guarded by its row in `mail_queues`: who changes any of it holds that row. A sender's total
is guarded by its row in `mail_senders`. A message is named by queue and sequence, so that a database that spreads its tables
over machines can keep a queue together. A message's row stands as long as its R1 is in the chain; `mail_held` has a row, with
the sealed bytes, exactly as long as it is in custody.

Example: `select(MESSAGES.c.r1).where(MESSAGES.c.queue == queue)`
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

#: One row: `serving`; `copy`, of a store that went on; `moved`: its copy goes on in its place (dpr.adapters.mail_store_backup).
STATE = Table("mail_store_state", METADATA, Column("standing", Text))
#: `sequence`, `head`: number and digest of the last R1; `begins`: the number after which the chain of this relay's name begins.
QUEUES = Table(
    "mail_queues",
    METADATA,
    Column("queue", Text, primary_key=True),
    Column("sequence", BigInteger),
    Column("head", LargeBinary),
    Column("begins", BigInteger),
    Column("held", BigInteger),
    Column("held_bytes", BigInteger),
)
SENDERS = Table(
    "mail_senders",
    METADATA,
    Column("sender", LargeBinary, primary_key=True),
    Column("held", BigInteger),
    Column("held_bytes", BigInteger),
)
#: What a queue holds of each sender.
SHARES = Table(
    "mail_shares",
    METADATA,
    Column("queue", Text, primary_key=True),
    Column("sender", LargeBinary, primary_key=True),
    Column("held", BigInteger),
    Column("held_bytes", BigInteger),
)
#: `handed_over_at`: instant of the first lease; `ended_at`: of the end of custody; NULL before.
MESSAGES = Table(
    "mail_messages",
    METADATA,
    Column("queue", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("sender", LargeBinary),
    Column("message_id", LargeBinary),
    Column("digest", LargeBinary),
    Column("not_after", BigInteger),
    Column("size_bytes", BigInteger),
    Column("handed_over_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("r1", LargeBinary),
)
#: `leased_until` of what nobody has leased: long past, and as wide as an instant, so that SQLite writes a lease in its place.
NEVER = 1_000_000_000
HELD = Table(
    "mail_held",
    METADATA,
    Column("queue", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("size_bytes", BigInteger),
    Column("not_after", BigInteger),
    Column("leased_until", BigInteger),
    Column("sealed", LargeBinary),
)
#: All but R1; `place`: its order among those of a message, from 1.
RECEIPTS = Table(
    "mail_receipts",
    METADATA,
    Column("queue", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("type", BigInteger, primary_key=True),
    Column("place", BigInteger),
    Column("document", LargeBinary),
)
