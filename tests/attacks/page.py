"""docs/attacks.md, made from the table: `.venv/bin/python -m tests.attacks.page` writes it, a test compares it.

Example: `written().startswith("# Attacks")`
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.attacks.every_row import TABLE
from tests.attacks.rotation import OTHERS, ROOTS
from tests.attacks.sources import DOES_NOT_APPLY
from tests.attacks.table import Attack

PATH = Path(__file__).resolve().parent.parent.parent / "docs" / "attacks.md"

_HEAD = """# Attacks on the lists, and what dpr answers

Who may prescribe stands in signed lists that travel over mirrors and sticks nobody needs to trust. This page names what
an attacker can try with them. It is made from the table in `tests/attacks`, and every row of it is a
test: by stick (the files are brought in), by mirror (they are fetched over HTTP from a server that lies), at the
counter (a prescription is judged), or when a site is set up. After each attack the test asserts that

- only what was held before, or what the authority published, is in force, byte for byte; the lists that a stolen key can really
  change are named;
- a revoked prescriber stays refused, and an honest one is accepted, with the warnings that the row names;
- the next honest publication comes in whole.

Sources: the [specification of The Update Framework](https://theupdateframework.github.io/specification/latest/) (TUF,
1.0.34) with its list of attacks (1.5.2) and the checks of its client's workflow (5); every case of
[tuf-conformance](https://github.com/theupdateframework/tuf-conformance) (at eec841c; named by file and test); and what
[python-tuf](https://github.com/theupdateframework/python-tuf) (at 4abccdc) tests besides. In TUF's words, `dpr-root` is
the root, `dpr-snapshot` timestamp and snapshot in one, `dpr-trust-list` the targets, and an issuer's status list and
revocations are delegated targets. What each code means stands in [codes.md](codes.md).

What no list can prevent: whoever holds enough keys for the threshold *is* the authority until the next root; whoever
cuts a site off makes what it holds older, which each verdict says; and whoever has a prescriber's key signs until its
revocation arrives.

## Table

The test is `tests/attacks/test_attacks.py`, with the attack's name in brackets. "Named" are the codes that the site's
operator is told, by stick (or at the counter, or at set-up), and by mirror where they differ; "in the verdict" are
warnings that a pharmacist sees until the next honest publication.

| attack | the attacker … | dpr | named | in the verdict | arrives by | sources |
|---|---|---|---|---|---|---|
"""

_ROTATION = """
## Exchanging keys

tuf-conformance's sequences of roots, and of what a root's other keys sign, are in `tests/attacks/rotation.py`; the tests are
`tests/attacks/test_rotation.py`, with the case in brackets.

| case of `test_updater_key_rotations.py` | answer |
|---|---|
"""

_REST = """
## What does not apply

| source | why |
|---|---|
"""


def written() -> str:
    """The page."""
    rotations = [(f"test_root_rotation[{name}]", steps[-1].accepted) for name, steps in ROOTS.items()]
    rotations += [(f"test_non_root_rotations[{name}]", step.accepted) for name, step in OTHERS.items()]
    answers = "".join(f"| `{name}` | {'taken' if taken else 'refused'} |\n" for name, taken in rotations)
    rest = "".join(f"| {_source(source)} | {reason} |\n" for source, reason in DOES_NOT_APPLY.items())
    return _HEAD + "".join(map(_row, TABLE)) + _ROTATION + answers + _REST + rest


def _row(row: Attack) -> str:
    named = _codes(row.told)
    if row.told_by_mirror != row.told and "mirror" in row.paths:
        named += f"; by mirror: {_codes(row.told_by_mirror)}"
    said = _codes(row.graded)
    if row.graded_by_mirror != row.graded:
        said += f"; by mirror: {_codes(row.graded_by_mirror)}"
    arrives = ", ".join(_ARRIVES[path] for path in row.paths)
    sources = ", ".join(map(_source, row.sources))
    return f"| `{row.id}` | {row.does} | {row.answer} | {named} | {said} | {arrives} | {sources} |\n"


_ARRIVES = {
    "stick": "stick",
    "mirror": "mirror",
    "verdict": "counter",
    "install": "set-up",
    "reinstall": "set-up",
    "empty": "set-up",
}


def _codes(codes: frozenset[str]) -> str:
    return ", ".join(f"`{code}`" for code in sorted(codes)) or "–"


def _source(source: str) -> str:
    return source.replace("tuf-spec", "TUF") if source.startswith("tuf-spec") else f"`{source}`"


if __name__ == "__main__":
    PATH.write_text(written(), "utf-8")
    sys.stdout.write(f"{PATH.name}: {len(TABLE)} rows\n")
