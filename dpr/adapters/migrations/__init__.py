"""The ledger's migrations, in the order of their numbers; dpr.adapters.ledger_upgrade runs them.

Rules: `NNNN_what.py` with `revision = "NNNN"` and `down_revision` the number before. A published migration is never
changed: what is wrong is put right by the next. It says in full what it makes, never by way of today's tables. It runs
with foreign keys off (so that a table can be rebuilt) and is checked for dangling ones before it counts. Each comes with a
dump of the version it leads to, in tests/adapters/ledger_versions, from which the upgrade is tested ever after.

Example: 0002_claims.py with `revision = "0002"`, `down_revision = "0001"` and `def upgrade() -> None`
"""
