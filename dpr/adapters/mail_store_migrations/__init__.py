"""The migrations of a relay's store, in the order of their numbers; the rules are those of dpr.adapters.migrations.

Example: 0002_board.py with `revision = "0002"`, `down_revision = "0001"` and `def upgrade() -> None`
"""
