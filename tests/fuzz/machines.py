"""What the state machines share: settings that give the same run in every CI, and a way to let a process die.

`make fuzz` does not run them longer; `DPR_MACHINE_EXAMPLES=1000 pytest tests/fuzz -k machine` does, with fresh seeds.
"""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copy
from typing import Any

from hypothesis import HealthCheck, settings
from sqlalchemy import event

from dpr.adapters.ledger_sql import SqlLedger
from tests.world import NOW

_EXAMPLES = int(os.environ.get("DPR_MACHINE_EXAMPLES", "0"))


def machine_settings(examples: int, steps: int) -> settings:
    """For one machine: `examples` runs of at most `steps`, the same each time unless more are asked for."""
    return settings(
        max_examples=_EXAMPLES or examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not _EXAMPLES,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


class Died(BaseException):
    """The process ends here; what is not committed is lost."""


def dying_ledger(path: Path, statement: int) -> SqlLedger:
    """A ledger whose process dies before its `statement`-th statement that writes (INSERT, UPDATE)."""
    ledger = SqlLedger.open(path, now=NOW)
    left = [statement]

    def count(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE")):
            left[0] -= 1
            if not left[0]:
                raise Died

    event.listen(ledger._engine, "before_cursor_execute", count)
    return ledger


def after_a_power_cut(path: Path, folder: Path) -> Path:
    """The files as a disk would have them, copied while they are open; what was in memory only is gone."""
    folder.mkdir()
    for suffix in ("", "-wal"):
        one = path.with_name(path.name + suffix)
        if one.exists():
            copy(one, folder / one.name)
    return folder / path.name
