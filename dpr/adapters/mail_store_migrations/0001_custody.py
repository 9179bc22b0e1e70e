"""The first store: queues, the R1 of each message and what became of it, what is held, and the other receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# STRICT takes SQLite's own type names only; its INTEGER has 64 bits, elsewhere instants need BIGINT.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def counted(name: str) -> sa.Column[int]:
    return sa.Column(name, BIG, sa.CheckConstraint(f"{name} >= 0"), nullable=False)


def upgrade() -> None:
    """Makes the tables in an empty database."""
    op.create_table(
        "mail_store_upgrades",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sqlite_strict=True,
    )
    op.create_table("mail_store_state", sa.Column("standing", sa.Text, nullable=False), sqlite_strict=True)
    op.execute("INSERT INTO mail_store_state (standing) VALUES ('serving')")
    op.create_table(
        "mail_queues",
        sa.Column("queue", sa.Text, primary_key=True),
        counted("sequence"),
        sa.Column("head", sa.LargeBinary, nullable=False),
        counted("begins"),
        counted("held"),
        counted("held_bytes"),
        sqlite_strict=True,
    )
    op.create_table(
        "mail_senders",
        sa.Column("sender", sa.LargeBinary, primary_key=True),
        counted("held"),
        counted("held_bytes"),
        sqlite_strict=True,
    )
    op.create_table(
        "mail_shares",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("sender", sa.LargeBinary, primary_key=True),
        counted("held"),
        counted("held_bytes"),
        sqlite_strict=True,
    )
    op.create_table(
        "mail_messages",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("sequence", BIG, primary_key=True),
        sa.Column("sender", sa.LargeBinary, nullable=False),
        sa.Column("message_id", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("not_after", BIG, nullable=False),
        counted("size_bytes"),
        sa.Column("handed_over_at", BIG),
        sa.Column("ended_at", BIG),
        sa.Column("r1", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("mail_messages_sent", "mail_messages", ["message_id", "sender"], unique=True)
    op.create_index("mail_messages_digest", "mail_messages", ["digest"])
    op.create_table(
        "mail_held",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("sequence", BIG, primary_key=True),
        counted("size_bytes"),
        sa.Column("not_after", BIG, nullable=False),
        sa.Column("leased_until", BIG, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("mail_held_not_after", "mail_held", ["not_after"])
    op.create_table(
        "mail_receipts",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("sequence", BIG, primary_key=True),
        sa.Column("type", BIG, primary_key=True),
        sa.Column("place", BIG, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        # What is sealed does not compress; trying costs more than storing it.
        op.execute("ALTER TABLE mail_held ALTER COLUMN sealed SET STORAGE EXTERNAL")
