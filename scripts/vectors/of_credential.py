"""tests/vectors/credential.json: who is vouched for, by whom, and how far."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from dpr.core import cose, documents
from dpr.core.credential import CREDENTIAL, Holder, Profession, Role
from dpr.core.trust_list import IssuerRole
from tests.world import CARE, GLN, NOW, OTHER_GLN, PHARMACIES, PHARMACIST, PHARMACY, PHYSICIAN, VETERINARIAN, VETS, signer
from vectors.making import ED25519, OTHER, Change, Vector, W, credential, file, hexed, of_profession, vector
from vectors.of_keys import LOW_ORDER
from vectors.of_trust_list import DEMO, PRODUCTION, production, trust_list

LAYER = "credential"
RELAY = Holder(role=Role.RELAY, name="Förmedling Norr")
REGISTER = Holder(role=Role.REGISTER, name="Registret för test")
ED_ISSUER = signer("care provider with ed25519", "EdDSA")


def issuers(number: int, **changes: Any) -> bytes:
    """A trust list in which issuer `number` is changed."""
    listed = list(W.issuers())
    listed[number] = msgspec.structs.replace(listed[number], **changes)
    return W.trust_list(issuers=tuple(listed))


def good(name: str, document: bytes, comment: str = "", **more: Any) -> Vector:
    """A credential that is accepted, with its claims."""
    payload = documents.split(document)[1]
    value = documents.read_claims(documents.CREDENTIAL_KIND, payload)
    return vector(name, LAYER, document, comment=comment, claims=CREDENTIAL.to_json(value), **more)


def _accepted() -> Iterator[Vector]:
    yield good("physician", credential())
    for profession in (Profession.TL, Profession.BM, Profession.SJ, Profession.TH, Profession.OP):
        yield good(profession.en.replace(" ", "-"), credential(of_profession(profession)))
    yield good("veterinarian", credential(VETERINARIAN), "no prescriber code: veterinarians have none")
    yield good("pharmacist", credential(PHARMACIST, key=W.pharmacist))
    yield good("dispensing-pharmacist", credential(PHARMACIST, ("holder.profession", 8), key=W.pharmacist))
    yield good("pharmacy", credential(PHARMACY, key=W.pharmacy))
    yield good("ed25519-key", credential(key=ED25519))
    document = credential(issuer=ED_ISSUER)
    yield good("ed25519-issuer", document, trust=hexed({"trust_list": issuers(0, keys=(W.care.key, ED_ISSUER.key))}))
    yield good(
        "whole-key",
        credential(PHYSICIAN, ("key", W.prescriber.key.to_cose(compressed=False))),
        "y written out: read, though we write its sign bit",
    )
    everything: tuple[Change, ...] = (
        ("holder.specialist", "Invärtesmedicin"),
        ("holder.workplace.hsa_id", "SE2321000016-A1B2"),
        ("holder.phone", "+46 8 465 004 12"),
    )
    yield good("every-field", credential(PHYSICIAN, *everything))
    operated = issuers(0, role=IssuerRole.RELAY_OPERATOR, professions=(), kinds=())
    relay = credential(RELAY, ("issuer", CARE), issuer=W.care)
    yield good("relay", relay, "a name and a key, nothing else", trust=hexed({"trust_list": operated}))
    registered = issuers(0, role=IssuerRole.REGISTER, professions=(), kinds=())
    register = credential(REGISTER, ("issuer", CARE), issuer=W.care)
    yield good("register", register, trust=hexed({"trust_list": registered}))
    beside = hexed({"trust_list": trust_list(("content.issuers.0.999", "x"))})
    vet = credential(VETERINARIAN)
    yield good("beside-an-issuer-left-out", vet, "what a later version adds switches nobody else off", trust=beside)
    yield good("workplace-without-code", credential(PHYSICIAN, ("holder.workplace.code", ...)), "benefit will warn")
    yield good("longest-name", credential(PHYSICIAN, ("holder.name", "Å" * 80)), "80 characters, 160 bytes")
    yield good("expired", credential(PHYSICIAN, ("valid_until", NOW - 1)), "judged against the time of signing, by the verdict")


def _chain() -> Iterator[Vector]:
    kid = {cose.KID: W.care.key.kid}
    twin = hashlib.sha256(b"no such key").digest()[:4]
    for name, document, expect, comment in (
        ("issuer-unknown", credential(issuer=OTHER), "chain_issuer_unknown", "signed by a key that is not in the trust list"),
        ("kid-unknown", credential(header={4: twin}), "chain_issuer_unknown", "the issuer's key, the hint to another"),
        ("kid-of-another", credential(issuer=OTHER, header=kid), "signature_invalid", "a kid is a hint, never proof"),
        ("alg-of-another-curve", credential(header={1: -8}), "signature_invalid", "EdDSA, by a key of P-256"),
        ("iss-of-another", credential(PHYSICIAN, ("issuer", VETS)), "chain_issuer_differs", "signed by the care provider"),
        ("iss-unknown", credential(PHYSICIAN, ("issuer", "SE2321000016-T999")), "chain_issuer_differs", ""),
        (
            "pharmacist-by-care-provider",
            credential(PHARMACIST, ("issuer", CARE), issuer=W.care),
            "scope_role",
            "a care provider vouches for prescribers",
        ),
        (
            "physician-by-pharmacy-company",
            credential(PHYSICIAN, ("issuer", PHARMACIES), issuer=W.pharmacies),
            "scope_role",
            "a pharmacy company vouches for pharmacists and pharmacies",
        ),
        (
            "veterinarian-by-care-provider",
            credential(VETERINARIAN, ("issuer", CARE), issuer=W.care),
            "scope_role",
            "only a veterinary issuer vouches for veterinarians",
        ),
        (
            "physician-by-veterinary-issuer",
            credential(PHYSICIAN, ("issuer", VETS), issuer=W.vets),
            "scope_role",
            "a veterinary issuer vouches for veterinarians only",
        ),
        (
            "gln-of-another",
            credential(PHARMACY, ("holder.gln", OTHER_GLN)),
            "scope_gln",
            "a pharmacy that is not the company's",
        ),
        (
            "organisation-of-another",
            credential(PHYSICIAN, ("holder.workplace.hsa_id", "SE5560000001-A1B2")),
            "scope_organisation",
            "an HSA-id of an organisation that is not the issuer's",
        ),
        (
            "organisation-begins-alike",
            credential(PHYSICIAN, ("holder.workplace.hsa_id", "SE2321000017-A1B2")),
            "scope_organisation",
            "compared whole, up to the hyphen",
        ),
        ("relay-by-care-provider", credential(RELAY, ("issuer", CARE), issuer=W.care), "scope_role", ""),
        ("register-by-pharmacy-company", credential(REGISTER), "scope_role", ""),
    ):
        yield vector(name, LAYER, document, expect, comment)
    dentist = credential(of_profession(Profession.TL))
    narrow = {"trust_list": issuers(0, professions=(Profession.LK,))}
    yield vector("profession-beyond-scope", LAYER, dentist, "scope_profession", "an issuer of physicians", trust=hexed(narrow))
    placed = credential(PHYSICIAN, ("holder.workplace.hsa_id", "SE2321000016-A1B2"))
    nowhere = hexed({"trust_list": issuers(0, organisations=())})
    yield vector("organisations-empty", LAYER, placed, "scope_organisation", "an issuer of no organisation", trust=nowhere)
    own = credential(RELAY, ("issuer", CARE), issuer=W.care)
    registered = hexed({"trust_list": issuers(0, role=IssuerRole.REGISTER, professions=(), kinds=())})
    yield vector("relay-by-register", LAYER, own, "scope_role", "a register vouches for itself only", trust=registered)
    operated = hexed({"trust_list": issuers(0, role=IssuerRole.RELAY_OPERATOR, professions=(), kinds=())})
    yield vector("physician-by-relay-operator", LAYER, credential(), "scope_role", "it vouches for relays only", trust=operated)
    unknown = hexed({"trust_list": trust_list(("content.issuers.0.role", 5))})
    comment = "its role is of a later version, so it is as if it were not there"
    yield vector("issuer-left-out", LAYER, credential(), "chain_issuer_unknown", comment, trust=unknown)
    live = PRODUCTION | hexed({"trust_list": production()})
    demo = credential(PHYSICIAN, ("key", DEMO.to_cose()))
    comment = "a key whose private part is published under keys/"
    yield vector("demo-key-in-production", LAYER, demo, "demo_key_in_production", comment, trust=live)
    nothing = {"trust_list": issuers(0, professions=())}
    yield vector(
        "scope-empty", LAYER, credential(), "scope_profession", "an empty scope vouches for nothing", trust=hexed(nothing)
    )


#: name, holder, changes, code, comment
_CLAIMS: tuple[tuple[str, Holder, tuple[Change, ...], str, str], ...] = (
    ("until-before-from", PHYSICIAN, (("valid_until", NOW - 31 * 86_400),), "credential_times", "valid for no time"),
    (
        "pharmacist-as-prescriber",
        PHYSICIAN,
        (("holder.profession", 7),),
        "holder_profession",
        "a pharmacist does not prescribe",
    ),
    ("profession-missing", PHYSICIAN, (("holder.profession", ...),), "holder_profession", ""),
    ("physician-as-pharmacist", PHARMACIST, (("holder.profession", 0),), "holder_profession", "a physician does not dispense"),
    ("pharmacy-with-profession", PHARMACY, (("holder.profession", 7),), "holder_profession", "a pharmacy is no person"),
    ("relay-with-profession", RELAY, (("holder.profession", 7),), "holder_profession", "a relay is no person"),
    ("relay-with-workplace", RELAY, (("holder.workplace", {0: "A", 1: "B"}),), "holder_workplace", ""),
    ("register-with-gln", REGISTER, (("holder.gln", GLN),), "holder_gln", "a register is no pharmacy"),
    ("workplace-missing", PHYSICIAN, (("holder.workplace", ...),), "holder_workplace", ""),
    ("pharmacist-with-workplace", PHARMACIST, (("holder.workplace", {0: "A", 1: "B"}),), "holder_workplace", ""),
    ("prescriber-code-missing", PHYSICIAN, (("holder.prescriber_code", ...),), "holder_prescriber_code", ""),
    ("prescriber-with-gln", PHYSICIAN, (("holder.gln", GLN),), "holder_gln", "a person is no pharmacy"),
    ("pharmacy-without-gln", PHARMACY, (("holder.gln", ...),), "holder_gln", ""),
    ("phone-missing", PHYSICIAN, (("holder.phone", ...),), "holder_phone", "the pharmacist must be able to ask"),
    ("prescriber-code-too-long", PHYSICIAN, (("holder.prescriber_code", 10_000_000),), "prescriber_code_form", "8 digits"),
    ("workplace-code-too-long", PHYSICIAN, (("holder.workplace.code", 10**13),), "workplace_code_form", "14 digits"),
    ("hsa-id-form", PHYSICIAN, (("holder.workplace.hsa_id", "2321000016-A1B2"),), "hsa_id_form", "without SE"),
    ("phone-form", PHYSICIAN, (("holder.phone", "växeln"),), "phone_form", "no number"),
    ("gln-form", PHARMACY, (("holder.gln", "735000000000"),), "gln_form", "12 digits"),
    ("gln-check-digit", PHARMACY, (("holder.gln", "7350000000008"),), "gln_check_digit", ""),
    ("weak-key", PHYSICIAN, (("key", LOW_ORDER["order-8-first"]),), "key_weak", "anybody could sign with it"),
    ("private-key", PHYSICIAN, (("key.-4", bytes(32)),), "key_malformed", "a private part in cnf"),
    ("cnf-as-kid", PHYSICIAN, (("8", {3: b"kid"}),), "field_type", "a key by reference only (RFC 8747 §3.4)"),
    ("key-missing", PHYSICIAN, (("8", ...),), "field_missing", ""),
    ("status-missing", PHYSICIAN, (("65535", ...),), "field_missing", "what cannot be revoked must not be trusted"),
    ("status-other-mechanism", PHYSICIAN, (("65535", {"identifier_list": {}}),), "field_type", ""),
    ("status-index-negative", PHYSICIAN, (("status.idx", -1),), "number_out_of_range", ""),
    ("status-index-missing", PHYSICIAN, (("status.idx", ...),), "field_missing", ""),
    ("status-with-more", PHYSICIAN, (("status.ttl", 1),), "field_unknown", ""),
    ("role-unknown", PHYSICIAN, (("holder.role", 6),), "field_value_unknown", "a person must not be taken for another"),
    ("role-as-text", PHYSICIAN, (("holder.role", "prescriber"),), "field_value_unknown", ""),
    ("profession-unknown", PHYSICIAN, (("holder.profession", 9),), "field_value_unknown", ""),
    ("holder-missing", PHYSICIAN, (("holder", ...),), "field_missing", ""),
    ("holder-with-more", PHYSICIAN, (("holder.999", "x"),), "field_unknown", "what is not shown must not be signed away"),
    ("claim-unknown", PHYSICIAN, (("2", "subject"),), "field_unknown", "sub has no place here"),
    ("claim-as-text-key", PHYSICIAN, (("iss", CARE),), "field_unknown", "claims are numbered (RFC 8392 §4)"),
    ("name-missing", PHYSICIAN, (("holder.name", ...),), "field_missing", ""),
    ("name-empty", PHYSICIAN, (("holder.name", ""),), "text_empty", ""),
    ("name-too-long", PHYSICIAN, (("holder.name", "a" * 81),), "text_too_long", "81 characters"),
    (
        "name-backwards",
        PHYSICIAN,
        (("holder.name", "Karin\u202emörtsjöS"),),
        "text_unprintable",
        "U+202E turns the rest around",
    ),
    ("name-decomposed", PHYSICIAN, (("holder.name", "Sjo\u0308stro\u0308m"),), "text_not_nfc", "o and U+0308 for ö"),
    ("valid-until-as-text", PHYSICIAN, (("valid_until", "2027-01-01"),), "field_type", "not a NumericDate"),
    ("valid-from-missing", PHYSICIAN, (("valid_from", ...),), "field_missing", ""),
    ("valid-until-beyond", PHYSICIAN, (("valid_until", 7_258_118_400),), "number_out_of_range", "the year 2200"),
)


def _headers() -> Iterator[Vector]:
    nested = W.credential()
    for name, document, expect, comment in (
        ("kcwt", credential(kcwt=nested), "document_header", "a credential has no credential: chains do not grow"),
        (
            "typ-of-status-list",
            credential(header={16: "application/statuslist+cwt"}),
            "document_kind",
            "signed as something else",
        ),
        ("typ-missing", credential(header={16: ...}), "document_kind_unknown", ""),
        ("trailing-byte", nested + b"\0", "cbor_trailing_bytes", ""),
    ):
        yield vector(name, LAYER, document, expect, comment)


def made() -> dict[str, Any]:
    """The file."""
    claims = (
        vector(name, LAYER, credential(holder, *changes), expect, comment) for name, holder, changes, expect, comment in _CLAIMS
    )
    return file("Credentials, judged with the trust list of `trust`.", [*_accepted(), *_chain(), *claims, *_headers()])
