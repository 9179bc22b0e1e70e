"""An implementation that is wrong in one way is shown to fail in that way, and the kit ends whatever it does.

Rules: the implementations are those of tests/conformance/broken.py; what is counted is counted from the vectors themselves.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dpr.apps.conformance.vectors import Vector
from tests.conformance.broken import ACCEPTED, ALL, CBOR, LOOPS, REFUSED, kit, running


def found(folder: Path, name: str, *options: object) -> dict[str, Any]:
    ran = kit(folder, name, "--json", *options)
    report: dict[str, Any] = ran.json
    assert ran.code == (0 if report["good"] else 1), ran.err
    counted = [report[status] for status in ("passed", "other_code", "failed", "unsupported", "not_run")]
    assert sum(counted) == report["vectors"] and report["failed"] == len(report["failures"])
    return report


def reasons(report: dict[str, Any]) -> Counter[str]:
    return Counter(failure["reason"] for failure in report["failures"])


def names(vectors: list[Vector]) -> list[str]:
    return [vector.name for vector in vectors]


def failed_names(report: dict[str, Any]) -> list[str]:
    return [f"{failure['file'].removesuffix('.json')}:{failure['name']}" for failure in report["failures"]]


# --- what is answered wrongly ---------------------------------------------------------------------------------------------


def test_the_same_answers_unchanged_pass(tmp_path: Path) -> None:
    report = found(tmp_path, "honest", "--codes")
    assert report["good"] and report["passed"] == len(ALL) and report["notes"] == []


def test_who_accepts_everything_fails_at_everything_that_must_be_refused(tmp_path: Path) -> None:
    report = found(tmp_path, "accepts_everything")
    assert [one for one in failed_names(report) if one in names(REFUSED)] == names(REFUSED)
    assert reasons(report)["accepted"] == len(REFUSED)
    # What says nothing of itself passes: cbor alone.
    assert reasons(report)["other_answer"] == len(ACCEPTED) - sum(vector.layer == "cbor" for vector in ACCEPTED)


def test_who_refuses_everything_fails_at_everything_that_must_be_accepted(tmp_path: Path) -> None:
    report = found(tmp_path, "refuses_everything")
    assert failed_names(report) == names(ACCEPTED) and reasons(report) == {"refused": len(ACCEPTED)}
    assert report["other_code"] == len(REFUSED) and report["passed"] == 0


def test_other_codes_pass_as_such_and_fail_where_codes_are_compared(tmp_path: Path) -> None:
    report = found(tmp_path, "refuses_rightly_without_codes")
    with_checks = [vector for vector in ACCEPTED if "checks" in vector.stated]
    assert report["good"] and report["other_code"] == len(REFUSED) + len(with_checks)
    strict = found(tmp_path, "refuses_rightly_without_codes", "--codes")
    assert not strict["good"] and strict["other_code"] == 0
    assert reasons(strict) == {"other_code": len(REFUSED) + len(with_checks)}


@pytest.mark.parametrize(
    ("name", "code"), [("accepts_trailing_bytes", "cbor_trailing_bytes"), ("ignores_expiry", "expired")], ids=str
)
def test_one_missing_check_fails_at_its_vectors_alone(tmp_path: Path, name: str, code: str) -> None:
    report = found(tmp_path, name, "--codes")
    wanted = [vector.name for vector in ALL if vector.members["expect"] == code]
    assert wanted and failed_names(report) == wanted and reasons(report) == {"accepted": len(wanted)}
    assert all((failure["expected"], failure["got"]) == (code, "accepted") for failure in report["failures"])


def test_who_reads_another_number_of_packages_is_told_where(tmp_path: Path) -> None:
    report = found(tmp_path, "says_another_number_of_packages")
    assert failed_names(report) == [vector.name for vector in ACCEPTED if vector.layer == "prescription"]
    assert {failure["got"] for failure in report["failures"]} == {"claims.content.items[0].packages = 99"}
    assert report["failures"][0]["expected"].startswith("claims.content.items[0].packages = ")


def test_true_is_not_one(tmp_path: Path) -> None:
    report = found(tmp_path, "says_true_for_one", "--layer", "prescription")
    assert report["failed"] and {failure["got"] for failure in report["failures"]} == {
        "claims.content.items[0].packages = true"
    }


def test_what_is_not_said_is_missed(tmp_path: Path) -> None:
    report = found(tmp_path, "leaves_out_the_thumbprint")
    assert failed_names(report) == [vector.name for vector in ACCEPTED if vector.layer == "key"]
    assert {failure["got"] for failure in report["failures"]} == {"no thumbprint"}


def test_an_unsupported_layer_is_counted_and_did_not_pass(tmp_path: Path) -> None:
    report = found(tmp_path, "knows_no_prescriptions", "--codes")
    prescriptions = sum(vector.layer == "prescription" for vector in ALL)
    assert not report["good"] and report["failed"] == 0 and report["unsupported"] == prescriptions
    assert report["layers"]["prescription"] | {"unsupported": 0} == dict.fromkeys(report["layers"]["prescription"], 0)
    assert found(tmp_path, "knows_no_prescriptions", "--layer", "qr", "--layer", "cbor")["good"]


# --- what goes wrong in the exchange ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason", "got"),
    [
        ("crashes_on_request_five", "crashed", "signal 11 Segmentation fault, nearly\x1b[31m"),
        ("hangs_on_request_five", "timed_out", ""),
        ("prints_garbage_on_request_five", "garbage", "Loading\ufffd\x00\x1b[31m <b>&"),
        ("answers_request_five_twice", "answered_twice", "accepted"),
    ],
)
def test_what_happens_at_the_fifth_vector_fails_the_fifth_alone(tmp_path: Path, name: str, reason: str, got: str) -> None:
    report = found(tmp_path, name, "--layer", "cbor", "--timeout", 1, "--codes")
    assert failed_names(report) == [CBOR[4].name] and report["passed"] == len(CBOR) - 1
    assert (report["failures"][0]["reason"], report["failures"][0]["got"]) == (reason, got)


def test_who_crashes_at_every_fifth_is_started_again_and_asked_the_rest(tmp_path: Path) -> None:
    report = found(tmp_path, "crashes_on_its_fifth", "--layer", "cbor")
    assert failed_names(report) == names(CBOR)[4::5] and reasons(report) == {"crashed": len(CBOR) // 5}


@pytest.mark.parametrize(
    ("name", "reason", "timeout_seconds"),
    [
        ("crashes_at_once", "crashed", 10),
        ("hangs", "timed_out", 0.5),
        ("starts_a_child_and_hangs", "timed_out", 0.5),
        ("prints_garbage_without_end", "line_too_long", 10),
    ],
)
def test_who_never_answers_is_given_up_after_three_starts(
    tmp_path: Path, name: str, reason: str, timeout_seconds: float
) -> None:
    report = found(tmp_path, name, "--layer", "cbor", "--timeout", timeout_seconds)
    assert reasons(report) == {reason: 3, "given_up": len(CBOR) - 3}
    time.sleep(0.2)
    assert not running(str(tmp_path)), "what it started is ended too"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("prints_only_garbage", "garbage"),
        ("answers_with_a_bad_shape", "garbage"),
        ("answers_not_a_number", "garbage"),
        ("answers_with_a_deep_value", "garbage"),
        ("answers_with_other_numbers", "unknown_number"),
    ],
)
def test_what_is_no_answer_fails_each_vector_at_once(tmp_path: Path, name: str, reason: str) -> None:
    report = found(tmp_path, name, "--layer", "cbor")
    assert reasons(report) == {reason: len(CBOR)}


def test_a_second_answer_after_the_last_request_is_seen(tmp_path: Path) -> None:
    report = found(tmp_path, "answers_the_last_twice", "--layer", "cbor")
    assert failed_names(report) == [CBOR[-1].name] and reasons(report) == {"answered_twice": 1}


def test_who_floods_is_stopped(tmp_path: Path) -> None:
    report = found(tmp_path, "prints_lines_without_end", "--layer", "cbor", "--timeout", 1, "--total-timeout", 3)
    assert not report["good"] and reasons(report)["answered_twice"] and reasons(report)["out_of_time"]


@pytest.mark.parametrize(
    ("name", "reason"), [("closes_its_input_after_five", "closed_input"), ("closes_its_output_after_five", "closed_output")]
)
def test_a_closed_pipe_is_named_and_the_rest_is_asked_of_another(tmp_path: Path, name: str, reason: str) -> None:
    report = found(tmp_path, name, "--layer", "cbor", "--name", "tag", "--timeout", 0.7)
    assert report["vectors"] == 11
    assert report["passed"] == 10 and reasons(report) == {reason: 1}


def test_any_order_will_do(tmp_path: Path) -> None:
    asked = found(tmp_path, "answers_backwards_in_sixteens", "--layer", "cose", "--timeout", 1)
    # It waits for sixteen, so that it is silent about what is left after the last sixteen.
    assert asked["passed"] == asked["vectors"] // 16 * 16 and reasons(asked).keys() == {"timed_out", "given_up"}


def test_a_full_pipe_stops_nobody(tmp_path: Path) -> None:
    assert found(tmp_path, "writes_megabytes_to_standard_error", "--layer", "cbor")["good"]


def test_who_does_not_end_is_ended_and_who_ends_badly_is_noted(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert found(tmp_path, "never_ends", "--layer", "cbor")["notes"] == [{"reason": "never_ended", "got": ""}]
    assert time.monotonic() - begun < 20
    ended = found(tmp_path, "ends_with_three", "--layer", "cbor")
    assert ended["good"] and ended["notes"] == [{"reason": "ended_badly", "got": "exit code 3"}]


def test_the_time_for_everything_ends(tmp_path: Path) -> None:
    report = found(tmp_path, "hangs", "--layer", "cbor", "--total-timeout", 1)
    assert reasons(report) == {"out_of_time": len(CBOR)}


def test_the_first_failure_can_be_the_last(tmp_path: Path) -> None:
    report = found(tmp_path, "refuses_everything", "--layer", "cbor", "--stop-at-first")
    assert (report["failed"], report["not_run"]) == (1, len(CBOR) - 1) and not report["good"]


def test_every_broken_implementation_is_in_a_test() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in LOOPS if f'"{name}"' not in source] == []
