"""dpr against other implementations of COSE: python-cwt and pycose verify what it signs, it verifies what they sign.

Rules: the libraries live in a virtual environment beside dpr's (`.venv-peers`, made by `make setup`), since they need an older
cbor2; its absence is a failure. Where a library takes what dpr refuses, the vector stands in a table with the reason.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

import cbor2
import pytest
from cbor2 import CBORTag

from benchmarks import peers_verify
from dpr.core import cbor, cose
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey
from tests.world import NOW, PHARMACIES, World, signer

LIBRARIES = ("cwt", "pycose")


def peer(library: str, *tasks: dict[str, str]) -> list[dict[str, Any]]:
    """What a library answers to `tasks` (tests/peers/verify_with_….py)."""
    if not peers_verify.PEER_PYTHON.exists():
        pytest.fail(f"{peers_verify.PEER_PYTHON} is missing: run `sh scripts/setup.sh .venv`")
    command = [peers_verify.PEER_PYTHON, peers_verify.PEERS / f"verify_with_{library}.py"]
    ran = subprocess.run(command, input=json.dumps(tasks), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    answers: list[dict[str, Any]] = json.loads(ran.stdout)
    return answers


def task(document: bytes, key: PublicKey, kid: bytes | None = None, aad: str = "") -> dict[str, str]:
    """The libraries want y written out; python-cwt also the kid of the message in the key."""
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
    return {
        "credential": (world.credential(), world.care.key),
        "prescription": (world.prescription_document(), world.prescriber.key),
        "prescription, kid only": (world.prescription_document(embedded=False), world.prescriber.key),
        "prescription, EdDSA": (World(prescriber=ed).prescription_document(), ed.key),
        "status list": (world.status_list(issuer=PHARMACIES), world.pharmacies.key),
        "revocations": (world.revocations({7: NOW}), world.care.key),
        "trust list": (world.trust_list(), world.root.key),
        "root": (world.root_document(), world.root.key),
        "snapshot": (world.snapshot(), world.online.key),
    }


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_verifies_our_documents_and_reads_the_same_in_them(library: str) -> None:
    answers = peer(library, *(task(document, key, key.kid) for document, key in our_documents().values()))
    for name, (document, _), answer in zip(our_documents(), our_documents().values(), answers, strict=True):
        protected, _, payload, _ = cbor.decode(document).value
        assert answer.get("payload") == payload.hex(), (name, answer)
        if library == "cwt":
            assert answer["claims"] == shown(cbor.decode(payload)), name
            assert answer["header"] == shown(cbor.decode(protected)), name


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_refuses_our_documents_under_another_key_or_changed(library: str) -> None:
    tasks = []
    for document, key in our_documents().values():
        other = signer("another peer", "EdDSA" if key.alg == -8 else "ES256").key
        tasks.append(task(document, other, key.kid))
        tasks.append(task(document[:-1] + bytes((document[-1] ^ 1,)), key, key.kid))
    assert all("error" in answer for answer in peer(library, *tasks))


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_a_library_signs_is_verified_by_us(library: str) -> None:
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
    for one, answer in zip(signers, peer(library, *tasks), strict=True):
        opened = cose.verify1(bytes.fromhex(answer["document"]), one.key)
        typ = {16: "x"} if library == "cwt" else {}
        assert (opened.payload, opened.protected) == (payload, {1: one.key.alg, 4: one.key.kid} | typ)
        with pytest.raises(DocumentError, match="signature_invalid"):
            cose.verify1(bytes.fromhex(answer["document"]), one.key, external_aad=b"x")


_CRIT = "RFC 9052 §3.1: an unknown or misplaced critical label is a fatal error"
#: Vectors of cose.json that a library takes and we refuse → why we do.
LOOSER = {
    "cwt": {
        **dict.fromkeys(("protected-empty",), "it does not look for alg: the key decides"),
        **dict.fromkeys(
            ("alg-of-another-key", "alg-not-of-the-curve", "alg-mac", "alg-as-text", "alg-none"),
            "it does not compare alg with the key",
        ),
        **dict.fromkeys(("crit-unknown", "crit-text-label", "crit-absent-label", "crit-unprotected"), _CRIT),
        **dict.fromkeys(("crit-empty", "crit-not-a-list"), _CRIT),
        "label-in-both": "RFC 9052 §3: labels must be unique over both headers",
        "protected-not-a-map": "RFC 9052 §3: a map",
        "protected-twice": "RFC 8949 §5.6: duplicate keys",
        "protected-and-more": "bytes after the end",
        "trailing-byte": "bytes after the end",
        "forged-under-order-1": "a key for which anybody can sign",
        "forged-under-order-8-first": "a key for which anybody can sign",
        "float-label": "RFC 9052 §1.4: a label is an integer or text; in Python 1.0 == 1",
    },
    "pycose": {
        "alg-as-text": "RFC 9053 §2: an algorithm of ours has a number; it takes names",
        **dict.fromkeys(("crit-unknown", "crit-text-label", "crit-absent-label", "crit-unprotected"), _CRIT),
        "label-in-both": "RFC 9052 §3: labels must be unique over both headers",
        "protected-twice": "RFC 8949 §5.6: duplicate keys",
        "protected-and-more": "bytes after the end",
        "trailing-byte": "bytes after the end",
        "five-parts": "RFC 9052 §4.2: an array of four",
        "forged-under-order-1": "a key for which anybody can sign",
        "forged-under-order-8-first": "a key for which anybody can sign",
    },
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_agrees_on_every_cose_vector_but_those_where_it_is_looser(library: str) -> None:
    accepted = {vector["name"] for vector in peers_verify.vectors() if vector["expect"] == "accepted"}
    taken = peers_verify.taken()
    assert taken["dpr"] == accepted
    assert accepted - taken[library] == set()
    assert taken[library] - accepted == LOOSER[library].keys()
