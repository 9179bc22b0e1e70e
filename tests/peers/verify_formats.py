"""Verifies the prescription in other formats, each with a library of its field: run by benchmarks.formats with the Python of
`.venv-peers`, knows no dpr.

Rules: JSON in on stdin, JSON out on stdout, one answer for each task of the list: `by` (library and version), `content` (what
was signed), `chain` (did a proof of who signed travel, and verify under `issuer`?), or `error`. Keys are PEM.

Example: `[{"task": "dcc", "text": "HC1:6BF…", "key": "-----BEGIN…", "issuer": "-----BEGIN…"}]`
"""

import base64
import json
import sys
import zlib
from importlib.metadata import version
from typing import Any

import base45
import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cwt import COSE, COSEKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from pymdoccbor.mdoc.issuersigned import IssuerSigned
from sd_jwt.verifier import SDJWTVerifier
from verify_with_cwt import shown


def certified(certificate: bytes | str, task: dict[str, Any]) -> bool:
    """Is this the signer's certificate, signed by `issuer`? Raises where it is another's."""
    der = base64.b64decode(certificate) if isinstance(certificate, str) else certificate
    read = x509.load_der_x509_certificate(der)
    load_pem_public_key(task["issuer"].encode()).verify(read.signature, read.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    if read.public_key() != load_pem_public_key(task["key"].encode()):
        raise ValueError("the certificate is another's")
    return True


def by_cwt(document: bytes, key: str) -> tuple[dict[Any, Any], Any]:
    """Protected header and claims of a COSE_Sign1, verified by python-cwt, which wants the kid in the key."""
    kid = cbor2.loads(cbor2.loads(document).value[0])[4]
    protected, _, payload = COSE.new().decode_with_headers(document, COSEKey.from_pem(key, kid=kid, alg="ES256"))
    return protected, cbor2.loads(payload)


def vouched(protected: dict[Any, Any], task: dict[str, Any]) -> bool:
    """Does the header hold the signer's credential (kcwt, 13) or certificate (x5chain, 33), signed by `issuer`?"""
    if 13 in protected:
        _, claims = by_cwt(cbor2.dumps(protected[13], canonical=True), task["issuer"])
        x = load_pem_public_key(task["key"].encode()).public_numbers().x.to_bytes(32, "big")
        if claims[8][1][-2] != x:
            raise ValueError("the credential is another's")
        return True
    return certified(protected[33], task) if 33 in protected else False


def dpr(task: dict[str, Any]) -> dict[str, Any]:
    protected, claims = by_cwt(bytes.fromhex(task["document"]), task["key"])
    return {"by": f"cwt {version('cwt')}", "content": shown(claims), "chain": vouched(protected, task)}


def dcc(task: dict[str, Any]) -> dict[str, Any]:
    document = zlib.decompress(base45.b45decode(task["text"].removeprefix("HC1:")))
    protected, claims = by_cwt(document, task["key"])
    return {
        "by": f"base45 {version('base45')}, cwt {version('cwt')}",
        "content": shown(claims[-260][1]),
        "chain": vouched(protected, task),
    }


def shc(task: dict[str, Any]) -> dict[str, Any]:
    digits = task["text"].removeprefix("shc:/")
    token = JWS()
    token.deserialize("".join(chr(int(digits[at : at + 2]) + 45) for at in range(0, len(digits), 2)))
    key = JWK.from_pem(task["key"].encode())
    token.verify(key)
    if token.jose_header["kid"] != key.thumbprint():
        raise ValueError("kid is not the thumbprint")
    chain = "x5c" in token.jose_header and certified(token.jose_header["x5c"][0], task)
    content = json.loads(zlib.decompress(token.payload, -15))
    return {"by": f"jwcrypto {version('jwcrypto')}", "content": content, "chain": chain}


def sdjwt(task: dict[str, Any]) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    def key_of(_issuer: str, header: dict[str, Any]) -> JWK:
        headers.update(header)
        return JWK.from_pem(task["key"].encode())

    content = SDJWTVerifier(task["text"], key_of).get_verified_payload()
    chain = "x5c" in headers and certified(headers["x5c"][0], task)
    return {"by": f"sd-jwt {version('sd-jwt')}", "content": content, "chain": chain}


def mdoc(task: dict[str, Any]) -> dict[str, Any]:
    signed = cbor2.loads(bytes.fromhex(task["document"]))
    opened = IssuerSigned(**signed)
    hashed = opened.issuer_auth.verify_element_hashes(opened.namespaces)
    if not opened.issuer_auth.verify_signature() or not hashed["valid"] or not hashed["total"]:
        raise ValueError(f"the signature or a digest does not verify: {hashed}")
    items = [cbor2.loads(item.value) for items in opened.namespaces.values() for item in items]
    content = {item["elementIdentifier"]: shown(item["elementValue"]) for item in items}
    chain = certified(opened.issuer_auth.raw_public_keys[0], task)
    return {"by": f"pymdoccbor {version('pymdoccbor')}", "content": content, "chain": chain}


TASKS = {"dpr": dpr, "dcc": dcc, "shc": shc, "sdjwt": sdjwt, "mdoc": mdoc}


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """What the task's library says, or the name of the error."""
    try:
        return TASKS[task["task"]](task)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    json.dump([answer(task) for task in json.load(sys.stdin)], sys.stdout)
