"""QR text → verdict, beside the bare ES256 verification of the same bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from benchmarks.__main__ import Row
from benchmarks.measure import ratio
from dpr.core import cose, documents, qr
from dpr.core.verify import Accepted, verify
from tests.world import World

MEASURED = Path(__file__).resolve().parent.parent / "examples" / "prescriptions" / "measured"


def rows() -> list[Row]:
    """verify_cached_ratio and verify_uncached_ratio on the first measured one-item prescription."""
    world = World()
    written = json.loads(sorted(MEASURED.glob("one-item*.json"))[0].read_text("utf-8"))
    document = world.prescription_document(world.prescription(written))
    text, trust, now = qr.to_text(document), world.trust(), datetime.fromtimestamp(world.now, UTC)
    protected, payload, signature = documents.split(document)
    data = cose.to_be_signed1(protected, payload)
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    key, scheme = world.prescriber.key.key, ec.ECDSA(hashes.SHA256())
    assert isinstance(key, ec.EllipticCurvePublicKey)

    def bare() -> None:
        key.verify(der, data, scheme)

    def cached() -> object:
        return verify(qr.from_text(text), trust, now, policy=world.policy)

    def uncached() -> object:
        trust.forget()
        return verify(qr.from_text(text), trust, now, policy=world.policy)

    assert isinstance(cached(), Accepted)
    cached_ratio, cached_seconds, bare_seconds = ratio(cached, bare)
    uncached_ratio, uncached_seconds, _ = ratio(uncached, bare)
    return [
        Row("verify_cached_ratio", cached_ratio, "× bare ES256", 1.6),
        Row("verify_uncached_ratio", uncached_ratio, "× bare ES256", 2.7),
        Row("verify_bare_us", bare_seconds * 1e6, "µs"),
        Row("verify_cached_us", cached_seconds * 1e6, "µs"),
        Row("verify_uncached_us", uncached_seconds * 1e6, "µs"),
    ]
