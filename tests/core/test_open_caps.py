"""What is remembered, what is chosen among several candidates, and what is too large to look at."""

from __future__ import annotations

import os

import pytest

from dpr.core import cbor, cose, documents, trust
from dpr.core.errors import DocumentError
from dpr.core.frames import MAX_DOCUMENT_BYTES, MAX_HEADER_BYTES
from dpr.core.trust import Chain, Trust
from tests.world import DAY, NOW, PHYSICIAN, World, signer

WORLD = World()
LABELS = {cose.ALG: -7, cose.TYP: "dpr-prescription"}


def header(*, kid: bytes = b"1", **more: bytes) -> bytes:
    return cbor.encode({**LABELS, cose.KID: kid, cose.KCWT: cbor.decode(WORLD.credential()), **more})


def code_of(document: bytes, held: Trust) -> str:
    with pytest.raises(DocumentError) as caught:
        documents.open(document, held)
    return caught.value.code


def test_a_header_is_remembered_only_once_a_signature_under_it_has_verified() -> None:
    held = WORLD.trust()
    for number in range(50):  # kid is the sender's to choose, so an unsigned header can be another each time
        assert code_of(cose.assemble1(header(kid=number.to_bytes(2, "big")), b"", bytes(64)), held) == "signature_invalid"
    assert held.remembered == {}


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "MAX_REMEMBERED", 8)
    held = WORLD.trust()
    payload = documents.split(WORLD.prescription_document())[1]
    for number in range(30):
        protected = header(kid=number.to_bytes(2, "big"))
        signature = WORLD.prescriber.sign(cose.to_be_signed1(protected, payload))
        documents.open(cose.assemble1(protected, payload, signature), held)
        assert len(held.remembered) <= 8


def test_a_document_that_verifies_but_is_too_large_is_refused() -> None:
    protected, payload = header(), os.urandom(MAX_DOCUMENT_BYTES)
    signature = WORLD.prescriber.sign(cose.to_be_signed1(protected, payload))
    held = WORLD.trust()
    documents.open(WORLD.prescription_document(), held)
    assert code_of(cose.assemble1(protected, payload, signature), held) == "document_too_large"


@pytest.mark.parametrize(("more", "code"), [(0, "document_header"), (1, "document_header")])
def test_a_header_of_its_greatest_size_is_read_and_one_more_is_not(more: int, code: str) -> None:
    filler = MAX_HEADER_BYTES - len(cbor.encode({**LABELS, cose.KID: b"1", 99: bytes(1000)})) + 1000 + more
    protected = cbor.encode({**LABELS, cose.KID: b"1", 99: bytes(filler)})
    assert len(protected) == MAX_HEADER_BYTES + more
    with pytest.raises(DocumentError) as caught:
        documents.open(cose.assemble1(protected, b"", bytes(64)), WORLD.trust())
    assert caught.value.code == code
    assert ("at most" in caught.value.detail) is bool(more)


def test_the_signer_is_who_has_the_key_that_verified_also_where_another_has_its_kid() -> None:
    """A kid is four bytes: whoever wants another key with the same makes four billion of them."""
    own = documents.open_credential(WORLD.credential(), WORLD.trust())
    value = WORLD.credential_value(PHYSICIAN, signer("another physician"), idx=9, valid_from=NOW - DAY)
    other = documents.open_credential(documents.sign(documents.CREDENTIAL_KIND, value, WORLD.care), WORLD.trust())
    known = WORLD.trust()
    held = Trust(known.anchor, known.trust_list, credentials=lambda kid: [other, own] if kid == own.credential.key.kid else [])
    document = documents.sign(documents.PRESCRIPTION, WORLD.prescription(), WORLD.prescriber)
    found = documents.open(document, held).signer
    assert isinstance(found, Chain) and found.credential == own.credential
