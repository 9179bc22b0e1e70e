"""The whole story as a clinic and a pharmacy live it: each step a command, in both languages, with a real register."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from dpr.core import qr
from tests.e2e.cli import process, run
from tests.e2e.register import RegisterProcess, settled
from tests.e2e.stage import DRAFTS, Stage, clean, done

GROUND = ("--decided-by", "Leila Haddad", "--reason", "NLL svarar inte", "--since", "2026-01-02 10:00")


def test_a_prescription_goes_from_the_clinic_to_the_register_each_step_a_process(
    own: Stage, register: RegisterProcess, tmp_path: Path
) -> None:
    own.policy(register_url=register.url)
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps(DRAFTS["repeats"]), "utf-8")
    rx, pdf, png, svg = (tmp_path / f"rx.{suffix}" for suffix in ("cbor", "pdf", "png", "svg"))
    pharmacy = ("--site", own.pharmacy)

    key, credential = own.person("prescriber", "pem"), own.person("prescriber", "cbor")
    words = ("prescribe", draft, "--key", key, "--credential", credential, "--out", rx)
    signed = clean(process("--site", own.clinic, *words))
    assert signed.code == 0 and "Signerat" in signed.out and str(rx) in signed.out

    printed = clean(process("--site", own.clinic, "print", rx, "--pdf", pdf, "--png", png, "--svg", svg))
    assert printed.code == 0 and [str(path) in printed.out for path in (pdf, png, svg)] == [True] * 3
    assert pdf.read_bytes()[:5] == b"%PDF-" and png.read_bytes()[1:4] == b"PNG" and "<svg" in svg.read_text()

    verified = clean(process(*pharmacy, "verify", png))
    assert verified.code == 0 and "GODTAS: äkta" in verified.out and "Tolvan Tolvansson" in verified.out
    received = clean(process(*pharmacy, "receive", pdf))
    assert received.code == 0 and "1 registrerade" in received.out
    id = process(*pharmacy, "status", "--json").json[0]["id"]
    assert f"dpr dispense {id[:12]} --item 1" in received.out, "the next command is said"

    dispensed = clean(process(*pharmacy, "dispense", id[:8], "--as", own.pharmacist))
    assert dispensed.code == 0 and "UTLÄMNAT: Ipren" in dispensed.out and "uttag 1 av 3, kvar: 2" in dispensed.out
    assert "2 registrerade" in dispensed.out
    too_early = clean(process(*pharmacy, "dispense", id, "--as", own.pharmacist))
    assert too_early.code == 1 and "[interval_not_passed]" in too_early.err and "från och med 20" in too_early.err
    status = clean(process(*pharmacy, "status", id[:8]))
    assert status.code == 0 and "1 av 3 uttag gjorda" in status.out and "uttag 1 registrerat" in status.out
    assert len(register.tokens("MedicationRequest")) == len(register.tokens("MedicationDispense")) == 1
    assert not [secret for secret in ("191212121212", "Tolvan") if secret in register.log]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_an_outage_in_between_offline_under_a_ground_and_reported_afterwards(
    own: Stage, register: RegisterProcess, language: str
) -> None:
    swedish = language == "sv"
    own.policy(register_url=register.url, register_timeout_seconds=1, register_settle_seconds=0)
    site = ("--lang", language, "--site", own.pharmacy)
    register.behave(fault="down")
    received = done(*site, "receive", own.rx("one"))
    assert ("Registret svarar inte; kön sparas. 1 väntar" if swedish else "The register does not answer") in received.out
    id = run(*site, "status", "--json").json[0]["id"]

    asked = clean(run(*site, "dispense", id, "--as", own.pharmacist))
    assert asked.code == 1 and "[ground_missing]" in asked.err and "--decided-by" in asked.err
    dispensed = done(*site, "dispense", id, "--as", own.pharmacist, *GROUND)
    assert ("UTLÄMNAT" if swedish else "DISPENSED") in dispensed.out
    assert ("2 väntar" if swedish else "2 waiting") in dispensed.out
    assert not register.resources()

    register.behave(fault="drop_reply", times=1, method="POST")
    assert settled(lambda: clean(run(*site, "report", "--json"))) == {"registered": 2}
    assert len(register.tokens("MedicationRequest")) == len(register.tokens("MedicationDispense")) == 1
    again = done(*site, "receive", own.rx("one"))
    nothing_left = "INGET KAN LÄMNAS UT NU" if swedish else "NOTHING MAY BE DISPENSED NOW"
    assert nothing_left in again.out and "[dispensings_used_up]" in again.out and "[seen_before]" in again.out


def test_the_register_comes_first_where_it_answers_but_cannot_take_the_prescription(
    own: Stage, register: RegisterProcess
) -> None:
    own.policy(register_url=register.url, register_timeout_seconds=1)
    register.behave(fault="error", status=422, method="POST")
    id = own.receive("one")
    site = ("--site", own.pharmacy)
    parked = done(*site, "status", id)
    assert "väntar på farmaceut" in parked.out
    refused = clean(run(*site, "dispense", id, "--as", own.pharmacist, *GROUND))
    assert refused.code == 1 and "[registration_needs_pharmacist]" in refused.err and "dpr retry" in refused.err
    register.behave(fault="none")
    assert "✓ väntar" in done(*site, "retry", id).out
    assert "registret tog emot" in done(*site, "report").out
    assert done(*site, "dispense", id, "--as", own.pharmacist).code == 0


@pytest.mark.parametrize(
    "fault", [{"status": 401}, {"status": 500, "method": "POST"}, {"status": 500, "type": "Patient"}], ids=str
)
def test_a_register_that_answers_but_does_nothing_keeps_no_medicine_from_the_patient(
    own: Stage, register: RegisterProcess, fault: dict[str, object]
) -> None:
    own.policy(register_url=register.url, register_timeout_seconds=1, register_settle_seconds=0)
    register.behave(fault="error", **fault)
    site = ("--site", own.pharmacy)
    id = done(*site, "receive", own.rx("one"), "--json").json["id"]
    asked = clean(run(*site, "dispense", id, "--as", own.pharmacist))
    assert asked.code == 1 and "[ground_missing]" in asked.err, "an outage like any other: a ground, and its record"
    assert done(*site, "dispense", id, "--as", own.pharmacist, *GROUND).code == 0
    register.behave(fault="none")
    assert settled(lambda: clean(run(*site, "report", "--json")), within_seconds=30) == {"registered": 2}
    assert len(register.tokens("MedicationRequest")) == len(register.tokens("MedicationDispense")) == 1


@pytest.mark.parametrize(
    "form", ["png", "jpeg", "pdf", "cbor", "text", "utf-16 text", "stdin text", "stdin bytes", "stdin png"]
)
def test_every_form_of_a_prescription_is_accepted(stage: Stage, tmp_path: Path, form: str) -> None:
    document = stage.rx("repeats")
    text = qr.to_text(document.read_bytes())
    kind = form.rpartition(" ")[2] if form != "stdin bytes" else "cbor"
    file = tmp_path / f"rx.{kind}"
    if kind in ("png", "jpeg", "pdf"):
        option = "--pdf" if kind == "pdf" else "--png"
        done("--site", stage.clinic, "print", document, option, file)
    if kind == "jpeg":
        Image.open(file).convert("L").save(file, "JPEG", quality=40)
    elif kind == "cbor":
        file.write_bytes(document.read_bytes())
    elif kind == "text":
        file.write_text(text, "utf-16" if form == "utf-16 text" else "utf-8")
    source, stdin = ("-", file.read_bytes()) if form.startswith("stdin") else (file, b"")
    ran = clean(run("--site", stage.pharmacy, "verify", source, "--json", stdin=stdin))
    assert (ran.code, ran.json["verdict"]) == (0, "accepted"), ran


@pytest.mark.parametrize(
    ("what", "code", "named"),
    [
        ("one", 0, "GODTAS: äkta"),
        ("revoked", 1, "[credential_revoked]"),
        ("elsewhere", 1, "[audience_other]"),
        ("missing", 2, "[file_missing]"),
    ],
)
def test_exit_codes_say_accepted_refused_or_misuse(stage: Stage, what: str, code: int, named: str) -> None:
    ran = clean(run("--site", stage.pharmacy, "verify", stage.rx(what)))
    assert ran.code == code and named in ran.out + ran.err


@pytest.mark.parametrize("who", ["option", "option with =", "environment", "nobody"])
def test_the_language_is_chosen_by_option_or_environment(stage: Stage, who: str) -> None:
    options = {"option": ["--lang", "en"], "option with =": ["--lang=en"]}.get(who, [])
    words = (*options, "--site", stage.pharmacy, "verify", "missing")
    ran = process(*words, DPR_LANG="en") if who == "environment" else run(*words)
    assert ("The file does not exist." in ran.err) is (who != "nobody")
    assert ("Filen finns inte." in ran.err) is (who == "nobody")
