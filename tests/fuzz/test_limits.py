"""No input costs a decoder more than 50 ms and 64 MiB, however it is made (tests/fuzz/worst.py).

The bound of the test is ten times as long, since a busy machine must not fail it; `python -m tests.fuzz.limits` shows what
was measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.limits import MOST_MIB, MOST_MS, Cost
from tests.fuzz.worst import WORST

ROOT = Path(__file__).resolve().parent.parent.parent
GROUPS = ("cbor", "cose", "documents", "others")


def of_group(group: str) -> list[str]:
    """The cases of a group: by how their names begin, all the rest in the last."""
    return [name for name in WORST if next((one for one in GROUPS if name.startswith(one)), GROUPS[-1]) == group]


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads the peak of memory where Linux shows it")
def test_no_input_costs_more_than_it_may(group: str) -> None:
    command = [sys.executable, "-m", "tests.fuzz.limits", "--json", *of_group(group)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    costs = [Cost(*one) for one in json.loads(ran.stdout)]
    assert len(costs) >= len(of_group(group)) > 0
    assert [cost for cost in costs if cost.fault] == []
    assert [cost for cost in costs if cost.ms > 10 * MOST_MS or cost.mib > MOST_MIB] == []
