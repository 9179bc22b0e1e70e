"""How keys may be exchanged: tuf-conformance's cases (test_updater_key_rotations.py), as keys by number.

Rules: the first step of a root's case is what a site is installed with; the last is accepted or refused, the others are
accepted. In the other cases the root changes first, honestly, and the list after it is accepted or refused.

Example: `ROOTS["1-of-1-key-rotation"][1]` → Step(keys=(2,), threshold=1, by=(2, 1))
"""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """One document: `threshold` of `keys` are asked for, `by` have signed it."""

    keys: tuple[int, ...]
    threshold: int
    by: tuple[int, ...]
    accepted: bool = True


_FIVE, _NEXT_FIVE, _ONE_NEW = (0, 1, 2, 3, 4), (5, 6, 7, 8, 9), (0, 1, 3, 4, 5)

ROOTS: dict[str, tuple[Step, ...]] = {
    "1-of-1-key-rotation": (Step((1,), 1, (1,)), Step((2,), 1, (2, 1)), Step((2,), 1, (2,))),
    "1-of-1-key-rotation-unused-signatures": (
        Step((1,), 1, (3, 1, 4)),
        Step((2,), 1, (3, 2, 1, 4)),
        Step((2,), 1, (3, 2, 4)),
    ),
    "3-of-5-sign-with-different-keycombos": tuple(Step(_FIVE, 3, by) for by in ((0, 2, 4), (0, 4, 1), (0, 1, 3), (0, 1, 3))),
    "3-of-5-one-key-rotated": (Step(_FIVE, 3, (0, 2, 4)), Step(_ONE_NEW, 3, (0, 4, 1))),
    "3-of-5-one-key-rotated-with-intermediate-step": (
        Step(_FIVE, 3, (0, 2, 4)),
        Step(_ONE_NEW, 3, (0, 2, 4, 5)),
        Step(_ONE_NEW, 3, (0, 4, 5)),
    ),
    "3-of-5-all-keys-rotated-with-intermediate-step": (
        Step(_FIVE, 3, (0, 2, 4)),
        Step(_NEXT_FIVE, 3, (0, 2, 4, 5, 6, 7)),
        Step(_NEXT_FIVE, 3, (5, 6, 7)),
    ),
    "1-of-3-threshold-increase-to-2-of-3": (Step((1, 2, 3), 1, (1,)), Step((1, 2, 3), 2, (1, 2))),
    "2-of-3-threshold-decrease-to-1-of-3": (
        Step((1, 2, 3), 2, (1, 2)),
        Step((1, 2, 3), 1, (1, 2)),
        Step((1, 2, 3), 1, (1,)),
    ),
    "1-of-2-threshold-increase-to-2-of-2": (Step((1,), 1, (1,)), Step((1, 2), 2, (1, 2))),
    "1-of-1-key-rotation-fail-not-signed-with-old-key": (Step((1,), 1, (1,)), Step((2,), 1, (2, 3, 4), accepted=False)),
    "1-of-1-key-rotation-fail-not-signed-with-new-key": (Step((1,), 1, (1,)), Step((2,), 1, (1, 3, 4), accepted=False)),
    "3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys": (
        Step(_FIVE, 3, (0, 2, 4)),
        Step(_ONE_NEW, 3, (0, 2, 4), accepted=False),
    ),
    "3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys": (
        Step(_FIVE, 3, (0, 2, 4)),
        Step(_ONE_NEW, 3, (0, 4, 5), accepted=False),
    ),
    "1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached": (
        Step((1, 2, 3), 1, (1,)),
        Step((1, 2, 3), 2, (2,), accepted=False),
    ),
    "2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-eached": (
        Step((1, 2, 3), 2, (1, 2)),
        Step((1, 2, 3), 1, (1,), accepted=False),
    ),
}

OTHERS: dict[str, Step] = {
    "1-of-1-key-rotation": Step((2,), 1, (2,)),
    "1-of-1-key-rotation-unused-signatures": Step((1,), 1, (3, 1, 4)),
    "1-of-1-key-rotation-fail-not-signed-with-new-key": Step((2,), 1, (1, 3, 4), accepted=False),
    "3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys": Step(_ONE_NEW, 3, (0, 2, 4), accepted=False),
    "2-of-5-one-key-signature-mising-threshold-not-reached": Step(_ONE_NEW, 3, (0, 4), accepted=False),
    "3-of-5-sign-first-combo": Step(_FIVE, 3, (0, 2, 4)),
    "3-of-5-sign-second-combo": Step(_FIVE, 3, (0, 4, 1)),
    "3-of-5-sign-third-combo": Step(_FIVE, 3, (0, 1, 3)),
    "3-of-5-sign-fourth-combo": Step(_FIVE, 3, (1, 2, 3)),
    "3-of-5-sign-fifth-combo": Step(_FIVE, 3, (2, 3, 4)),
}


def labels(role: str, numbers: tuple[int, ...]) -> tuple[str, ...]:
    """The labels of a role's keys."""
    return tuple(f"{role} key {number}" for number in numbers)


def sources() -> list[str]:
    """The cases of tuf-conformance that these tables are."""
    function = "test_updater_key_rotations.py::test_"
    return [f"{function}root_rotation[{case}]" for case in ROOTS] + [f"{function}non_root_rotations[{case}]" for case in OTHERS]
