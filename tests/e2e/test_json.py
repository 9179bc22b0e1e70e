"""`--json`: every command that reads answers with one JSON value whose keys are written down here, also when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.cli import run
from tests.e2e.stage import Stage, clean, done
from tests.world import EXAMPLES

CHECK = {"step", "code", "outcome", "age_seconds", "item", "override"}
ACCEPTED = {"verdict", "id", "digest", "prescription", "prescriber", "issuer", "checks"}
REPORTED = {"configured", "reachable", "done", "queue"}
GROUND = ("--decided-by", "Leila Haddad", "--reason", "NLL svarar inte", "--since", "2026-01-02")


def test_verify(stage: Stage) -> None:
    site = ("--site", stage.pharmacy)
    accepted = clean(run(*site, "verify", stage.rx("one"), "--json")).json
    assert accepted.keys() == ACCEPTED and accepted["verdict"] == "accepted"
    assert all(check.keys() == CHECK for check in accepted["checks"])
    refused = clean(run(*site, "verify", stage.rx("revoked"), "--json"))
    assert refused.code == 1 and refused.json.keys() == {"verdict", "code", "id", "checks"}
    assert (refused.json["verdict"], refused.json["code"]) == ("refused", "credential_revoked")


def test_scan(stage: Stage) -> None:
    scanned = clean(run("scan", stage.rx("one"), "--json")).json
    assert [one.keys() for one in scanned] == [{"document", "bytes"}]
    assert bytes.fromhex(scanned[0]["document"]) == stage.rx("one").read_bytes()
    assert run("scan", "--raw", "-", "--json", stdin=b"hello").json == ["hello"]


def test_receive_dispense_status_and_report(own: Stage) -> None:
    site = ("--site", own.pharmacy)
    received = done(*site, "receive", own.rx("three"), "--json").json
    assert received.keys() == ACCEPTED | {"may_be_dispensed", "register"}
    assert received["may_be_dispensed"] == [1, 2, 3] and received["register"].keys() == REPORTED
    dispensed = done(*site, "dispense", received["id"], "--item", 2, "--as", own.pharmacist, *GROUND, "--json").json
    assert dispensed.keys() == {"id", "record", "left", "register"} and dispensed["register"].keys() == REPORTED
    assert dispensed["record"]["ground"]["reason"] == "NLL svarar inte"
    status = done(*site, "status", "--json").json
    assert [one.keys() for one in status] == [{"id", "received", "path", "items"}]
    item = status[0]["items"][1]
    assert item.keys() == {"item", "dispensings", "dispensed", "next", "earliest", "register"}
    assert [row.keys() for row in item["register"]] == [{"number", "state", "register_id", "words"}] * 2
    report = done(*site, "report", "--json").json
    assert report == {"configured": False, "reachable": False, "done": [], "queue": {"queued": 4}}


def test_prescribe_and_credential(own: Stage) -> None:
    draft = EXAMPLES / "prescriptions" / "one-item.json"
    people = ("--key", own.person("prescriber", "pem"), "--credential", own.person("prescriber", "cbor"))
    out = own.folder / "new.cbor"
    signed = done("--site", own.clinic, "prescribe", draft, *people, "--out", out, "--json").json
    assert signed.keys() == ACCEPTED | {"file", "bytes", "qr_text", "qr_texts"} and signed["qr_text"].startswith("DPR1")
    assert signed["qr_texts"] == [signed["qr_text"]]
    request, holder = own.person("prescriber", "pem.request"), own.person("prescriber", "json")
    words = ("issuer", "credential", own.folder / "region", request, "--holder", holder, "--out", out, "--json")
    assert done(*words).json.keys() == {"id", "status_index", "file"}


def test_products_and_trust(own: Stage) -> None:
    site = ("--site", own.pharmacy)
    found = done(*site, "products", "find", "alvedon", "--json").json
    fields = {"npl_pack_id", "npl_id", "varunummer", "atc", "name", "form", "strength", "pack", "control_class"}
    assert found and all(one.keys() == fields for one in found)
    about = done(*site, "products", "about", "--json").json
    assert about.keys() == {"source", "sha256", "mapping", "imported_at", "rows", "unknown_control_class"}
    imported = done(*site, "products", "import", EXAMPLES / "products.csv", "--json").json
    assert imported["about"].keys() == about.keys() and imported["rows"] == 83
    trust = done(*site, "trust", "status", "--json").json
    parts = {
        "error",
        "error_detail",
        "now",
        "clock",
        "root",
        "trust_list",
        "snapshot",
        "address_book",
        "classes",
        "issuers",
        "pharmacies",
    }
    assert trust.keys() == parts | {"status_lists", "revocations", "behind", "own", "files_left_out"}
    assert {one["class"] for one in trust["classes"]} == {
        "none",
        "other_special",
        *(f"narcotic_{n}" for n in ("ii", "iii", "iv", "v")),
    }
    assert all(one.keys() == {"class", "permission", "codes", "next", "issuers", "next_issuers"} for one in trust["classes"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["verify", "missing", "--json"], {"error": "file_missing", "detail": "missing", "problems": []}),
        (["verify", "-", "--json"], {"error": "qr_empty", "detail": "", "problems": []}),
        (["status", "abc", "--json"], {"error": "prescription_id_unknown"}),
    ],
)
def test_a_failure_is_one_json_value_too(own: Stage, words: list[str], expected: dict[str, Any]) -> None:
    ran = clean(run("--site", own.pharmacy, *words))
    assert ran.code in (1, 2) and ran.json.keys() == {"error", "detail", "problems"}
    assert expected.items() <= ran.json.items()


def test_every_problem_of_a_draft_is_in_the_json(own: Stage) -> None:
    people = ("--key", own.person("prescriber", "pem"), "--credential", own.person("prescriber", "cbor"))
    out = own.folder / "new.cbor"
    ran = clean(run("--site", own.clinic, "prescribe", "-", *people, "--out", out, "--json", stdin=b'{"kind": "x"}'))
    assert ran.code == 1 and ran.json["error"] == "prescription_invalid" and not out.exists()
    assert {"$.kind", "$.items"} <= {one["path"] for one in ran.json["problems"]}
    assert all(one.keys() == {"path", "code", "wrong", "expected"} for one in ran.json["problems"])
