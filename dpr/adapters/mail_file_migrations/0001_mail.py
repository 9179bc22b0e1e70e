"""The first mail file: what was posted and what became of it, what came and what was answered, how far each relay was read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables in an empty database."""
    _upgrades()
    _outbox()
    _inbox()
    _relays()


def _of(column: str, **more: Any) -> sa.Column[bytes]:
    """A column that names a message's row, and goes with it."""
    return sa.Column(column.split(".")[1], sa.LargeBinary, sa.ForeignKey(column, ondelete="CASCADE"), **more)


def _upgrades() -> None:
    op.create_table(
        "mail_file_upgrades",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("at", sa.Integer, nullable=False),
        sqlite_strict=True,
    )


def _outbox() -> None:
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("message_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("same", sa.LargeBinary, nullable=False, index=True),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("documents", sa.LargeBinary, nullable=False),
        sa.Column("posted_at", sa.Integer, nullable=False),
        sa.Column("not_after", sa.Integer, nullable=False),
        sa.Column("recalled_at", sa.Integer, nullable=False),
        sa.Column("ended", sa.Text),
        sa.Column("ended_at", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("outbox_messages_open", "outbox_messages", ["id"], sqlite_where=sa.text("ended IS NULL"))
    op.create_table(
        "outbox_sealed",
        _of("outbox_messages.message_id", primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox_copies",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("outbox_messages.message_id", nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("tried_at", sa.REAL, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_at", sa.REAL, nullable=False),
        sa.Column("custody_at", sa.REAL, nullable=False),
        sa.Column("ended", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.UniqueConstraint("message_id", "origin"),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox_receipts",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("outbox_messages.message_id", nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("message_id", "digest"),
        sqlite_strict=True,
    )


def _inbox() -> None:
    op.create_table(
        "inbox_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("message_id", sa.LargeBinary, nullable=False),
        sa.Column("sender", sa.LargeBinary, nullable=False),
        sa.Column("first_at", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox_first",
        sa.Column("thumbprint", sa.LargeBinary, primary_key=True),
        sa.Column("message_id", sa.LargeBinary, primary_key=True),
        _of("inbox_messages.digest", nullable=False, index=True),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox_copies",
        _of("inbox_messages.digest", primary_key=True),
        sa.Column("origin", sa.Text, primary_key=True),
        sa.Column("sent", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox_answers",
        _of("inbox_messages.digest", primary_key=True),
        sa.Column("type", sa.Integer, primary_key=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )


def _relays() -> None:
    relay = (("issuer", sa.Text), ("name", sa.Text), ("queue", sa.Text))
    op.create_table(
        "inbox_origins",
        sa.Column("origin", sa.Text, primary_key=True),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox_places",
        *(sa.Column(*one, primary_key=True) for one in relay),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("last", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox_heads",
        *(sa.Column(*one, primary_key=True) for one in relay),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox_shown",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(*one, nullable=False) for one in relay),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("message_id", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False, index=True),
        sa.Column("receipt", sa.LargeBinary, nullable=False),
        sa.Column("shown_at", sa.Integer, nullable=False),
        sa.Column("awaited", sa.Integer, nullable=False),
        sa.UniqueConstraint("issuer", "name", "queue", "sequence"),
        sqlite_strict=True,
    )
    op.create_index("inbox_shown_awaited", "inbox_shown", ["shown_at"], sqlite_where=sa.text("awaited = 1"))
    op.create_table(
        "inbox_alarms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("origin", sa.Text, nullable=False),
        *(sa.Column(*one, nullable=False) for one in relay),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("evidence", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("settled_at", sa.Integer, nullable=False),
        sa.Column("settled_by", sa.Text, nullable=False),
        sqlite_strict=True,
    )
