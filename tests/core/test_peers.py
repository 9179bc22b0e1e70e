"""dpr against what others made: the COSE working group's examples, Wycheproof's ECDSA cases, and python-cwt.

Rules: the project carries no copy of others' data; those tests are skipped where `../shared/peers` is absent. python-cwt lives
in a virtual environment beside dpr's (`.venv-peers`, made by `make setup`), since it needs an older cbor2; its absence is a
failure. Every deviation stands in a table with its reason.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cbor2 import CBORTag

from dpr.core import cbor, cose, documents
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey, decode_key
from tests.world import PHARMACIES, PHYSICIAN, World, signer

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = ROOT.parent / "shared" / "peers"
EXAMPLES = sorted((PEERS / "cose-wg-examples").rglob("*.json"))
WYCHEPROOF = PEERS / "wycheproof" / "ecdsa_secp256r1_sha256_p1363_test.json"
PEER_PYTHON = Path(f"{sys.prefix}-peers") / "bin" / "python"

# --- the COSE working group's examples ----------------------------------------------------------------------------------

CURVES = {"P-256": 1, "P-384": 2, "P-521": 3, "Ed25519": 6, "Ed448": 7}
#: Examples that the working group passes and we refuse → code, reason.
STRICTER = {
    "sign-pass-01": ("cose_header", "alg is unprotected: anybody could change it"),
    "sign-pass-03": ("cose_tag", "untagged: the tag says what was signed"),
    "ecdsa-04": ("nobody", "ES512 by a key of P-256: we bind the algorithm to the curve"),
    "ecdsa-sig-04": ("cose_algorithm", "ES512 by a key of P-256: we bind the algorithm to the curve"),
    "eddsa-02": ("key_unsupported", "Ed448: one EdDSA curve is enough"),
    "eddsa-sig-02": ("key_unsupported", "Ed448: one EdDSA curve is enough"),
}


def key_of(written: dict[str, str]) -> PublicKey:
    """The public key of an example."""

    def member(name: str) -> bytes:
        if f"{name}_hex" in written:
            return bytes.fromhex(written[f"{name}_hex"])
        return base64.urlsafe_b64decode(written[name] + "=" * (-len(written[name]) % 4))

    crv = CURVES[written["crv"]]
    if written["kty"] == "OKP":
        return decode_key({1: 1, -1: crv, -2: member("x")})
    return decode_key({1: 2, -1: crv, -2: member("x"), -3: member("y")})


def judged(example: dict[str, Any]) -> str:
    """`accepted`, `nobody` where a COSE_Sign verified under no key, or the code it was refused with."""
    given, message = example["input"], bytes.fromhex(example["output"]["cbor"])
    try:
        if "sign0" in given:
            aad = bytes.fromhex(given["sign0"].get("external", ""))
            opened = cose.verify1(message, key_of(given["sign0"]["key"]), external_aad=aad)
            assert opened.payload == given["plaintext"].encode()
            return "accepted"
        keys = [key_of(one["key"]) for one in given["sign"]["signers"]]
        signed = cose.verify(message, keys)
        assert signed.payload == given["plaintext"].encode()
        return "accepted" if signed.signed_by == set(keys) else "nobody"
    except DocumentError as error:
        return error.code


@pytest.mark.skipif(not EXAMPLES, reason="no ../shared/peers/cose-wg-examples")
def test_every_example_of_the_cose_working_group_is_judged_as_there_or_stricter_for_a_reason() -> None:
    answers = {path.stem: judged(json.loads(path.read_text("utf-8"))) for path in EXAMPLES}
    fails = {path.stem for path in EXAMPLES if json.loads(path.read_text("utf-8")).get("fail")}
    assert len(answers) == 21 and len(fails) == 6
    assert {name for name in fails if answers[name] == "accepted"} == set()
    deviating = {name: answer for name, answer in answers.items() if name not in fails and answer != "accepted"}
    assert deviating == {name: code for name, (code, _) in STRICTER.items()}


# --- Wycheproof -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not WYCHEPROOF.exists(), reason="no ../shared/peers/wycheproof")
def test_every_wycheproof_case_of_es256_is_judged_as_there() -> None:
    """No case is `acceptable` in this file; if one comes, somebody has to decide."""
    judged, wrong = 0, []
    for group in json.loads(WYCHEPROOF.read_text("utf-8"))["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = decode_key({1: 2, -1: 1, -2: point[1:33], -3: point[33:]})
        assert decode_key(key.to_cose()) == key
        for case in group["tests"]:
            judged += 1
            expected = {"valid": True, "invalid": False}[case["result"]]
            if key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])) is not expected:
                wrong.append((case["tcId"], case["comment"]))
    assert (judged, wrong) == (262, [])


# --- python-cwt -----------------------------------------------------------------------------------------------------------


def peer(*tasks: dict[str, str]) -> list[dict[str, Any]]:
    """What python-cwt answers to `tasks` (tests/peers/verify_with_cwt.py)."""
    if not PEER_PYTHON.exists():
        pytest.fail(f"{PEER_PYTHON} is missing: run `sh scripts/setup.sh .venv`")
    script = ROOT / "tests" / "peers" / "verify_with_cwt.py"
    ran = subprocess.run([PEER_PYTHON, script], input=json.dumps(tasks), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    answers: list[dict[str, Any]] = json.loads(ran.stdout)
    return answers


def task(document: bytes, key: PublicKey, kid: bytes | None = None, aad: str = "") -> dict[str, str]:
    """python-cwt wants y written out, and the kid of the message in the key."""
    cose_key = key.to_cose(compressed=False) | ({2: kid} if kid is not None else {})
    return {"task": "verify", "document": document.hex(), "key": cbor2.dumps(cose_key).hex(), "external_aad": aad}


def shown(value: Any) -> Any:
    """Decoded CBOR as tests/peers/verify_with_cwt.py shows it."""
    match value:
        case bytes():
            return f"h'{value.hex()}'"
        case dict():
            return {str(key): shown(inner) for key, inner in value.items()}
        case list() | tuple():
            return [shown(inner) for inner in value]
        case CBORTag():
            return {"tag": value.tag, "value": shown(value.value)}
    return value


@cache
def our_documents() -> dict[str, tuple[bytes, PublicKey]]:
    """One of each kind, and with each algorithm, with the key that signed it."""
    world, ed = World(), signer("peers", "EdDSA")
    by_ed = documents.sign(documents.PRESCRIPTION, world.prescription(), ed, credential=world.credential(PHYSICIAN, ed))
    return {
        "credential": (world.credential(), world.care.key),
        "prescription": (world.prescription_document(), world.prescriber.key),
        "prescription, kid only": (world.prescription_document(embedded=False), world.prescriber.key),
        "prescription, EdDSA": (by_ed, ed.key),
        "status list": (world.status_list(issuer=PHARMACIES), world.pharmacies.key),
        "trust list": (world.trust_list(), world.root.key),
    }


def test_python_cwt_verifies_our_documents_and_reads_the_same_claims_in_them() -> None:
    answers = peer(*(task(document, key, key.kid) for document, key in our_documents().values()))
    for name, (document, _), answer in zip(our_documents(), our_documents().values(), answers, strict=True):
        protected, _, payload, _ = cbor.decode(document).value
        claims = cbor.decode(payload)
        assert answer["payload"] == payload.hex(), name
        assert answer["claims"] == shown(claims), name
        assert answer["header"] == shown(cbor.decode(protected)), name


def test_python_cwt_refuses_our_documents_under_another_key_or_changed() -> None:
    tasks = []
    for document, key in our_documents().values():
        other = signer("another peer", "EdDSA" if key.alg == -8 else "ES256").key
        tasks.append(task(document, other, key.kid))
        tasks.append(task(document[:-1] + bytes((document[-1] ^ 1,)), key, key.kid))
    assert all("error" in answer for answer in peer(*tasks))


def test_what_python_cwt_signs_is_verified_by_us() -> None:
    tasks = []
    signers = (signer("peers"), signer("peers", "EdDSA"))
    payload = cbor.encode({1: "SE2321000016-T001", 6: 1_795_262_400, -65537: {0: "åäö"}})
    for one in signers:
        private = one._private_key
        secret = (
            private.private_bytes_raw() if one.key.alg == -8 else private.private_numbers().private_value.to_bytes(32, "big")  # type: ignore[union-attr]
        )
        key = one.key.to_cose(compressed=False) | {-4: secret, 3: one.key.alg, 2: one.key.kid}
        tasks.append({"task": "sign", "typ": "x", "payload": payload.hex(), "key": cbor2.dumps(key).hex()})
    for one, answer in zip(signers, peer(*tasks), strict=True):
        opened = cose.verify1(bytes.fromhex(answer["document"]), one.key)
        assert (opened.payload, opened.protected) == (payload, {1: one.key.alg, 4: one.key.kid, 16: "x"})
        with pytest.raises(DocumentError, match="signature_invalid"):
            cose.verify1(bytes.fromhex(answer["document"]), one.key, external_aad=b"x")


#: Vectors of cose.json that python-cwt 3.3 takes and we refuse → why we do.
LOOSER = {
    "protected-empty": "it does not look for alg: the key decides",
    "alg-of-another-key": "it does not compare alg with the key",
    "alg-not-of-the-curve": "it does not compare alg with the key",
    "alg-mac": "it does not compare alg with the key",
    "alg-as-text": "it does not compare alg with the key",
    "alg-none": "it does not compare alg with the key",
    "label-in-both": "RFC 9052 §3: labels must be unique over both headers",
    "crit-unknown": "RFC 9052 §3.1: an unknown critical label is a fatal error",
    "crit-text-label": "RFC 9052 §3.1",
    "crit-absent-label": "RFC 9052 §3.1",
    "crit-empty": "RFC 9052 §3.1",
    "crit-not-a-list": "RFC 9052 §3.1",
    "crit-unprotected": "RFC 9052 §3.1",
    "protected-not-a-map": "RFC 9052 §3: a map",
    "protected-twice": "RFC 8949 §5.6: duplicate keys",
    "protected-and-more": "bytes after the end",
    "trailing-byte": "bytes after the end",
    "forged-under-order-1": "a key for which anybody can sign",
    "forged-under-order-8-first": "a key for which anybody can sign",
}


def test_python_cwt_agrees_on_every_cose_vector_but_those_where_it_is_looser() -> None:
    vectors = json.loads((ROOT / "tests" / "vectors" / "cose.json").read_text("utf-8"))["vectors"]
    tasks = []
    for vector in vectors:
        written = cbor.decode(bytes.fromhex(vector["key"]))
        whole = decode_key(written).to_cose(compressed=False) if vector["expect"] != "key_weak" else written
        key = cbor2.dumps(whole | kid_of(bytes.fromhex(vector["input"])))
        aad = vector["external_aad"]
        tasks.append({"task": "verify", "document": vector["input"], "key": key.hex(), "external_aad": aad})
    taken = {vector["name"] for vector, answer in zip(vectors, peer(*tasks), strict=True) if "error" not in answer}
    accepted = {vector["name"] for vector in vectors if vector["expect"] == "accepted"}
    assert accepted - taken == set()
    assert taken - accepted == LOOSER.keys()


def kid_of(message: bytes) -> dict[int, bytes]:
    """The `kid` that python-cwt looks for in the key, where the message has one."""
    try:
        protected, unprotected = cbor2.loads(message).value[:2]
        headers = cbor2.loads(protected), unprotected
    except (cbor2.CBORError, ValueError, TypeError, AttributeError):
        return {}
    kids = [header[4] for header in headers if isinstance(header, Mapping) and 4 in header]
    return {2: kids[0]} if kids else {}
