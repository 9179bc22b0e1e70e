"""python-cwt and pycose beside dpr's `cose.verify1`: time for the same COSE_Sign1, and what each takes that dpr refuses.

Rules: the peers need an older cbor2, so they run in `.venv-peers`, in a process of their own; rounds of the two processes
alternate, and each ratio is taken against the bare ES256 verification by `cryptography` of the same process and round, so that
neither drift nor another release of `cryptography` enters it. What is taken is counted over tests/vectors/cose.json.

Example: `times()["cwt"]["ratio"] == 1.4`
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from benchmarks.measure import ratio
from benchmarks.verdict import MEASURED
from dpr.core import cbor, cose
from dpr.core.errors import DocumentError
from dpr.core.keys import decode_key
from tests.world import World, signer

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "tests" / "peers"
PEER_PYTHON = Path(f"{sys.prefix}-peers") / "bin" / "python"
#: Short turns, many of them: on a busy machine a long turn is always interrupted, a short one seldom.
ROUNDS, CALLS = 300, {"bare": 4, "cwt": 4, "pycose": 1}
#: What a reader of COSE is asked → the vector that asks it; `float-label` is made here.
QUESTIONS = {
    "bytes after the end": "trailing-byte",
    "an unknown critical header parameter": "crit-unknown",
    "alg in the unprotected header only": "alg-unprotected",
    "a label twice in the protected header": "protected-twice",
    "a label in both headers": "label-in-both",
    "alg of another key type": "alg-of-another-key",
    "1.0 for the label 1": "float-label",
}


def times() -> dict[str, dict[str, float]]:
    """verify1, cwt, pycose: `ratio` to the bare verification, `microseconds`; and the bare one of each process."""
    world = World()
    written = json.loads(sorted(MEASURED.glob("one-item*.json"))[0].read_text("utf-8"))
    document = world.prescription_document(world.prescription(written))
    key = world.prescriber.key
    setup = {"document": document.hex(), "key": cbor2.dumps(key.to_cose(compressed=False)).hex(), "calls": CALLS}
    protected, _, payload, signature = cbor.decode(document).value
    data, scheme, public = cose.to_be_signed1(protected, payload), ec.ECDSA(hashes.SHA256()), key.key
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    command = [PEER_PYTHON, PEERS / "time_verify.py"]
    ours, theirs = [], []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peers:
        assert peers.stdin is not None and peers.stdout is not None
        print(json.dumps(setup), file=peers.stdin, flush=True)
        for _ in range(ROUNDS):
            print("", file=peers.stdin, flush=True)
            theirs.append(json.loads(peers.stdout.readline()))
            ours.append(ratio(lambda: cose.verify1(document, key), lambda: public.verify(der, data, scheme), rounds=2, calls=4))
        peers.stdin.close()
    found = {"verify1": {"ratio": _median(one[0] for one in ours), "microseconds": 1e6 * _median(one[1] for one in ours)}}
    for name in ("cwt", "pycose"):
        against = _median(one[name] / one["bare"] for one in theirs)
        found[name] = {"ratio": against, "microseconds": 1e6 * _median(one[name] for one in theirs)}
    found["bare"] = {"ratio": 1.0, "microseconds": 1e6 * _median(one[2] for one in ours)}
    found["bare_of_peers"] = {"ratio": 1.0, "microseconds": 1e6 * _median(one["bare"] for one in theirs)}
    return found


def _median(values: Any) -> float:
    return statistics.median(values)


# --- what is taken -----------------------------------------------------------------------------------------------------------


def vectors() -> list[dict[str, Any]]:
    """The vectors of cose.json, and one with a label that only looks like one."""
    found: list[dict[str, Any]] = json.loads((ROOT / "tests" / "vectors" / "cose.json").read_text("utf-8"))["vectors"]
    by = signer("a float label")
    protected, payload = cbor2.dumps({1.0: -7}), b"what is signed"
    message = cose.assemble1(protected, payload, by.sign(cose.to_be_signed1(protected, payload)))
    made = {"name": "float-label", "input": message.hex(), "expect": "cose_header", "external_aad": ""}
    return [*found, made | {"key": cbor.encode(by.key.to_cose()).hex()}]


def taken() -> dict[str, set[str]]:
    """Who (dpr, cwt, pycose) → the names of the vectors that it takes."""
    asked = vectors()
    found: dict[str, set[str]] = {"dpr": {one["name"] for one in asked if _verifies(one)}}
    for name in ("cwt", "pycose"):
        tasks = json.dumps([task(one) for one in asked])
        command = [PEER_PYTHON, PEERS / f"verify_with_{name}.py"]
        ran = subprocess.run(command, input=tasks, capture_output=True, text=True, check=True)
        answers = json.loads(ran.stdout)
        found[name] = {one["name"] for one, answer in zip(asked, answers, strict=True) if "error" not in answer}
    return found


def _verifies(vector: Mapping[str, Any]) -> bool:
    try:
        key = decode_key(cbor.decode(bytes.fromhex(vector["key"])))
        cose.verify1(bytes.fromhex(vector["input"]), key, external_aad=bytes.fromhex(vector["external_aad"]))
    except DocumentError:
        return False
    return True


def task(vector: Mapping[str, Any]) -> dict[str, str]:
    """A vector as the peers' scripts take it: y written out, and for python-cwt the message's kid in the key."""
    written = cbor.decode(bytes.fromhex(vector["key"]))
    with suppress(DocumentError):  # a weak key, which dpr does not read; the peers get it as it is
        written = decode_key(written).to_cose(compressed=False)
    key = cbor2.dumps(written | kid_of(bytes.fromhex(vector["input"])))
    return {"task": "verify", "document": vector["input"], "key": key.hex(), "external_aad": vector["external_aad"]}


def kid_of(message: bytes) -> dict[int, bytes]:
    """The `kid` that python-cwt looks for in the key, where the message has one."""
    try:
        protected, unprotected = cbor2.loads(message).value[:2]
        headers = cbor2.loads(protected), unprotected
    except (cbor2.CBORError, ValueError, TypeError, AttributeError):
        return {}
    kids = [header[4] for header in headers if isinstance(header, Mapping) and 4 in header]
    return {2: kids[0]} if kids else {}


def strictness() -> dict[str, Any]:
    """`refused`: vectors that dpr refuses; for each peer how many of them it takes, and its answer to each question."""
    asked, answers = vectors(), taken()
    good = {one["name"] for one in asked if one["expect"] == "accepted"}
    if answers["dpr"] != good:
        raise RuntimeError("dpr does not judge the vectors as they say: run the tests")
    bad = {one["name"] for one in asked} - good
    peers = {
        name: {
            "taken": len(bad & answers[name]),
            "good_refused": len(good - answers[name]),
            "questions": {question: vector in answers[name] for question, vector in QUESTIONS.items()},
        }
        for name in ("dpr", "cwt", "pycose")
    }
    return {"refused": len(bad), "accepted": len(good), "peers": peers}
