"""What was wrong with the clock when a prescription was received: such a receipt is no evidence, and a dispensing says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Empty where nothing was wrong, as for all that was received before."""
    op.add_column("prescriptions", sa.Column("clock", sa.Text, nullable=False, server_default=""))
