"""The documents in other formats are what they claim to be: a library of the field verifies them and reads our content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cryptography import x509

from benchmarks import formats, formats_cbor, formats_json
from benchmarks.formats_x509 import certificate
from dpr.adapters.qr_write import version_of
from dpr.core.prescription import PRESCRIPTION
from tests.world import World

NAMES = [form.name for form in formats.FORMATS]


@cache
def read() -> dict[str, tuple[formats.Artefact, dict[str, Any], dict[str, Any]]]:
    """Name → what was made of three items, what its peer says, what should be in it."""
    world = World()
    value = formats.prescriptions(world, "three-items*.json")[0]
    made = formats.artefacts(world, value)
    content = PRESCRIPTION.to_json(value)["content"]
    return {one.format.name: (one, said, content) for one, said in zip(made, formats.checked(made), strict=True)}


def _long(value: Any) -> Any:
    """The DCC style's content with its long keys."""
    names = {short: long for long, short in formats_cbor.SHORT_KEYS.items()}
    if isinstance(value, dict):
        return {names[key]: _long(inner) for key, inner in value.items() if key not in ("ver", "ci")}
    return [_long(inner) for inner in value] if isinstance(value, list) else value


def _same(said: dict[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in ("kind", "reason", "patient", "items")}


def _from_mdoc(said: dict[str, Any]) -> dict[str, Any]:
    items = [value for name, value in said.items() if name.startswith("item_")]
    return {**{name: said[name] for name in ("kind", "reason")}, "items": items} | {
        "patient": {name: said[name] for name in ("personnummer", "name")}
    }


#: Family → how the content that a peer read becomes dpr's JSON form.
BACK: dict[str, Callable[[dict[str, Any]], Any]] = {"dcc": _long, "shc": _same, "sdjwt": _same, "mdoc": _from_mdoc}


@pytest.mark.parametrize("name", NAMES)
def test_a_peer_verifies_it_and_the_proof_of_who_signed_where_one_is_inside(name: str) -> None:
    made, said, _ = read()[name]
    assert "error" not in said, said
    assert said["chain"] is bool(made.format.proof)


@pytest.mark.parametrize("name", [name for name in NAMES if name.partition("_")[0] in BACK and "fhir" not in name])
def test_a_peer_reads_the_same_content_in_it(name: str) -> None:
    made, said, content = read()[name]
    assert BACK[made.format.family](said["content"]) == content


@pytest.mark.parametrize("name", ["shc_fhir", "shc_fhir_kid"])
def test_a_health_card_holds_each_resource_once_and_refers_to_all_of_them(name: str) -> None:
    _, said, content = read()[name]
    subject = said["content"]["vc"]["credentialSubject"]
    entries = subject["fhirBundle"]["entry"]
    kinds = [entry["resource"]["resourceType"] for entry in entries]
    assert sorted(kinds) == sorted(["Patient", "Practitioner", "Location", *["Medication", "MedicationRequest"] * 3])
    assert [entry["fullUrl"] for entry in entries] == [f"resource:{number}" for number in range(len(entries))]
    written = str(entries)
    assert all(f"'resource:{number}'" in written for number in range(len(entries)))
    assert "'id'" not in written and "'meta'" not in written and "'#" not in written
    for item in content["items"]:
        assert item["dosage"] in written and item["npl_pack_id"] in written and item["name"] in written


@pytest.mark.parametrize("name", NAMES)
def test_a_document_that_was_changed_or_signed_by_another_is_refused(name: str) -> None:
    made, _, _ = read()[name]
    task = made.task
    other = read()["dpr"][0].task["issuer"]
    field = "text" if "text" in task else "document"
    at = len(task[field]) - (100 if name.startswith("sdjwt") else 20)
    changed = task[field][:at] + ("0" if task[field][at] != "0" else "1") + task[field][at + 1 :]
    swapped = task | {"key": other}
    for said in _checked([task | {field: changed}, swapped]):
        refused = "error" in said
        # A disclosure that is changed is one that nobody signed: SD-JWT leaves it out (RFC 9901 §7.1) or refuses it.
        assert refused or (name.startswith("sdjwt") and len(said["content"]["items"]) < 3), said


def _checked(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    form = formats.FORMATS[0]
    return formats.checked([formats.Artefact(form, b"", (), task) for task in tasks])


def test_versions_are_those_that_our_own_writer_chooses() -> None:
    for name in ("dpr", "dpr_kid", "shc_kid"):
        made, _, _ = read()[name]
        assert made.version == version_of(b"".join(content for _, content in made.segments).decode())
    assert read()["shc_fhir"][0].version is None


def test_the_certificate_says_what_the_credential_says_and_is_the_same_each_time() -> None:
    world = World()
    der = certificate(world)
    assert der == certificate(World())
    read_back = x509.load_der_x509_certificate(der)
    holder = world.credential_value().holder
    subject = {attribute.value for attribute in read_back.subject}
    assert holder.workplace is not None and holder.profession is not None
    place = holder.workplace
    facts = {holder.name, holder.prescriber_code, holder.profession.name, holder.phone, place.name, place.place, place.code}
    assert subject == facts
    assert read_back.public_key() == world.prescriber.key.key


def test_base45_is_that_of_the_rfc() -> None:
    """RFC 9285 §4.3."""
    assert [formats_cbor.base45(text) for text in (b"AB", b"Hello!!", b"base-45", b"ietf!")] == [
        *("BB8", "%69 VD92EX0", "UJCLQE7W581", "QED8WEX0")
    ]


def test_the_numeric_form_has_two_digits_a_character() -> None:
    assert formats_json.digits("-X~") == "004381"


def test_salts_do_not_repeat() -> None:
    assert formats_cbor.salt("a") != formats_cbor.salt("b")
    assert len(formats_cbor.salt("a")) == 16 and formats_cbor.salt("a") == hashlib.sha256(b"salt of a").digest()[:16]
