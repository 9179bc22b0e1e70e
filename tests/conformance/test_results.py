"""What an answer is worth: what is none, where two values differ, and when codes count."""

from __future__ import annotations

import pytest

from dpr.apps.conformance.results import Status, as_answer, differences, result_of
from dpr.apps.conformance.vectors import Vector


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b'{"number": true, "verdict": "accepted"}',
        b'{"number": 1.0, "verdict": "accepted"}',
        b'{"verdict": "accepted"}',
        b'{"number": 1}',
        b'{"number": 1, "verdict": "yes"}',
        b'{"number": 1, "verdict": ["accepted"]}',
        b'{"number": 1, "verdict": "refused", "code": 7}',
        b'{"number": 1, "verdict": "accepted", "x": Infinity}',
        b'{"number": 1, "verdict": "accepted"} {}',
        b'{"number": ' + b"9" * 5000 + b', "verdict": "accepted"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_answer_is_none(line: bytes) -> None:
    assert as_answer(line) is None


def test_the_first_difference_is_named_by_its_path_and_members_may_stand_in_any_order() -> None:
    assert list(differences({"a": [1, {"b": None}], "c": 2}, {"c": 2, "a": [1, {"b": None}]})) == []
    assert list(differences({"a": [1, 2]}, {"a": [2, 1]})) == [("a[0] = 1", "a[0] = 2"), ("a[1] = 2", "a[1] = 1")]
    assert list(differences({"a": [1]}, {"a": [1, 2]})) == [("no a[1]", "a[1] = 2")]
    assert list(differences({"a": 1}, {"b": 1})) == [("a = 1", "no a"), ("no b", "b = 1")]
    for one, other in ((1, True), (1, 1.0), (0, False), (None, False), ("1", 1), ([], {})):
        assert list(differences({"a": one}, {"a": other}))
    assert len(next(differences("x", "y" * 10_000))[1]) < 250


def test_checks_count_without_their_codes_unless_codes_are_compared() -> None:
    check = {"step": 1, "code": "signature_ok", "outcome": "pass"}
    members = {"name": "a", "comment": "", "layer": "x", "input": "", "expect": "accepted", "checks": [check]}
    vector = Vector("file", members, {})
    said = {"number": 1, "verdict": "accepted"}
    for checks, loose, strict in (
        ([check], Status.PASSED, Status.PASSED),
        ([check | {"code": "other"}], Status.OTHER_CODE, Status.FAILED),
        ([check | {"outcome": "warn"}], Status.FAILED, Status.FAILED),
        ([check, check], Status.FAILED, Status.FAILED),
        ([], Status.FAILED, Status.FAILED),
        ("none", Status.FAILED, Status.FAILED),
        ([None], Status.FAILED, Status.FAILED),
    ):
        answered = said | {"checks": checks}
        assert result_of(vector, answered, codes=False).status is loose
        assert result_of(vector, answered, codes=True).status is strict
