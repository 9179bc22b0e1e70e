"""When a relay's receipt says that a prescription existed: a later revocation does not undo what came before it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """0 where there is no such receipt, as for all that was received before."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("prescriptions", sa.Column("proven_at", big, nullable=False, server_default="0"))
