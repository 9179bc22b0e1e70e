"""Signs and verifies with python-cwt alone: for tests/core/test_peer_libraries.py, in `.venv-peers`; knows no dpr.

Rules: JSON in on stdin, JSON out on stdout, one answer for each task of the list. Bytes are hexadecimal text; claims are shown
by `shown`, so that another decoder's claims can be compared with them.

Example: `[{"task": "verify", "document": "d284…", "key": "a401…"}]` → `[{"claims": {…}, "header": {…}}]`
"""

import json
import sys
from typing import Any

import cbor2
from cwt import COSE, COSEKey


def shown(value: Any) -> Any:
    """A decoded value as JSON: bytes as h'…', keys as text, tags as lists."""
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, dict):
        return {str(key): shown(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(inner) for inner in value]
    if isinstance(value, cbor2.CBORTag):
        return {"tag": value.tag, "value": shown(value.value)}
    return value


def verify(task: dict[str, Any]) -> dict[str, Any]:
    """The protected header and claims of a document that `key` signed, or the name of the error."""
    aad = bytes.fromhex(task.get("external_aad", ""))
    try:
        key = COSEKey.new(cbor2.loads(bytes.fromhex(task["key"])))
        opened = COSE.new().decode_with_headers(bytes.fromhex(task["document"]), key, external_aad=aad)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    protected, _, payload = opened
    return {"payload": payload.hex(), "header": shown(protected), **({"claims": claims(payload)} if payload else {})}


def claims(payload: bytes) -> Any:
    """The claims in a payload; nothing where it is no CBOR."""
    try:
        return shown(cbor2.loads(payload))
    except (cbor2.CBORDecodeError, ValueError):
        return None


def sign(task: dict[str, Any]) -> dict[str, Any]:
    """A COSE_Sign1 of `payload` by the private `key`, as python-cwt writes it."""
    key = COSEKey.new(cbor2.loads(bytes.fromhex(task["key"])))
    payload = bytes.fromhex(task["payload"])
    protected = {1: key.alg, 4: key.kid, 16: task["typ"]}
    return {"document": COSE.new().encode_and_sign(payload, key, protected=protected).hex()}


TASKS = {"verify": verify, "sign": sign}

if __name__ == "__main__":
    json.dump([TASKS[task["task"]](task) for task in json.load(sys.stdin)], sys.stdout)
