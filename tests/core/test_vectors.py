"""Every vector under tests/vectors/ is judged as it says, and the files are what the committed generator makes.

Rules: a vector has at most one fault; the layer says which entry point judges it (tests/vectors/README.md). What is accepted
must say exactly what stands in the vector; what is refused must have exactly the code that it expects, and no other stop.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dpr.core import cbor, cose, documents, qr
from dpr.core.codes import CODES
from dpr.core.errors import DprError
from dpr.core.keys import decode_key
from dpr.core.policy import Policy
from dpr.core.prescription import PRESCRIPTION
from dpr.core.trust import Anchor, Trust
from dpr.core.trust_list import Environment
from dpr.core.verify import Accepted, Check, Outcome, verify
from tests.core.test_codes import codes_in

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "tests" / "vectors"
Vector = dict[str, Any]
Answer = tuple[str, dict[str, Any]]

FILES: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
ALL = [(file, vector) for file, content in FILES.items() for vector in content["vectors"]]


# --- what a site holds ------------------------------------------------------------------------------------------------


def anchor(written: dict[str, Any]) -> Anchor:
    return Anchor(
        authority=written["authority"],
        environment=Environment[written["environment"].upper()],
        threshold=written["threshold"],
        keys=tuple(key(one) for one in written["keys"]),
    )


def key(text: str) -> Any:
    return decode_key(cbor.decode(bytes.fromhex(text)))


@cache
def opened_trust(written: str) -> Trust:
    held = json.loads(written)
    return documents.open_trust(
        anchor(held["anchor"]),
        bytes.fromhex(held["trust_list"]),
        status_lists=[bytes.fromhex(one) for one in held["status_lists"]],
        credentials=[bytes.fromhex(one) for one in held["credentials"]],
    )


class Site:
    """A file's members, with what a vector says otherwise."""

    def __init__(self, file: str, vector: Vector) -> None:
        content = FILES[file]
        self.held = {**content.get("trust", {}), **vector.get("trust", {})}
        self.now = datetime.fromisoformat(vector.get("now", content.get("now", "2026-11-21T12:00:00Z")))
        written = {**content.get("policy", {}), **vector.get("policy", {})}
        self.policy = Policy(**written | {"environment": Environment[written.get("environment", "test").upper()]})

    @property
    def trust(self) -> Trust:
        return opened_trust(json.dumps(self.held))


# --- one judge for each layer -------------------------------------------------------------------------------------------


def judge_cbor(vector: Vector, _site: Site) -> Answer:
    data = bytes.fromhex(vector["input"])
    value = cbor.decode(data)
    assert cbor.encode(value) == cbor.encode_sorted(value) == data
    return "accepted", {}


def judge_key(vector: Vector, _site: Site) -> Answer:
    return "accepted", {"thumbprint": key(vector["input"]).thumbprint.hex()}


def judge_cose(vector: Vector, _site: Site) -> Answer:
    message, aad = bytes.fromhex(vector["input"]), bytes.fromhex(vector["external_aad"])
    opened = cose.verify1(message, key(vector["key"]), external_aad=aad)
    return "accepted", {"payload": opened.payload.hex()}


def judge_qr(vector: Vector, _site: Site) -> Answer:
    document = qr.from_text(vector["input"])
    assert qr.from_text(qr.to_text(document)) == document
    return "accepted", {"document": document.hex()}


def judge_trust_list(vector: Vector, site: Site) -> Answer:
    value = documents.open_trust_list(bytes.fromhex(vector["input"]), anchor(site.held["anchor"]))
    return "accepted", {"claims": documents.TRUST_LIST.claims.to_json(value)}


def judge_credential(vector: Vector, site: Site) -> Answer:
    signer = documents.open_credential(bytes.fromhex(vector["input"]), site.trust)
    return "accepted", {"claims": documents.CREDENTIAL_KIND.claims.to_json(signer.credential)}


def judge_document(kind: documents.Kind[Any]) -> Callable[[Vector, Site], Answer]:
    def judge(vector: Vector, site: Site) -> Answer:
        opened = documents.open(bytes.fromhex(vector["input"]), site.trust, expected_kind=kind)
        return "accepted", {"claims": kind.claims.to_json(opened.value)}

    return judge


def judge_prescription(vector: Vector, site: Site) -> Answer:
    verdict = verify(bytes.fromhex(vector["input"]), site.trust, site.now, policy=site.policy)
    stops = [check.code for check in verdict.checks if check.outcome is Outcome.STOP]
    if isinstance(verdict, Accepted):
        assert stops == []
        claims = PRESCRIPTION.to_json(verdict.prescription)
        return "accepted", {"claims": claims, "checks": [written(check) for check in verdict.checks]}
    assert stops == [verdict.code], "one fault, one stop"
    return verdict.code, {}


def written(check: Check) -> dict[str, Any]:
    found: dict[str, Any] = {"step": check.step, "code": check.code, "outcome": check.outcome.name.lower()}
    found |= {} if check.item is None else {"item": check.item}
    found |= {} if check.age_seconds is None else {"age_seconds": check.age_seconds}
    return found | ({"override": True} if check.override else {})


JUDGES: dict[str, Callable[[Vector, Site], Answer]] = {
    "cbor": judge_cbor,
    "key": judge_key,
    "cose": judge_cose,
    "qr": judge_qr,
    "trust_list": judge_trust_list,
    "credential": judge_credential,
    "status_list": judge_document(documents.STATUS_LIST),
    "dispensing": judge_document(documents.DISPENSING),
    "prescription": judge_prescription,
}
#: What an accepted vector of a layer must state, so that nothing is accepted for another thing than it says.
STATED = {
    "cbor": set(),
    "key": {"thumbprint"},
    "cose": {"payload"},
    "qr": {"document"},
    "prescription": {"claims", "checks"},
}


def judged(file: str, vector: Vector) -> Answer:
    try:
        return JUDGES[vector["layer"]](vector, Site(file, vector))
    except DprError as error:
        return error.code, {}


# --- tests --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "vector"), ALL, ids=[f"{file}:{vector['name']}" for file, vector in ALL])
def test_a_vector_is_judged_as_it_says(file: str, vector: Vector) -> None:
    code, said = judged(file, vector)
    assert code == vector["expect"], vector["comment"]
    if code == "accepted":
        assert said.keys() == STATED.get(vector["layer"], {"claims"})
        assert said == {name: vector[name] for name in said}


def test_there_are_enough_vectors_of_every_layer_and_names_stand_once_in_a_file() -> None:
    for layer in JUDGES:
        found = [vector["expect"] for _, vector in ALL if vector["layer"] == layer]
        assert found.count("accepted") >= 4 and len(found) - found.count("accepted") >= 20, layer
    for file, content in FILES.items():
        names = [vector["name"] for vector in content["vectors"]]
        assert len(set(names)) == len(names), file
        assert content["description"]


#: Codes of the modules below that no vector can have, each with its reason.
NOT_IN_VECTORS = {
    "cbor_too_large": "16 MiB",
    "document_too_large": "64 KiB",
    "products_unreadable": "a product file is no document",
    "internal_error": "a fault of ours, by definition without a vector",
    "authority_profession": "a credential without a prescriber's profession is refused when it is opened",
    "trust_list_missing": "without a trust list the chain is unknown before; a second lock on the same door",
    "protected_birth_date": "never alone: a birth date needs a name, and a protected identity must have none",
    "status_list_entry": "when writing",
    "substitution_reason": "when writing, and in JSON",
}
MODULES = (
    "errors cbor cose keys key_field fields text identifiers days prescription prescription_rules credential dispensing "
    "status trust trust_list documents verify authority qr"
)


def test_every_code_that_a_document_can_have_stands_in_a_vector() -> None:
    sources = [ROOT / "dpr" / "core" / f"{name}.py" for name in MODULES.split()]
    codes = set(codes_in([ast.parse(source.read_text("utf-8")) for source in sources]))
    # Step 13 needs a product file, which is no document.
    of_products = {code for code in codes if code.startswith("product_") and not code.startswith("product_code_")}
    shown = {vector["expect"] for _, vector in ALL}
    shown |= {check["code"] for _, vector in ALL for check in vector.get("checks", ())}
    assert codes - of_products - shown == NOT_IN_VECTORS.keys()
    assert shown - CODES.keys() == {"accepted"}


@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng writes other DEFLATE streams, as good as these")
def test_the_files_are_what_the_generator_makes() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_vectors.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
