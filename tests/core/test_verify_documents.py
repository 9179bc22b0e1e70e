"""Documents that are refused before any step is judged: not authentic, not encoded as they must be, or not well formed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dpr.core import cbor, codes, cose, days, documents
from dpr.core.credential import Holder, Profession
from dpr.core.verify import STOP, Check, Refused, verify
from tests import hostile
from tests.world import CARE, GLN, NOW, OTHER_GLN, PHARMACIES, PHARMACY, PHYSICIAN, VETERINARIAN, VETS, World, signer


def claim(*path: Any, to: Any) -> Callable[[World], bytes]:
    """The ordinary prescription with one claim changed, signed by the right key."""
    return lambda world: hostile.prescription(
        world, hostile.changed(hostile.claims_of(world.prescription_document()), path, to)
    )


def header(**changes: Any) -> Callable[[World], bytes]:
    labels = {getattr(cose, name.upper(), name): value for name, value in changes.items()}
    return lambda world: hostile.prescription(world, header=labels)


def embedded(*path: Any, to: Any) -> Callable[[World], bytes]:
    """The ordinary prescription with a credential in which one claim is changed, signed by the right issuer."""

    def make(world: World) -> bytes:
        claims = hostile.changed(hostile.claims_of(world.credential()), path, to)
        return hostile.prescription(world, credential=hostile.credential(world, claims))

    return make


def by(key: str, holder: Holder, vouching: str, **changes: Any) -> Callable[[World], bytes]:
    """Signed with the key labelled `key`; the credential of its holder is signed with the key labelled `vouching`."""

    def make(world: World) -> bytes:
        value = world.credential_value(holder, signer(key), **changes)
        credential = documents.sign(documents.CREDENTIAL_KIND, value, signer(vouching))
        return documents.sign(documents.PRESCRIPTION, world.prescription(), signer(key), credential=credential)

    return make


def bytes_of(hexadecimal: str) -> Callable[[World], bytes]:
    return lambda _world: bytes.fromhex(hexadecimal)


def unprotected(world: World) -> bytes:
    protected, payload, signature = documents.split(world.prescription_document())
    return b"\xd2" + cbor.encode([protected, {1: -7}, payload, signature])


ITEM = (-65537, 5, 0)
HOLDER = (-65537,)
NURSE = msgspec.structs.replace(PHYSICIAN, profession=Profession.SJ)
OTHER_PHARMACY = msgspec.structs.replace(PHARMACY, gln=OTHER_GLN)

REFUSED_AT_ONCE: list[tuple[str, Callable[[World], bytes]]] = [
    ("cbor_malformed", bytes_of("")),
    ("cbor_malformed", bytes_of("ff")),
    ("document_too_large", lambda _world: bytes(65_537)),
    ("cbor_tag", bytes_of("d8236128")),
    ("cbor_type", bytes_of("f93c00")),
    ("cbor_depth", lambda _world: b"\x81" * 40 + b"\x00"),
    ("cbor_key_order", bytes_of("a202000100")),
    ("cbor_trailing_bytes", lambda world: world.prescription_document() + b"\x00"),
    ("cbor_not_deterministic", lambda world: b"\xd8\x12" + world.prescription_document()[1:]),
    ("cose_tag", bytes_of("a0")),
    ("cose_tag", lambda world: world.trust_list()),
    ("cose_malformed", bytes_of("d280")),
    ("cose_malformed", bytes_of("d284a0a04040")),
    ("document_unprotected", unprotected),
    ("document_header", header(kid=...)),
    ("document_header", header(kid=bytes(33))),
    ("document_header", header(crit=[16])),
    ("document_header", bytes_of("d2844180a04040")),
    ("cbor_malformed", bytes_of("d28440a04040")),
    ("document_kind_unknown", header(typ="dpr-recept")),
    ("document_kind_unknown", header(typ=...)),
    ("document_kind", lambda world: world.status_list()),
    ("document_kind", lambda world: world.credential()),
    ("cose_tag", header(typ="dpr-trust-list")),
    ("cose_algorithm", header(alg=-35)),
    ("cose_algorithm", header(alg=...)),
    ("signature_invalid", header(alg=-8)),
    ("cose_tag", header(kcwt={})),
    ("document_kind", header(kcwt=cbor.decode(World().status_list()))),
    ("chain_credential_unknown", lambda world: world.prescription_document(embedded=False)),
    ("chain_issuer_unknown", by("prescriber", PHYSICIAN, "stranger")),
    ("chain_issuer_differs", by("prescriber", PHYSICIAN, "care provider", issuer=VETS)),
    ("chain_role", by("pharmacy", PHARMACY, "pharmacy company")),
    ("scope_role", by("pharmacy", PHARMACY, "care provider", issuer=CARE)),
    ("scope_role", by("prescriber", PHYSICIAN, "pharmacy company", issuer=PHARMACIES)),
    ("scope_role", by("prescriber", VETERINARIAN, "care provider", issuer=CARE)),
    ("scope_role", by("prescriber", NURSE, "veterinary", issuer=VETS)),
    ("scope_gln", by("pharmacy", OTHER_PHARMACY, "pharmacy company")),
    (
        "signature_invalid",
        lambda world: documents.sign(documents.PRESCRIPTION, world.prescription(), signer("x"), credential=world.credential()),
    ),
    # A credential that its own issuer signed, and that says what it must not.
    ("credential_times", embedded(4, to=1_700_000_000)),
    ("field_missing", embedded(65535, to=...)),
    ("key_malformed", embedded(8, 1, to={1: 2, -1: 1, -2: bytes(32)})),
    ("key_weak", embedded(8, 1, to={1: 2, -1: 1, -2: b"\xff" * 32, -3: True})),
    ("key_weak", embedded(8, 1, to={1: 1, -1: 6, -2: b"\x01" + bytes(31)})),
    ("key_unsupported", embedded(8, 1, to={1: 2, -1: 8, -2: bytes(32), -3: True})),
    ("holder_profession", embedded(*HOLDER, 3, to=...)),
    ("holder_profession", embedded(*HOLDER, 3, to=7)),
    ("holder_workplace", embedded(*HOLDER, 6, to=...)),
    ("holder_prescriber_code", embedded(*HOLDER, 2, to=...)),
    ("holder_gln", embedded(*HOLDER, 7, to=GLN)),
    ("holder_phone", embedded(*HOLDER, 5, to=...)),
    ("phone_form", embedded(*HOLDER, 5, to="ring mig")),
    ("prescriber_code_form", embedded(*HOLDER, 2, to=10_000_000)),
    ("workplace_code_form", embedded(*HOLDER, 6, 2, to=10**13)),
    ("hsa_id_form", embedded(*HOLDER, 6, 3, to="SE-1")),
    ("text_too_long", embedded(*HOLDER, 1, to="a" * 81)),
]


@pytest.mark.parametrize(("code", "make"), REFUSED_AT_ONCE, ids=[f"{n}-{row[0]}" for n, row in enumerate(REFUSED_AT_ONCE)])
def test_what_is_no_authentic_prescription_is_refused_by_name(code: str, make: Callable[[World], bytes]) -> None:
    world = World()
    verdict = verify(make(world), world.trust(), days.at(NOW), policy=world.policy)
    assert isinstance(verdict, Refused)
    assert (verdict.code, verdict.id) == (code, None)
    assert verdict.checks == (Check(1, code, STOP),)
    assert codes.words(code)


WRONG_CLAIMS: list[tuple[str, str, tuple[Any, ...], Any]] = [
    ("field_missing", "expires_at", (4,), ...),
    ("field_missing", "id", (7,), ...),
    ("field_length", "id", (7,), bytes(15)),
    ("field_type", "id", (7,), "0123456789abcdef"),
    ("number_out_of_range", "authored_at", (6,), 946_684_799),
    ("number_out_of_range", "expires_at", (4,), 7_258_118_400),
    ("field_type", "authored_at", (6,), True),
    ("gln_check_digit", "audience", (3,), "7350000000008"),
    ("field_unknown", "Prescription", (5,), 1),
    ("field_unknown", "content.Content", (-65537, 9), 1),
    ("field_type", "content.Content", (-65537,), []),
    ("field_value_unknown", "content.kind", (-65537, 0), 4),
    ("field_value_unknown", "content.kind", (-65537, 0), False),
    ("field_default_written", "content.telephone", (-65537, 4), False),
    ("list_length", "content.items", (-65537, 5), []),
    ("field_type", "content.items", (-65537, 5), {}),
    ("personnummer_form", "content.patient.personnummer", (-65537, 2, 0), 10**12),
    ("personnummer_date", "content.patient.personnummer", (-65537, 2, 0), 191213121212),
    ("personnummer_check_digit", "content.patient.personnummer", (-65537, 2, 0), 191212121213),
    ("field_type", "content.patient.personnummer", (-65537, 2, 0), "191212121212"),
    ("samordningsnummer_date", "content.patient.samordningsnummer", (-65537, 2, 1), 191212121212),
    ("birth_date_form", "content.patient.birth_date", (-65537, 2, 3), 20261301),
    ("text_not_nfc", "content.patient.name", (-65537, 2, 4), "A\u030a"),
    ("field_value_unknown", "content.patient.protected", (-65537, 2, 5), 0),
    ("npl_pack_id_form", "content.items.npl_pack_id", (*ITEM, 0), 10**14),
    ("npl_id_form", "content.items.npl_id", (*ITEM, 1), 10**14),
    ("varunummer_form", "content.items.varunummer", (*ITEM, 2), 10**6),
    ("atc_form", "content.items.atc", (*ITEM, 3), "c09aa02"),
    ("field_value_unknown", "content.items.control_class", (*ITEM, 5), 0),
    ("text_empty", "content.items.name", (*ITEM, 6), ""),
    ("text_unprintable", "content.items.name", (*ITEM, 6), "a\u202eb"),
    ("text_space_at_end", "content.items.name", (*ITEM, 6), "a "),
    ("text_too_long", "content.items.dosage", (*ITEM, 13), "a" * 251),
    ("number_out_of_range", "content.items.packages", (*ITEM, 10), 0),
    ("number_out_of_range", "content.items.dispensings", (*ITEM, 11), 2**63),
    ("field_type", "content.items.dispensings", (*ITEM, 11), "3"),
    ("number_out_of_range", "content.items.dose.period_days", (*ITEM, 14), {0: 1, 1: "st", 2: 1, 3: 1}),
    ("snomed_form", "content.items.reason", (*ITEM, 16), "1"),
    ("field_type", "content.items.substitution", (*ITEM, 19), False),
    ("field_default_written", "content.items.first_pack", (*ITEM, 20), False),
]


@pytest.mark.parametrize(("code", "detail", "path", "value"), WRONG_CLAIMS)
def test_what_is_signed_but_not_well_formed_is_refused_with_its_place(
    code: str, detail: str, path: tuple[Any, ...], value: Any
) -> None:
    world = World()
    verdict = verify(claim(*path, to=value)(world), world.trust(), days.at(NOW), policy=world.policy)
    assert isinstance(verdict, Refused)
    assert (verdict.code, verdict.detail) == (code, detail)
    assert verdict.checks == (Check(7, code, STOP),)


def test_a_payload_in_another_encoding_is_refused() -> None:
    world = World()
    claims = cbor.encode(hostile.claims_of(world.prescription_document()))
    for payload in (claims + b"\x00", b"\xbf" + claims[1:] + b"\xff", b"\xb8\x04" + claims[1:]):
        verdict = verify(hostile.prescription(world, payload), world.trust(), days.at(NOW), policy=world.policy)
        assert isinstance(verdict, Refused) and verdict.code.startswith("cbor_")
