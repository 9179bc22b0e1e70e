"""The prescription as a SMART Health Card would hold it, and as an SD-JWT.

Rules: the card style follows the SMART Health Cards Framework 1.4.0 (§ Health Cards are Compact, § Encoding QRs): a JWS by
ES256 with `zip: DEF` and the key's RFC 7638 thumbprint as kid, the payload minified and raw DEFLATE, in it a FHIR R4 Bundle
whose resources have no id and no meta, and refer by `resource:N`; in the QR code `shc:/` in byte mode, then two digits a
character (its code - 45) in numeric mode. The resources are those that dpr registers (dpr.core.fhir). One deviation:
`Medication.code` keeps its text, since a prescription must be readable without a product file. The card carries no chain; with
one, the certificate stands in the JWS header (`x5c`, RFC 7515 §4.1.6). The same envelope is filled with dpr's claims as JSON
too (`shc`), which costs less than FHIR (`shc_fhir`).

The SD-JWT follows RFC 9901: an issuer-signed JWT and one disclosure (128-bit salt, §4.2) for each of identity, name and item,
all of them presented; without key binding. No specification gives it a QR code, so it is written as the card is, two digits a
character: 6.7 bits, where byte mode needs 8.

Example: `made(World(), value)["shc"]` → (b"eyJ…", ((4, b"shc:/"), (1, b"5676…")), {"task": "shc", "text": "shc:/5676…"})
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from qrcode import util

from benchmarks.formats_cbor import salt
from benchmarks.formats_x509 import certificate
from dpr.core import fhir
from dpr.core.fhir_names import Resource
from dpr.core.prescription import PRESCRIPTION, Prescription
from tests.world import World

Made = tuple[bytes, Sequence[tuple[int, bytes]], dict[str, Any]]
ISSUER = "https://rx.region-test.example"
HEALTH_CARD = "https://smarthealth.cards#health-card"


def made(world: World, value: Prescription) -> dict[str, Made]:
    """shc, shc_kid, shc_fhir, shc_fhir_kid, sdjwt, sdjwt_kid: bytes, QR segments, task for the verifier."""
    x5c = {"x5c": [base64.b64encode(certificate(world)).decode()]}
    found: dict[str, Made] = {}
    for name, claims in (("shc", plain_claims(value)), ("shc_fhir", health_card(world, value))):
        for suffix, chain in (("", x5c), ("_kid", {})):
            header = {"alg": "ES256", "zip": "DEF", "kid": thumbprint(world), **chain}
            deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
            token = jws(world, header, deflater.compress(minified(claims)) + deflater.flush())
            found[name + suffix] = token.encode(), numeric(token), {"task": "shc", "text": "shc:/" + digits(token)}
    for suffix, chain in (("", x5c), ("_kid", {})):
        token = sd_jwt(world, value, {"alg": "ES256", "typ": "dpr+sd-jwt", "kid": thumbprint(world), **chain})
        found["sdjwt" + suffix] = token.encode(), numeric(token, b""), {"task": "sdjwt", "text": token}
    return found


def minified(value: Any) -> bytes:
    """JSON without optional white space, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def base64url(data: bytes) -> str:
    """RFC 7515 §2: without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(world: World, header: dict[str, Any], payload: bytes) -> str:
    """A JWS in compact serialization (RFC 7515 §3.1), signed by the prescriber."""
    data = f"{base64url(minified(header))}.{base64url(payload)}"
    return f"{data}.{base64url(world.prescriber.sign(data.encode()))}"


def thumbprint(world: World) -> str:
    """RFC 7638, of the prescriber's key."""
    key = world.prescriber.key.key
    assert isinstance(key, ec.EllipticCurvePublicKey)
    numbers = key.public_numbers()
    x, y = (base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return base64url(hashlib.sha256(minified({"crv": "P-256", "kty": "EC", "x": x, "y": y})).digest())


def digits(token: str) -> str:
    """Two digits a character: its code - 45."""
    return "".join(f"{ord(character) - 45:02}" for character in token)


def numeric(token: str, prefix: bytes = b"shc:/") -> Sequence[tuple[int, bytes]]:
    """The QR segments of a token."""
    head = ((util.MODE_8BIT_BYTE, prefix),) if prefix else ()
    return (*head, (util.MODE_NUMBER, digits(token).encode()))


# --- SMART Health Card style ------------------------------------------------------------------------------------------------


def health_card(world: World, value: Prescription) -> dict[str, Any]:
    """The payload: a bundle of the patient, the prescriber, each product and each request."""
    return {
        "iss": ISSUER,
        "nbf": value.authored_at,
        "exp": value.expires_at,
        "vc": {
            "type": [HEALTH_CARD],
            "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": bundle(world, value)},
        },
    }


def plain_claims(value: Prescription) -> dict[str, Any]:
    """dpr's own claims under JWT's names."""
    claims = PRESCRIPTION.to_json(value)
    return {"iss": ISSUER, "nbf": value.authored_at, "exp": value.expires_at, "jti": base64url(value.id), **claims["content"]}


def bundle(world: World, value: Prescription) -> Resource:
    """Each resource once, what was contained as an entry of its own."""
    patient = value.content.patient
    assert patient is not None
    system, number = fhir.patient_identifier(patient) or ("", "")
    entries: list[Resource] = [
        {"resourceType": "Patient", "identifier": [{"system": system, "value": number}], "name": [{"text": patient.name}]}
    ]
    for place in range(1, len(value.content.items) + 1):
        request = fhir.medication_request(value, place, world.credential_value().holder, patient_reference="resource:0")
        names: dict[str, str] = {}
        for part in request.pop("contained"):
            reference = f"#{part.pop('id')}"
            part.pop("meta", None)
            if part not in entries:
                entries.append(part)
            names[reference] = f"resource:{entries.index(part)}"
        request.pop("meta")
        entries.append(_referring(request, names))
    listed = [{"fullUrl": f"resource:{number}", "resource": entry} for number, entry in enumerate(entries)]
    return {"resourceType": "Bundle", "type": "collection", "entry": listed}


def _referring(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(inner, inner) if key == "reference" else _referring(inner, names) for key, inner in value.items()
        }
    return [_referring(inner, names) for inner in value] if isinstance(value, list) else value


# --- SD-JWT -----------------------------------------------------------------------------------------------------------------


def sd_jwt(world: World, value: Prescription, header: dict[str, Any]) -> str:
    """The issuer-signed JWT and every disclosure, each ended by a tilde (RFC 9901 §4)."""
    claims = plain_claims(value)
    patient = claims.pop("patient")
    members = [_disclosure(name, name, text) for name, text in patient.items()]
    items = [_disclosure(f"item {number}", item) for number, item in enumerate(claims["items"], 1)]
    claims["items"] = [{"...": _digest(item)} for item in items]
    payload = claims | {"patient": {"_sd": sorted(map(_digest, members))}, "_sd_alg": "sha-256"}
    return "~".join((jws(world, header, minified(payload)), *members, *items, ""))


def _disclosure(label: str, *content: Any) -> str:
    return base64url(minified([base64url(salt(label)), *content]))


def _digest(disclosure: str) -> str:
    return base64url(hashlib.sha256(disclosure.encode()).digest())
