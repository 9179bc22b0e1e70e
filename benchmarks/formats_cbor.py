"""The prescription as an EU Digital COVID Certificate would hold it, and as an ISO 18013-5 mdoc.

Rules: the DCC style follows the Electronic Health Certificate Specification 1.0.5 (Annex I of Decision (EU) 2021/1073): a CWT
with iss 1, exp 4, iat 6 and hcert -260, inside it a map with text keys (two letters, as the DCC's own); COSE_Sign1; zlib;
Base45 (RFC 9285) after `HC1:` in alphanumeric mode. Its kid is the first 8 bytes of the SHA-256 of the signer's certificate.
The specification recommends level Q; here level M, as for all. The DCC carries no chain; with one, it stands in the protected
header: dpr's credential under kcwt (13), or a certificate under x5chain (33, RFC 9360).

The mdoc is IssuerSigned (ISO/IEC 18013-5:2021 §8.3.2.1.2.2): each element a tagged IssuerSignedItem with 16 random bytes, and
an MSO (§9.1.2.4) with one SHA-256 digest an element (§9.1.2.5), the required device key, and x5chain. One element is one
answer to a reader: identity, name, and each item whole. The standard has no QR code for it, only for finding a reader; so the
bytes go into byte mode, the densest there is, after zlib where that is smaller.

Example: `made(World(), value)["dcc"]` → (COSE_Sign1, ((2, b"HC1:6BF…"),), {"task": "dcc", …})
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import cbor2
from cbor2 import CBORTag
from qrcode import util

from benchmarks.formats_x509 import certificate
from dpr.core import cbor, cose
from dpr.core.prescription import PRESCRIPTION, Prescription
from tests.world import World, signer

Made = tuple[bytes, Sequence[tuple[int, bytes]], dict[str, Any]]
HCERT, EU_DCC_V1, X5CHAIN = -260, 1, 33
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
NAMESPACE = "se.dpr.prescription.1"

#: Name of a field in dpr's JSON form → its key in the DCC style.
SHORT_KEYS = {
    **{"id": "ci", "kind": "ki", "reason": "re", "patient": "pt", "items": "it"},
    **{"personnummer": "pn", "name": "nm", "npl_pack_id": "pk", "npl_id": "np", "atc": "at", "form": "fo"},
    **{"strength": "st", "pack": "pa", "packages": "pc", "dispensings": "di", "interval_days": "in", "dosage": "do"},
    **{"purpose": "pu", "benefit": "be", "benefit_conditions": "bc", "substitution": "su", "allowed": "al"},
    **{"control_class": "cc", "first_pack": "fp"},
}


def made(world: World, value: Prescription) -> dict[str, Made]:
    """dcc, dcc_x5chain, dcc_kid and mdoc: bytes, QR segments, task for the verifier."""
    found: dict[str, Made] = {}
    leaf = certificate(world)
    chains: dict[str, dict[int, Any]] = {
        "dcc": {cose.KCWT: cbor.decode(world.credential())},
        "dcc_x5chain": {X5CHAIN: leaf},
        "dcc_kid": {},
    }
    for name, chain in chains.items():
        document = dcc(world, value, leaf, chain)
        text = "HC1:" + base45(zlib.compress(document, 9))
        found[name] = document, ((util.MODE_ALPHA_NUM, text.encode()),), {"task": "dcc", "text": text}
    document = mdoc(world, value, leaf)
    content = min(document, zlib.compress(document, 9), key=len)
    found["mdoc"] = document, ((util.MODE_8BIT_BYTE, content),), {"task": "mdoc", "document": document.hex()}
    return found


# --- EU DCC style -----------------------------------------------------------------------------------------------------------


def dcc(world: World, value: Prescription, leaf: bytes, chain: dict[int, Any]) -> bytes:
    """The COSE_Sign1 of the CWT. `chain`: further protected header parameters."""
    claims = {1: "SE", 4: value.expires_at, 6: value.authored_at, HCERT: {EU_DCC_V1: health_certificate(value)}}
    protected = cbor2.dumps({cose.ALG: -7, cose.KID: hashlib.sha256(leaf).digest()[:8], **chain})
    payload = cbor2.dumps(claims)
    return cose.assemble1(protected, payload, world.prescriber.sign(cose.to_be_signed1(protected, payload)))


def health_certificate(value: Prescription) -> dict[str, Any]:
    """What stands under hcert: dpr's content with the DCC's kind of keys, codes as text, and its `ver`."""
    content = PRESCRIPTION.to_json(value)["content"]
    return {"ver": "1.0.0", "ci": value.id, **_shortened(content)}


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {SHORT_KEYS[key]: _shortened(inner) for key, inner in value.items()}
    return [_shortened(inner) for inner in value] if isinstance(value, list) else value


def base45(data: bytes) -> str:
    """RFC 9285: two bytes in three characters, a last one in two."""
    text = []
    for at in range(0, len(data), 2):
        part = data[at : at + 2]
        number = int.from_bytes(part, "big")
        for _ in range(len(part) + 1):
            number, digit = divmod(number, 45)
            text.append(_ALPHABET[digit])
    return "".join(text)


# --- ISO 18013-5 ------------------------------------------------------------------------------------------------------------


def mdoc(world: World, value: Prescription, leaf: bytes) -> bytes:
    """IssuerSigned: the elements, and the signature over the digests of each."""
    items = [
        CBORTag(24, cbor2.dumps({"digestID": number, "random": salt(name), "elementIdentifier": name, "elementValue": element}))
        for number, (name, element) in enumerate(elements(value).items())
    ]
    device = signer("wallet").key.to_cose(compressed=False)
    mso = {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": {NAMESPACE: {n: hashlib.sha256(cbor2.dumps(item)).digest() for n, item in enumerate(items)}},
        "deviceKeyInfo": {"deviceKey": device},
        "docType": NAMESPACE,
        "validityInfo": {
            "signed": _tdate(value.authored_at),
            "validFrom": _tdate(value.authored_at),
            "validUntil": _tdate(value.expires_at),
        },
    }
    protected = cbor2.dumps({cose.ALG: -7})
    payload = cbor2.dumps(CBORTag(24, cbor2.dumps(mso)))
    signature = world.prescriber.sign(cose.to_be_signed1(protected, payload))
    return cbor2.dumps({"nameSpaces": {NAMESPACE: items}, "issuerAuth": [protected, {X5CHAIN: leaf}, payload, signature]})


def elements(value: Prescription) -> dict[str, Any]:
    """Element identifier → value: what a wallet could disclose separately, in the fewest elements that make sense."""
    content = PRESCRIPTION.to_json(value)["content"]
    found = {"id": value.id, "kind": content["kind"], "reason": content["reason"], **content["patient"]}
    return found | {f"item_{number}": item for number, item in enumerate(content["items"], 1)}


def salt(name: str) -> bytes:
    """16 bytes that do not compress; derived, so that each run gives the same."""
    return hashlib.sha256(b"salt of " + name.encode()).digest()[:16]


def _tdate(instant: int) -> CBORTag:
    return CBORTag(0, datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
