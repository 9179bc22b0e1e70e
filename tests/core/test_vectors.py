"""Every vector under tests/vectors/ is judged as it says, and the files are what the committed generator makes.

Rules: a vector has at most one fault; the layer says which entry point judges it (dpr.apps.conformance.judges). What is
accepted must say exactly what stands in the vector; what is refused must have exactly the code that it expects, and no other
stop.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dpr.apps.conformance.judges import JUDGES, STATED, judged
from dpr.apps.conformance.vectors import Vector, folder, load
from dpr.core import cbor, qr
from dpr.core.codes import CODES
from dpr.core.fields import Array, Record, Wrapped
from dpr.core.kinds import KINDS
from tests.core.test_codes import codes_in

ROOT = Path(__file__).resolve().parent.parent.parent
ALL = load(folder())


# --- tests --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", ALL, ids=[vector.name for vector in ALL])
def test_a_vector_is_judged_as_it_says(vector: Vector) -> None:
    code, said = judged(vector.request)
    assert code == vector.members["expect"], vector.members["comment"]
    if code == "accepted":
        assert said.keys() == STATED[vector.layer]
        assert said == vector.stated
        assert stops(said) == []
    else:
        assert said == vector.stated
        assert stops(said) in ([], [code]), "one fault, one stop"


def stops(said: dict[str, Any]) -> list[str]:
    return [check["code"] for check in said.get("checks", ()) if check["outcome"] == "stop"]


def test_a_refused_prescription_says_which_check_stopped_it() -> None:
    refused = [judged(vector.request) for vector in ALL if vector.layer == "prescription"]
    judged_at_all = [one for one in refused if one.code not in ("accepted", "policy_invalid")]
    assert len(judged_at_all) > 200 and all(stops(one.said) == [one.code] for one in judged_at_all)


def fields(type_: Any, path: str, value: Any = None) -> Iterator[str]:
    """The path of every field of a type, or with a `value` in the JSON form of those that stand in it."""
    if isinstance(type_, Wrapped):
        yield from fields(type_.inner, path, value)
    elif isinstance(type_, Array):
        for one in [None] if value is None else value:
            yield from fields(type_.inner, path, one)
    elif isinstance(type_, Record):
        for field in type_.fields:
            if value is None or field.name in value:
                yield f"{path}.{field.name}"
                yield from fields(field.type, f"{path}.{field.name}", value and value[field.name])


def test_every_field_of_every_kind_stands_in_a_vector_that_is_accepted() -> None:
    layers = {kind.typ.removeprefix("dpr-").replace("-", "_"): kind for kind in KINDS.values()}
    layers["status_list"] = layers.pop("application/statuslist+cwt")
    stated = {
        name
        for vector in ALL
        if vector.layer in layers and "claims" in vector.stated
        for name in fields(layers[vector.layer].claims, vector.layer, vector.stated["claims"])
    }
    assert stated == {name for layer, kind in layers.items() for name in fields(kind.claims, layer)}


@pytest.mark.parametrize("layer", ["cbor", "qr"])
def test_what_is_accepted_is_written_again_as_it_was(layer: str) -> None:
    for vector in ALL:
        if vector.layer != layer or judged(vector.request).code != "accepted":
            continue
        if layer == "cbor":
            data = bytes.fromhex(vector.members["input"])
            value = cbor.decode(data)
            assert cbor.encode(value) == cbor.encode_sorted(value) == data
        else:
            document = qr.from_text(vector.members["input"])
            assert qr.from_text(qr.to_text(document)) == document


def test_there_are_enough_vectors_of_every_layer_and_names_stand_once_in_a_file() -> None:
    assert JUDGES.keys() == STATED.keys()
    for layer in JUDGES:
        found = [vector.members["expect"] for vector in ALL if vector.layer == layer]
        assert found.count("accepted") >= 4 and len(found) - found.count("accepted") >= 20, layer
    names = [vector.name for vector in ALL]
    assert len(set(names)) == len(names)
    assert all(json.loads(path.read_text("utf-8"))["description"] for path in folder().glob("*.json"))


#: Codes of the modules below that no vector can have, each with its reason.
NOT_IN_VECTORS = {
    "cbor_too_large": "more than 64 KiB",
    "mail_too_large": "more than 64 KiB",
    "document_too_large": "more than 64 KiB",
    "products_unreadable": "a product file is no document",
    "internal_error": "a fault of ours, by definition without a vector",
    "authority_profession": "a credential without a prescriber's profession is refused when it is opened",
    "trust_list_missing": "without a trust list the chain is unknown before; a second lock on the same door",
    "protected_birth_date": "never alone: a birth date needs a name, and a protected identity must have none",
    "status_list_entry": "when writing",
    "substitution_reason": "when writing, and in JSON",
    "status_list_older": "when a site takes it in",
    "revocations_older": "when a site takes it in",
}
MODULES = (
    "errors cbor cose keys key_field fields text identifiers days prescription prescription_rules credential dispensing "
    "status revocation root snapshot trust trust_list kinds frames signing documents authority_documents verdict case "
    "freshness steps verify behind prescribing qr qr_parts field_types mail/message mail/sealing mail/mail_key mail/token "
    "mail/receipt mail/receipts mail/chain mail/carriage mail/address_book mail/api mail/queue"
)


def test_every_code_that_a_document_can_have_stands_in_a_vector() -> None:
    sources = [ROOT / "dpr" / "core" / f"{name}.py" for name in MODULES.split()]
    codes = set(codes_in([ast.parse(source.read_text("utf-8")) for source in sources]))
    # Step 13 needs a product file, which is no document.
    of_products = {code for code in codes if code.startswith("product_") and not code.startswith("product_code_")}
    shown = {vector.members["expect"] for vector in ALL}
    shown |= {check["code"] for vector in ALL for check in vector.members.get("checks", ())}
    assert codes - of_products - shown == NOT_IN_VECTORS.keys()
    assert shown - CODES.keys() == {"accepted"}


@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng writes other DEFLATE streams, as good as these")
def test_the_files_are_what_the_generator_makes() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_vectors.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
