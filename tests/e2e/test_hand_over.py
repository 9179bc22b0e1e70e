"""`dpr dispense` as a pharmacist types it: what was handed over, every fault of what was typed at once, and a hand-over that
stands whatever happens after it."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest

from dpr.adapters.clock import system_clock
from dpr.apps import reporting
from dpr.core import days
from dpr.core.errors import StorageError
from tests.e2e.cli import Ran, run
from tests.e2e.register import RegisterProcess
from tests.e2e.stage import DRAFTS, Stage, clean, done, prescription

GROUND = ("--decided-by", "Leila Haddad", "--reason", "NLL svarar inte", "--since", "2026-01-02")


def dispense(own: Stage, id: str, *more: object) -> Ran:
    return clean(run("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, *GROUND, *more))


def made(own: Stage) -> list[int]:
    status = done("--site", own.pharmacy, "status", "--json").json
    return [item["dispensed"] for one in status for item in one["items"]]


def test_a_hand_over_stands_when_the_report_after_it_fails(own: Stage) -> None:
    id = own.receive("one")
    for json in ([], ["--json"]):
        before_and_after = [reporting.Reported(False, False, (), {}), StorageError("ledger_locked")]
        with mock.patch.object(reporting, "report_now", side_effect=before_and_after):
            ran = dispense(own, id, *json)
        if not json:
            assert ran.code == 0 and "UTLÄMNAT" in ran.out and "[ledger_locked]" in ran.out and "dpr report" in ran.out
            assert made(own) == [1]
            own.prescribe(prescription(20, dispensings=1, interval_days=None), own.rx("another"))
            id = own.receive("another")
    assert ran.code == 0 and ran.json["register"] == {"error": "ledger_locked"} and made(own) == [1, 1]


def test_another_pack_is_named_by_the_product_file_and_needs_a_reason(own: Stage) -> None:
    id = own.receive("one")
    other = ("--npl-pack-id", "20900115100024")
    refused = dispense(own, id, *other)
    assert refused.code == 1 and "[substitution_reason_missing]" in refused.err and "--substitution-reason" in refused.err
    record = dispense(own, id, *other, "--substitution-reason", "slut i lager", "--json").json["record"]
    assert record["product_text"] == "Alvedon Filmdragerad tablett 500 mg Burk, 100 tabletter"
    assert (record["npl_pack_id"], record["substitution_reason"]) == ("20900115100024", "slut i lager")


def test_a_product_that_the_file_does_not_know_is_named_by_the_pharmacist(own: Stage) -> None:
    id = own.receive("one")
    other = ("--varunummer", "999999", "--substitution-reason", "slut i lager")
    refused = dispense(own, id, *other)
    assert refused.code == 1 and "--product-text" in refused.err
    record = dispense(own, id, *other, "--product-text", "Alvedon 500 mg 10 st", "--json").json["record"]
    assert (record["varunummer"], record["product_text"]) == ("999999", "Alvedon 500 mg 10 st")


def test_a_refused_substitution_is_not_dispensed(own: Stage) -> None:
    allowed = {"allowed": False, "reason": "överkänslig"}
    own.prescribe(prescription(0, dispensings=1, interval_days=None, substitution=allowed), own.rx("refused"))
    id = own.receive("refused")
    ran = dispense(own, id, "--npl-pack-id", "20900115100024", "--substitution-reason", "slut")
    assert ran.code == 1 and "[substitution_not_allowed]" in ran.err and made(own) == [0]


def test_every_fault_of_what_was_typed_is_named_at_once(own: Stage) -> None:
    id = own.receive("one")
    wrong = {
        "--collector": "mamma",
        "--identity-check": "no",
        "--basis": "gratis",
        "--batch": "",
        "--serial": "a\nb",
        "--npl-pack-id": "123",
        "--varunummer": "abc",
        "--product-text": "x" * 300,
        "--substitution-reason": "x" * 200,
        "--decided-by": " x",
        "--reason": "a\u202eb",
        "--since": "1999-01-01",
        "--override": "x",
    }
    ran = dispense(own, id, *[word for pair in wrong.items() for word in pair])
    assert ran.code == 2 and "[order_invalid]" in ran.err
    assert [option for option in wrong if f"\n  {option}: " not in ran.err] == ["--decided-by", "--reason"]
    del wrong["--since"]  # without which the ground is not read any further
    ran = dispense(own, id, *[word for pair in wrong.items() for word in pair])
    assert [option for option in wrong if f"\n  {option}: " not in ran.err] == [] and made(own) == [0]


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"])
def test_the_beginning_of_a_disturbance_is_read_in_swedish_time(own: Stage, written: str) -> None:
    id = own.receive("one")
    at = system_clock().astimezone(days.STOCKHOLM) - timedelta(days=1)
    record = dispense(own, id, "--since", at.strftime(written), "--json").json["record"]
    since = days.at(record["ground"]["since"]).astimezone(days.STOCKHOLM)
    assert since.strftime(written) == at.strftime(written)


def test_a_disturbance_that_begins_later_is_no_ground(own: Stage) -> None:
    id = own.receive("one")
    later = (system_clock().astimezone(days.STOCKHOLM) + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M")
    for since in (later, "9999-12-31", "0001-01-01"):
        ran = dispense(own, id, "--since", since)
        assert ran.code == 2 and "--since: " in ran.err
    partly = clean(run("--site", own.pharmacy, "dispense", id, "--as", own.pharmacist, "--reason", "NLL"))
    assert partly.code == 2 and "--decided-by, --reason and --since together" in partly.err and made(own) == [0]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "unknown"), ("abc", "unknown"), ("zzzz", "unknown"), ("ÅÄÖÅ", "unknown"), ("%", "unknown"), ("f" * 99, "unknown")],
)
def test_an_id_that_names_nothing_says_where_to_look(own: Stage, typed: str, code: str) -> None:
    own.receive("one")
    for words in (["dispense", typed, "--as", own.pharmacist], ["status", typed], ["retry", typed]):
        ran = clean(run("--site", own.pharmacy, *words))
        assert ran.code == 2 and f"[prescription_id_{code}]" in ran.err and f"dpr --site {own.pharmacy} status" in ran.err


def test_an_id_may_be_cut_short_and_written_in_capitals(own: Stage) -> None:
    id = own.receive("one")
    assert dispense(own, f"  {id[:6].upper()} ").code == 0


@pytest.mark.parametrize("item", [0, -1, 2, 10**30])
def test_an_item_that_is_not_there_is_named(own: Stage, item: int) -> None:
    id = own.receive("one")
    ran = dispense(own, id, "--item", item)
    assert ran.code == 1 and "[item_unknown]" in ran.err and "receptet har 1 rader" in ran.err


def test_offline_dispensing_is_off_until_the_policy_says_otherwise(own: Stage) -> None:
    id = own.receive("one")
    policy = own.pharmacy / "policy.toml"
    policy.write_text(policy.read_text().replace("offline_dispensing = true\n", ""))
    ran = dispense(own, id)
    assert ran.code == 1 and "[offline_dispensing_off]" in ran.err and made(own) == [0]


# --- what a pharmacist does about a parked row ------------------------------------------------------------------------------


def parked(own: Stage, register: RegisterProcess) -> str:
    """A prescription that the register takes for the twin of an earlier one: same product, prescriber and day."""
    own.policy(register_url=register.url, register_timeout_seconds=1, register_settle_seconds=0)
    own.receive("one")
    own.prescribe(DRAFTS["one"], own.rx("again"))
    id = own.receive("again")
    status = done("--site", own.pharmacy, "status", id)
    assert "väntar på farmaceut" in status.out and "[twin_in_register]" in status.out
    return id


def test_what_only_looks_like_a_twin_is_registered_when_a_pharmacist_says_so(own: Stage, register: RegisterProcess) -> None:
    id, site = parked(own, register), ("--site", own.pharmacy)
    done(*site, "retry", id)
    done(*site, "report")
    assert "[twin_in_register]" in done(*site, "status", id).out, "without a word of the pharmacist it is the same again"
    assert "dpr report" in done(*site, "retry", id, "--not-a-twin").out
    done(*site, "report")
    assert len(register.tokens("MedicationRequest")) == 2
    assert done(*site, "dispense", id, "--as", own.pharmacist).code == 0
    assert done(*site, "report", "--json").json["queue"] == {"registered": 3}


def test_a_twin_that_is_the_same_is_adopted_and_nothing_is_sent_for_it(own: Stage, register: RegisterProcess) -> None:
    id, site = parked(own, register), ("--site", own.pharmacy)
    theirs = register.resources()[0]["id"]
    assert clean(run(*site, "adopt", id, "--register-id", "a b")).code == 2
    assert "registrerat" in done(*site, "adopt", id, "--register-id", theirs).out
    assert done(*site, "dispense", id, "--as", own.pharmacist).code == 0
    done(*site, "report")
    assert len(register.tokens("MedicationRequest")) == 1
    dispensed = [one for one in register.resources() if one["resourceType"] == "MedicationDispense"]
    assert [one["authorizingPrescription"][0]["reference"] for one in dispensed] == [f"MedicationRequest/{theirs}"]


@pytest.mark.parametrize("words", [["retry"], ["adopt", "--register-id", "1"]])
def test_a_row_that_waits_for_nobody_is_left_alone(own: Stage, words: list[str]) -> None:
    id = own.receive("one")
    for more in ([], ["--item", "2"], ["--number", "1"]):
        ran = clean(run("--site", own.pharmacy, words[0], id, *words[1:], *more))
        assert ran.code == 2 and "[row_not_parked]" in ran.err
