"""Targets: claims and headers behind a good signature, as a signer with a broken or hostile program would make them.

The input is the payload, or the header; the harness signs it with the world's keys.
"""

from __future__ import annotations

import json
from typing import Any

from dpr.core import cbor, cose, documents, drafts, fhir, human, qr, text
from dpr.core.codes import CODES
from dpr.core.errors import DocumentError
from dpr.core.keys import decode_key
from dpr.core.prescription import PRESCRIPTION, Prescription
from dpr.core.sinks import Sink, sink_of
from dpr.core.status import Status
from dpr.core.verify import Accepted, verify
from tests import hostile
from tests.fuzz.mutate import cbor_tree
from tests.fuzz.site import SITE
from tests.fuzz.target import outcome, target, vectors
from tests.world import VETERINARIAN, signer


def claims_of(*names: str) -> list[bytes]:
    """The payloads of vectors, whoever signed them."""
    found = []
    for data in [data for name in names for data in vectors(name)]:
        try:
            found.append(documents.split(data)[1])
        except DocumentError:
            continue
    return list(dict.fromkeys(found))


def _prescriptions() -> list[bytes]:
    return [documents.split(SITE.prescriptions[0])[1], *claims_of("prescription", "prescription_rules", "prescription_claims")]


@target(seeds=_prescriptions, mutate=cbor_tree, runs=1200)
def signed_prescription(data: bytes) -> None:
    """Whatever a prescriber signs is judged, never `internal_error`; what is accepted is written back as it was, in CBOR
    and as JSON, and can be shown, put in a code and mapped to the register."""
    for holder, signer_ in ((0, SITE.world.prescriber), (3, signer("veterinarian"))):
        labels = {cose.TYP: "dpr-prescription", cose.KCWT: cbor.decode(SITE.credentials[holder])}
        document = hostile.signed(data, signer_, labels)
        found = verify(document, SITE.trust, SITE.now, policy=SITE.world.policy)
        if isinstance(found, Accepted):
            assert cbor.encode(PRESCRIPTION.to_cbor(found.prescription)) == data
            can_be_used(found, document)
        else:
            assert found.code in CODES and found.code != "internal_error" and found.detail.isprintable()


def can_be_used(found: Accepted, document: bytes) -> None:
    """Everything that is done with an accepted prescription works."""
    prescription, holder = found.prescription, found.prescriber.holder
    again = drafts.read(
        json.dumps(drafts.write(prescription)).encode(), id=prescription.id, authored_at=prescription.authored_at
    )
    assert again == prescription
    for language in ("sv", "en"):
        for section in human.sections(prescription, holder, found.issuer.name, language=language):
            shown = (section.heading, *(part for row in section.rows for part in row))
            assert not [one for one in shown if text.fault(one)], shown
    code = outcome(lambda: qr.to_text(document), DocumentError)
    assert code is None or qr.from_text(code) == document
    if sink_of(prescription) is Sink.REGISTER:
        _maps_to_the_register(prescription, holder)


def _maps_to_the_register(prescription: Prescription, holder: Any) -> None:
    for number in range(1, len(prescription.content.items) + 1):
        resource = fhir.medication_request(prescription, number, holder, patient_reference="Patient/1")
        assert json.loads(json.dumps(resource)) == resource


def compressed(value: Any) -> Any:
    """Decoded claims with every COSE_Key as we write it: a point may also be read with both coordinates (decision 0006)."""
    if isinstance(value, list):
        return [compressed(one) for one in value]
    if isinstance(value, dict) and isinstance(value.get(-3), bytes):
        try:
            return decode_key(value).to_cose()
        except DocumentError:  # a key of a later version, or no key
            return value
    return {key: compressed(one) for key, one in value.items()} if isinstance(value, dict) else value


def _credentials() -> list[bytes]:
    animal = SITE.world.credential(VETERINARIAN, signer("veterinarian"), 3)
    return [documents.split(animal)[1], *claims_of("credential", "prescription_chain")]


@target(seeds=_credentials, mutate=cbor_tree, runs=800)
def signed_credential(data: bytes) -> None:
    """What an issuer signs about a holder is refused with a DocumentError, or is written back as it was (but for the form of
    the key's point, decision 0006) and never makes the verdict on the holder's prescription an `internal_error`."""
    for issuer in (SITE.world.care, SITE.world.vets, SITE.world.pharmacies):
        document = hostile.signed(data, issuer, {cose.TYP: "dpr-credential"})
        found = outcome(lambda document=document: documents.open_credential(document, SITE.trust), DocumentError)
        if found is not None:
            assert documents.CREDENTIAL_KIND.claims.to_cbor(found.credential) == compressed(cbor.decode(data))
            assert found.credential.issuer == found.issuer.id
            judged = verify(
                hostile.prescription(SITE.world, credential=document), SITE.trust, SITE.now, policy=SITE.world.policy
            )
            assert isinstance(judged, Accepted) or judged.code != "internal_error"


@target(
    seeds=lambda: [*(documents.split(one)[1] for one in SITE.status_lists), *claims_of("status_list")],
    mutate=cbor_tree,
    max_bytes=16_384,
)
def signed_status_list(data: bytes) -> None:
    """A status list is refused with a DocumentError, or answers a Status or None for every index, None beyond its end, and
    is never inflated over its cap."""
    document = hostile.signed(data, SITE.world.care, {cose.TYP: documents.STATUS_LIST.typ})
    opened = outcome(lambda: documents.open(document, SITE.trust, expected_kind=documents.STATUS_LIST), DocumentError)
    if opened is not None:
        entries = opened.value.entries
        count = len(entries.lst) * 8 // entries.bits
        assert len(entries.lst) <= 12_500_000
        assert all(isinstance(entries[index], Status) for index in (0, count // 2, count - 1))
        assert [entries[index] for index in (-1, count, 2**31, 2**70)] == [None] * 4


@target(seeds=lambda: _claims_of_lists(), mutate=cbor_tree, runs=1000)
def signed_trust_list(data: bytes) -> None:
    """A trust list that the authority signs is refused with a DocumentError, or nothing is read from it that does not stand in
    it; a later version's part may be left out."""
    body, key = cbor.encode({cose.TYP: documents.TRUST_LIST.typ}), SITE.world.root
    header = cose.protected_header(key.key, {})
    signed = cose.assemble(body, data, [(header, key.sign(cose.to_be_signed(body, header, data)))])
    found = outcome(lambda: documents.open_trust_list(signed, SITE.world.anchor), DocumentError)
    if found is not None:
        assert within(documents.TRUST_LIST.claims.to_cbor(found), compressed(cbor.decode(data)))


def within(part: Any, whole: Any) -> bool:
    """Does every entry of `part` stand in `whole`, in its order, and every other value equal it?"""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and within(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        left = iter(whole)
        return all(any(within(one, other) for other in left) for one in part)
    return type(part) is type(whole) and bool(part == whole)


def payloads_of_many(*given: bytes) -> list[bytes]:
    """The payloads of documents that several signed, whoever it was."""
    found = []
    for data in given:
        try:
            found.append(cbor.decode(data).value[2])
        except (DocumentError, AttributeError, IndexError, TypeError):
            continue
    return list(dict.fromkeys(one for one in found if type(one) is bytes))


def _claims_of_lists() -> list[bytes]:
    return payloads_of_many(SITE.trust_list, *vectors("trust_list"))


@target(seeds=lambda: claims_of("dispensing"), mutate=cbor_tree)
def signed_dispensing(data: bytes) -> None:
    """A dispensing that a pharmacy signs is refused with a DocumentError or is written back as it was."""
    labels = {cose.TYP: "dpr-dispensing", cose.KCWT: cbor.decode(SITE.credentials[2])}
    document = hostile.signed(data, SITE.world.pharmacy, labels)
    opened = outcome(lambda: documents.open(document, SITE.trust, expected_kind=documents.DISPENSING), DocumentError)
    if opened is not None:
        assert cbor.encode(documents.DISPENSING.claims.to_cbor(opened.value)) == data
        assert opened.signer is not None and opened.signer.credential.holder.gln is not None


@target(seeds=lambda: [one for data in SITE.genuine.values() for one in documents.split(data)[:1]], mutate=cbor_tree)
def signed_header(data: bytes) -> None:
    """Under any protected header that a prescriber signs, a prescription is accepted only with the prescriber's own
    credential, and refused by name otherwise."""
    payload = documents.split(SITE.prescriptions[0])[1]
    key = SITE.world.prescriber
    document = cose.assemble1(data, payload, key.sign(cose.to_be_signed1(data, payload)))
    found = verify(document, SITE.trust, SITE.now, policy=SITE.world.policy)
    if isinstance(found, Accepted):
        assert found.prescriber == SITE.world.credential_value()
    else:
        assert found.code in CODES and found.code != "internal_error" and found.detail.isprintable()
