"""tests/vectors/dispensing.json: records of dispensings, signed by a pharmacy and naming a pharmacist."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from dpr.core import documents
from dpr.core.dispensing import (
    DISPENSING_RECORD,
    ChargeBasis,
    Checked,
    Collector,
    Dispensing,
    DispensingRecord,
    IdentityCheck,
    Outcome,
    dispensing_id,
)
from tests.world import NOW, PHARMACY, signer
from vectors.making import Change, Vector, W, changed, credential, file, hexed, prescription, sign, vector

LAYER = "dispensing"
ED_PHARMACY = signer("pharmacy with ed25519", "EdDSA")
DOCUMENT = prescription()
PRESCRIPTION_ID = W.prescription().id
VALUE = DispensingRecord(
    id=dispensing_id(PRESCRIPTION_ID, gln="7350000000009", item=1, number=2),
    recorded_at=NOW,
    content=Dispensing(
        prescription_id=PRESCRIPTION_ID,
        prescription_digest=hashlib.sha256(DOCUMENT).digest(),
        item=1,
        number=2,
        of=3,
        npl_pack_id="20040131100274",
        product_text="Enalapril Test, tablett, 20 mg, blister, 98 tabletter",
        packages=1,
        handed_over_at=NOW - 30,
        pharmacist=W.pharmacist_credential(),
        collector=Collector.PATIENT,
        identity_check=IdentityCheck.ID_CARD,
        checks=(Checked(step=1, code="signature_ok", outcome=Outcome.PASS, age_seconds=3600),),
    ),
)
CLAIMS = DISPENSING_RECORD.to_cbor(VALUE)
_C = "content"


def dispensing(*changes: Change, **options: Any) -> bytes:
    """A record with `changes`, by the pharmacy with its credential in it unless `options` say otherwise."""
    options = {"key": W.pharmacy, "kcwt": W.pharmacy_credential(), **options}
    return sign(documents.DISPENSING.typ, changed(DISPENSING_RECORD, CLAIMS, changes), options.pop("key"), **options)


def _good(name: str, document: bytes, comment: str = "", **more: Any) -> Vector:
    value = documents.read_claims(documents.DISPENSING, documents.split(document)[1])
    return vector(name, LAYER, document, comment=comment, claims=DISPENSING_RECORD.to_json(value), **more)


def _accepted() -> Iterator[Vector]:
    yield _good("smallest", dispensing())
    held = {"trust": hexed({"credentials": [W.pharmacy_credential()]})}
    yield _good("kid-only", dispensing(kcwt=None), "the pharmacy's credential is held already", **held)
    ed = credential(PHARMACY, key=ED_PHARMACY)
    yield _good("ed25519-pharmacy", dispensing(key=ED_PHARMACY, kcwt=ed))
    by_varunummer = ((f"{_C}.npl_pack_id", ...), (f"{_C}.varunummer", 12345))
    yield _good("by-varunummer", dispensing(*by_varunummer), "012345: the leading zero comes back")
    everything = {
        "batch": "B2409-7",
        "serial": "00012345678901",
        "substitution_reason": "Slut hos leverantören",
        "charge": {0: 5000, 1: int(ChargeBasis.FLAT)},
        "ground": {0: "Beredskapsansvarig, Apotekskedjan Test", 1: "NLL nås inte", 2: NOW - 7200},
        "collector": int(Collector.REPRESENTATIVE),
        "identity_check": int(IdentityCheck.CERTIFIED_BY_OTHER),
        "checks.1": {0: 2, 1: "status_red", 2: int(Outcome.WARN), 3: 700_000},
        "overrides": [{0: "status_red", 1: "Förskrivaren nåddes på telefon"}],
    }
    yield _good("offline-with-everything", dispensing(*((f"{_C}.{name}", value) for name, value in everything.items())))


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("number-beyond", ((f"{_C}.number", 4),), "dispensing_number", "the fourth of three"),
    ("two-products", ((f"{_C}.varunummer", 12345),), "dispensing_product", "one record, one product"),
    ("item-zero", ((f"{_C}.item", 0),), "number_out_of_range", "1 is the first"),
    ("number-zero", ((f"{_C}.number", 0),), "number_out_of_range", ""),
    ("packages-zero", ((f"{_C}.packages", 0),), "number_out_of_range", ""),
    ("charge-negative", ((f"{_C}.charge", {0: -1, 1: 0}),), "number_out_of_range", ""),
    ("step-beyond", ((f"{_C}.checks.0.step", 14),), "number_out_of_range", ""),
    ("age-negative", ((f"{_C}.checks.0.age_seconds", -1),), "number_out_of_range", "checked against the future"),
    ("no-checks", ((f"{_C}.checks", []),), "list_length", "dispensed without a verdict"),
    ("no-overrides-written", ((f"{_C}.overrides", []),), "list_length", "what is empty is left out"),
    ("digest-short", ((f"{_C}.prescription_digest", bytes(31)),), "field_length", ""),
    ("prescription-id-short", ((f"{_C}.prescription_id", bytes(15)),), "field_length", ""),
    ("pharmacist-missing", ((f"{_C}.pharmacist", ...),), "field_missing", "every dispensing names a pharmacist"),
    ("pharmacist-by-name", ((f"{_C}.pharmacist", "Leila Haddad"),), "field_type", "the credential, not a name"),
    ("handed-over-missing", ((f"{_C}.handed_over_at", ...),), "field_missing", "the real time of hand-over"),
    ("product-text-missing", ((f"{_C}.product_text", ...),), "field_missing", ""),
    ("collector-unknown", ((f"{_C}.collector", 4),), "field_value_unknown", ""),
    ("outcome-unknown", ((f"{_C}.checks.0.outcome", 3),), "field_value_unknown", ""),
    ("npl-pack-id-long", ((f"{_C}.npl_pack_id", 10**14),), "npl_pack_id_form", "15 digits"),
    ("varunummer-long", ((f"{_C}.npl_pack_id", ...), (f"{_C}.varunummer", 10**6)), "varunummer_form", "7 digits"),
    ("batch-empty", ((f"{_C}.batch", ""),), "text_empty", ""),
    ("reason-of-ground-missing", ((f"{_C}.ground", {0: "A", 2: NOW}),), "field_missing", "who, why and since when"),
    ("check-with-more", ((f"{_C}.checks.0.999", "x"),), "field_unknown", ""),
    ("field-unknown", ((f"{_C}.20", "x"),), "field_unknown", ""),
    ("claim-unknown", (("2", "191212121212"),), "field_unknown", "no patient in a record of dispensing"),
    ("id-missing", (("id", ...),), "field_missing", ""),
)


def _chain() -> Iterator[Vector]:
    pharmacist = {"key": W.pharmacist, "kcwt": W.pharmacist_credential()}
    prescriber = {"key": W.prescriber, "kcwt": W.credential()}
    for name, document, expect, comment in (
        ("by-a-pharmacist", dispensing(**pharmacist), "chain_role", "a pharmacy signs, and names the pharmacist"),
        ("by-a-prescriber", dispensing(**prescriber), "chain_role", ""),
        ("credential-not-held", dispensing(kcwt=None), "chain_credential_unknown", "only a hint, and nothing held"),
        ("by-another-pharmacy", dispensing(key=W.pharmacist), "signature_invalid", "the credential of one, the key of another"),
        ("a-prescription", DOCUMENT, "document_kind", "a prescription, where a dispensing was asked for"),
    ):
        yield vector(name, LAYER, document, expect, comment)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, dispensing(*changes), expect, comment) for name, changes, expect, comment in _CLAIMS)
    return file("Records of dispensings, judged with the trust of `trust`.", [*_accepted(), *_chain(), *claims])
