"""The table of attacks: one row each, with its source, what the attacker does, and what dpr must answer.

Rules: an attack is a function over a `Stage`; it changes what is served, with the keys that it says are stolen and no others.
`told` are the codes that the site must name, all of them and no other; where a fetch or its verdict says something else,
`…_by_mirror`. Whatever the attack, what is in force afterwards is
what was held or what the authority published, but for `reaches`: the names of lists that a stolen key can really change.
After every attack the next honest publication comes in whole.

Example: `[row.id for row in TABLE if "tuf-spec 1.5.2 rollback" in row.sources]`
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.attacks.stage import Stage

Act = Callable[["Stage"], None]
STICK, MIRROR = "stick", "mirror"


class Attack(NamedTuple):
    """One row. `told`: codes of what is refused, by stick; `told_by_mirror`: by a fetch. `graded`, `graded_by_mirror`: codes of
    the warnings that the verdict shows afterwards; `paths`: how it can arrive; `needs`: what the authority publishes next."""

    id: str
    does: str
    answer: str
    sources: tuple[str, ...]
    act: Act
    told: frozenset[str]
    told_by_mirror: frozenset[str]
    graded: frozenset[str]
    graded_by_mirror: frozenset[str]
    reaches: frozenset[str]
    paths: tuple[str, ...]
    needs: tuple[str, ...]


TABLE: list[Attack] = []
PUBLICATION = ("trust-list", "status", "revocations")


def attack(
    name: str,
    *sources: str,
    does: str,
    answer: str,
    told: str = "",
    told_by_mirror: str | None = None,
    graded: str = "",
    graded_by_mirror: str | None = None,
    reaches: str = "",
    paths: str = "stick mirror",
    needs: str = " ".join(PUBLICATION),
) -> Callable[[Act], Act]:
    """Adds the decorated function to the table. Several codes, names or paths are words in one text."""

    def add(act: Act) -> Act:
        by_mirror = told if told_by_mirror is None else told_by_mirror
        later = graded if graded_by_mirror is None else graded_by_mirror
        row = Attack(
            id=name,
            does=does,
            answer=answer,
            sources=sources,
            act=act,
            told=frozenset(told.split()),
            told_by_mirror=frozenset(by_mirror.split()),
            graded=frozenset(graded.split()),
            graded_by_mirror=frozenset(later.split()),
            reaches=frozenset(reaches.split()),
            paths=tuple(paths.split()),
            needs=tuple(needs.split()),
        )
        TABLE.append(row)
        return act

    return add
