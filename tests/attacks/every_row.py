"""The table with all its rows: importing this fills it, in the order in which it is shown.

Example: `len(TABLE)`
"""

from __future__ import annotations

from tests.attacks import rows_carried, rows_keys, rows_missing, rows_signatures, rows_site, rows_versions
from tests.attacks.table import TABLE

__all__ = ["TABLE", "rows_carried", "rows_keys", "rows_missing", "rows_signatures", "rows_site", "rows_versions"]
