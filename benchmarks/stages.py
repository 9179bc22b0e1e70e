"""Where the time of a verdict goes: from the QR text of one item to the answer, in stages timed in one round.

Rules: only public functions are timed, whole; a stage is the difference between two of them, so it stays true when their
insides change. Text, bare signature and claims are timed by themselves; `chain` is what `documents.open` costs beside signature
and claims (frame, header, who signed, digest), `checks` what `verify` costs beside `documents.open`. `credential_…` is
what a new signer adds.

Example: `measured()["seen"]["signature"] == 63.1` (microseconds)
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from benchmarks.verdict import MEASURED
from dpr.core import cbor, cose, documents, qr
from dpr.core.prescription import PRESCRIPTION
from dpr.core.verify import Accepted, verify
from tests.world import World

#: Short turns, many of them: on a busy machine a long turn is always interrupted, a short one seldom.
ROUNDS, CALLS = 600, 2


def measured() -> dict[str, dict[str, float]]:
    """`seen`, `new`: stage → microseconds, for a signer seen before and one never seen. In the order of the work."""
    spent = {name: statistics.median(values) for name, values in _timed(_works()).items()}
    signature, claims = spent["signature"], spent["claims"]
    seen = {
        "text": spent["text"],
        "chain": max(spent["open"] - signature - claims, 0.0),
        "signature": signature,
        "claims": claims,
        "checks": max(spent["verify"] - spent["open"], 0.0),
    }
    more = max(spent["verify_new"] - spent["verify"] - signature, 0.0)
    new = {"text": seen["text"], "credential_signature": signature, "credential_rest": more}
    return {"seen": seen, "new": new | {name: value for name, value in seen.items() if name != "text"}}


def _works() -> dict[str, Callable[[], object]]:
    """What is timed, on the first measured prescription of one item."""
    world = World()
    written = json.loads(sorted(MEASURED.glob("one-item*.json"))[0].read_text("utf-8"))
    document = world.prescription_document(world.prescription(written))
    text, trust, now = qr.to_text(document), world.trust(), datetime.fromtimestamp(world.now, UTC)
    protected, _, payload, signature = cbor.decode(document).value
    data, scheme, key = cose.to_be_signed1(protected, payload), ec.ECDSA(hashes.SHA256()), world.prescriber.key.key
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    assert isinstance(key, ec.EllipticCurvePublicKey)

    def new() -> object:
        trust.forget()
        return verify(document, trust, now, policy=world.policy)

    assert isinstance(new(), Accepted)
    return {
        "text": lambda: qr.from_text(text),
        "signature": lambda: key.verify(der, data, scheme),
        "claims": lambda: PRESCRIPTION.from_cbor(cbor.decode(payload)),
        "open": lambda: documents.open(document, trust),
        "verify": lambda: verify(document, trust, now, policy=world.policy),
        "verify_new": new,
    }


def _timed(works: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Microseconds a call of each, every round in turn and in alternating order."""
    found: dict[str, list[float]] = {name: [] for name in works}
    gc.disable()
    try:
        for number in range(ROUNDS):
            for name in sorted(works, reverse=number % 2 == 1):
                started = time.perf_counter()
                for _ in range(CALLS):
                    works[name]()
                found[name].append((time.perf_counter() - started) / CALLS * 1e6)
    finally:
        gc.enable()
    return found
