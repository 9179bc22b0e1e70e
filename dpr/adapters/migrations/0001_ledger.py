"""The first ledger: prescriptions received, dispensings, the queue to the register, and when the ledger was upgraded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# STRICT takes SQLite's own type names only; its INTEGER has 64 bits, elsewhere instants need BIGINT.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes the tables in an empty database."""
    op.create_table(
        "ledger_upgrades",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "prescriptions",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("prescription_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("items", BIG, sa.CheckConstraint("items >= 0"), nullable=False),
        sa.Column("received_at", BIG, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "dispensings",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("dispensing_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("prescription_id", sa.LargeBinary, sa.ForeignKey("prescriptions.prescription_id"), nullable=False),
        sa.Column("item", BIG, sa.CheckConstraint("item >= 1"), nullable=False),
        sa.Column("number", BIG, sa.CheckConstraint("number >= 1"), nullable=False),
        sa.Column("handed_over_at", BIG, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("prescription_id", "item", "number"),
        sqlite_strict=True,
    )
    op.create_table(
        "queue",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("prescription_id", sa.LargeBinary, sa.ForeignKey("prescriptions.prescription_id"), nullable=False),
        sa.Column("item", BIG, sa.CheckConstraint("item >= 1"), nullable=False),
        sa.Column("number", BIG, sa.CheckConstraint("number >= 0"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("not_before", BIG, nullable=False),
        sa.Column("register_id", sa.Text),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("was_silent", FLAG, nullable=False),
        sa.Column("confirmed", FLAG, nullable=False),
        sa.Column("not_a_twin", FLAG, nullable=False),
        sa.UniqueConstraint("prescription_id", "item", "number"),
        sqlite_strict=True,
    )
