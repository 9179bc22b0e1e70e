"""What was asked of the next root, as options or arguments: keys to add and remove, thresholds; and the root that comes of it.

Rules: what is not said stays as it is in the root in force; the first root must be told everything, but for the keys that sign
lists, which are the root's own unless others are named. A removed key is gone from everything that it might sign. Every
fault is named by its option at once.

Example: `RootOrder(add={"root": (key,)}, remove=(old,)).next_root(held, issued_at=now)`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dpr.apps.typed import read_as
from dpr.core.ceremony_changes import ROLES, keys_of, quorum_of
from dpr.core.errors import InputError, Problem
from dpr.core.keys import PublicKey
from dpr.core.root import ROOT, Quorum, Root, RootContent
from dpr.core.trust_list import Environment

#: The option that each role's keys and threshold are given with.
OPTIONS = {"root": "root", "lists": "list", "snapshot": "snapshot"}
_ENVIRONMENTS = {"test": Environment.TEST, "production": Environment.PRODUCTION}
_MOST_KEYS = 16


class RootOrder(NamedTuple):
    """By role (`root`, `lists`, `snapshot`): how many must sign, and keys to add; `remove`: keys, or the beginnings of their
    thumbprints in hexadecimal, at least eight digits."""

    name: str | None = None
    environment: str | None = None
    thresholds: Mapping[str, int | None] = {}
    add: Mapping[str, Sequence[PublicKey]] = {}
    remove: Sequence[PublicKey | str] = ()

    def next_root(self, held: Root | None, *, issued_at: int) -> Root:
        """The root that follows on `held`, dated `issued_at` (seconds). InputError `setup_invalid` with every problem."""
        problems: list[Problem] = []
        gone = self._removed(held, problems)
        keys = {role: self._keys(role, held, gone) for role in ROLES}
        problems += self._problems(held, {role: len(keys[role]) for role in ROLES})
        if set(keys["snapshot"]) & {*keys["root"], *keys["lists"]}:
            problems.append(Problem("--snapshot-key", "root_online_key", "not valid", "a key for snapshots alone"))
        if problems:
            raise InputError("setup_invalid", tuple(problems))
        quorums = {role: Quorum(threshold=self._threshold(role, held) or 0, keys=keys[role]) for role in ROLES}
        content = RootContent(
            version=held.content.version + 1 if held else 1,
            environment=held.content.environment if held else _ENVIRONMENTS[self.environment or ""],
            **quorums,
        )
        return Root(authority=held.authority if held else self.name or "", issued_at=issued_at, content=content)

    def check_first(self, *, keys: Mapping[str, int]) -> None:
        """Before any key is made for it: would a first root with so many keys do? InputError `setup_invalid`."""
        if problems := tuple(self._problems(None, keys)):
            raise InputError("setup_invalid", problems)

    def _keys(self, role: str, held: Root | None, gone: frozenset[PublicKey]) -> tuple[PublicKey, ...]:
        there = quorum_of(held, role).keys if held else ()
        added = self.add.get(role, ())
        if held is None and role == "lists" and not added:
            added = self.add.get("root", ())
        return tuple(dict.fromkeys(key for key in (*there, *added) if key not in gone))

    def _threshold(self, role: str, held: Root | None) -> int | None:
        said = self.thresholds.get(role)
        if said is not None:
            return said
        if held is not None:
            return quorum_of(held, role).threshold
        return self.thresholds.get("root") if role == "lists" else None

    def _removed(self, held: Root | None, problems: list[Problem]) -> frozenset[PublicKey]:
        known = keys_of(held) if held else frozenset()
        gone = set()
        for one in self.remove:
            digits = one if isinstance(one, str) else one.thumbprint.hex()
            found = [key for key in known if len(digits) >= 8 and key.thumbprint.hex().startswith(digits)]
            if len(found) != 1:
                expected = "a key of the root in force: its request, or at least 8 hexadecimal digits of its thumbprint"
                problems.append(Problem("--remove-key", "root_key_unknown", digits[:16], expected))
            gone.update(found)
        return frozenset(gone)

    def _problems(self, held: Root | None, keys: Mapping[str, int]) -> Iterator[Problem]:
        found: list[Problem] = []
        if held is None:
            read_as(ROOT, "authority", self.name, "--name", found)
            if self.environment not in _ENVIRONMENTS:
                expected = "one of " + ", ".join(_ENVIRONMENTS)
                found.append(Problem("--environment", "field_value_unknown", repr(self.environment)[:30], expected))
        else:
            said = _ENVIRONMENTS.get(self.environment or "")
            if self.name not in (None, held.authority):
                found.append(Problem("--name", "root_authority", "another name", repr(held.authority)))
            if self.environment is not None and said is not held.content.environment:
                found.append(Problem("--environment", "root_environment", "another", held.content.environment.name.lower()))
        for role in ROLES:
            found += self._quorum_problems(role, held, keys[role])
        yield from found

    def _quorum_problems(self, role: str, held: Root | None, keys: int) -> Iterator[Problem]:
        threshold = self._threshold(role, held)
        if not 1 <= keys <= _MOST_KEYS:
            yield Problem(f"--{OPTIONS[role]}-key", "list_length", f"{keys} keys", f"1 to {_MOST_KEYS} keys")
        elif threshold is None or not 1 <= threshold <= keys:
            option, expected = f"--{OPTIONS[role]}-threshold", f"1 to {keys}, the number of keys"
            if threshold is None:
                yield Problem(option, "field_missing", "nothing", expected)
            else:
                yield Problem(option, "number_out_of_range", str(threshold), expected)
