"""The site's policy from a TOML file (docs/policy.md lists every key).

Rules: a missing file means the safe defaults; an unknown key or a value that makes no sense is refused by name, never ignored.

Example: `load(Path("policy.toml"))`
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from dpr.adapters import files
from dpr.core import identifiers
from dpr.core.errors import InputError, Problem
from dpr.core.policy import Policy
from dpr.core.trust_list import Environment

_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
_LIMIT = 16_000  # bytes; every key with a comment fits in a quarter of it


def load(path: Path) -> Policy:
    """The policy in `path`, or the defaults where there is no such file. InputError `policy_invalid`, StorageError."""
    if not path.exists():
        return Policy()
    try:
        written = tomllib.loads(files.read_toml(path, limit=_LIMIT).decode("utf-8"))
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, not TOML, a line or number that is too long
        raise _invalid(path, str(error), "TOML, UTF-8") from None
    environment = written.get("environment")
    if isinstance(environment, str) and environment.upper() in Environment.__members__:
        written["environment"] = int(Environment[environment.upper()])
    elif environment is not None:
        raise _invalid(path, "environment is not known", "production or test")
    try:
        policy = msgspec.convert(written, Policy)
    except msgspec.ValidationError as error:
        raise _invalid(path, str(error), "a key and value of docs/policy.md") from None
    if policy.gln and identifiers.gln_fault(policy.gln):
        raise _invalid(path, "gln is not a GLN", "13 digits with the GS1 check digit")
    if policy.register_url and not _ADDRESS.fullmatch(policy.register_url):
        raise _invalid(path, "register_url is no address", "http:// or https:// and what follows, in ASCII without spaces")
    return policy


def _invalid(path: Path, wrong: str, expected: str) -> InputError:
    return InputError("policy_invalid", (Problem(path.name, "policy_invalid", wrong, expected),))
