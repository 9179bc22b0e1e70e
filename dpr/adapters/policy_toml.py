"""The site's policy from a TOML file (docs/policy.md lists every key).

Rules: a missing file means the safe defaults; an unknown key or a value that makes no sense is refused by name, never ignored.

Example: `load(Path("policy.toml"))`
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from dpr.adapters import files
from dpr.core import policy
from dpr.core.policy import Policy

_LIMIT = 16_000  # bytes; every key with a comment fits in a quarter of it


def load(path: Path) -> Policy:
    """The policy in `path`, or the defaults where there is no such file. InputError `policy_invalid`, StorageError."""
    if not path.exists():
        return Policy()
    try:
        written = tomllib.loads(files.read_toml(path, limit=_LIMIT).decode("utf-8"))
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, not TOML, a line or number that is too long
        raise policy.invalid(path.name, str(error), "TOML, UTF-8") from None
    return policy.read(written, path.name)
