"""Times python-cwt, pycose and the bare ES256 verification on one document: run by benchmarks.peers_verify with the Python of
`.venv-peers`, knows no dpr.

Rules: a conversation by lines, so that the caller's own rounds can stand between: JSON with `document`, `key` (COSE_Key), both
hexadecimal, and `calls` (name → calls a round); then one answer in JSON, seconds a call, for every further line. Keys are made
before, as a reader that knows the signer would.

Example: `{"document": "d284…", "key": "a401…", "calls": {"bare": 4, "cwt": 4, "pycose": 1}}`
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cwt import COSE, COSEKey
from pycose.keys import CoseKey
from pycose.messages import Sign1Message


def works(document: bytes, cose_key: dict[int, Any]) -> dict[str, Callable[[], object]]:
    """What is timed; each raises or answers False where the document does not verify."""
    protected, _, payload, signature = cbor2.loads(document).value
    data = cbor2.dumps(["Signature1", protected, b"", payload])
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    x, y = (int.from_bytes(cose_key[label], "big") for label in (-2, -3))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    scheme = ec.ECDSA(hashes.SHA256())
    reader, cwt_key = COSE.new(), COSEKey.new({**cose_key, 2: cbor2.loads(protected)[4]})
    pycose_key = CoseKey.from_dict(cose_key)

    def pycose() -> bool:
        message = Sign1Message.decode(document)
        message.key = pycose_key
        return bool(message.verify_signature())

    return {
        "bare": lambda: public.verify(der, data, scheme),
        "cwt": lambda: reader.decode(document, cwt_key),
        "pycose": pycose,
    }


def main() -> None:
    """Answers until there is no further line."""
    setup = json.loads(sys.stdin.readline())
    work = works(bytes.fromhex(setup["document"]), cbor2.loads(bytes.fromhex(setup["key"])))
    assert work["pycose"]() and work["cwt"]() and work["bare"]() is None
    gc.disable()
    for number, _ in enumerate(sys.stdin):
        seconds = {}
        for name in sorted(work, reverse=number % 2 == 1):
            calls, call = setup["calls"][name], work[name]
            call()  # untimed: what ran before leaves the caches cold
            started = time.perf_counter()
            for _ in range(calls):
                call()
            seconds[name] = (time.perf_counter() - started) / calls
        if number % 50 == 0:
            gc.collect()
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
