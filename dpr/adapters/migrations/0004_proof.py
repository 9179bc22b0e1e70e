"""The relay's receipt that `proven_at` rests on: a relay that is revoked later takes its word with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Empty where there is none, as for all that was received before: then `proven_at` proves nothing."""
    empty = sa.text("X''" if op.get_context().dialect.name == "sqlite" else "''")  # a STRICT table takes no text for bytes
    op.add_column("prescriptions", sa.Column("proof", sa.LargeBinary, nullable=False, server_default=empty))
