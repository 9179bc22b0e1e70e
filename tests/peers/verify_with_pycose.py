"""Signs and verifies with pycose alone: for tests/core/test_peer_libraries.py, in `.venv-peers`; knows no dpr.

Rules: as verify_with_cwt.py: JSON in on stdin, JSON out on stdout, one answer for each task of the list, bytes as hexadecimal
text. A key is a COSE_Key in CBOR.

Example: `[{"task": "verify", "document": "d284…", "key": "a401…"}]` → `[{"payload": "a301…"}]`
"""

import json
import sys
from typing import Any

import cbor2
from pycose.headers import KID, Algorithm
from pycose.keys import CoseKey
from pycose.messages import Sign1Message, SignMessage


def verify(task: dict[str, Any]) -> dict[str, Any]:
    """The payload of a COSE_Sign1, or of a COSE_Sign in its first signature, that `key` signed; or the name of the error."""
    document = bytes.fromhex(task["document"])
    try:
        message = (SignMessage if document[:2] == b"\xd8\x62" else Sign1Message).decode(document)
        message.external_aad = bytes.fromhex(task.get("external_aad", ""))
        signed = message.signers[0] if isinstance(message, SignMessage) else message
        signed.key = CoseKey.from_dict(cbor2.loads(bytes.fromhex(task["key"])))
        if not signed.verify_signature():
            return {"error": "the signature does not verify"}
        return {"payload": message.payload.hex()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def sign(task: dict[str, Any]) -> dict[str, Any]:
    """A COSE_Sign1 of `payload` by the private `key`, as pycose writes it."""
    key = CoseKey.from_dict(cbor2.loads(bytes.fromhex(task["key"])))
    protected = {Algorithm: key.alg, KID: key.kid}
    message = Sign1Message(phdr=protected, payload=bytes.fromhex(task["payload"]), key=key)
    return {"document": message.encode().hex()}


TASKS = {"verify": verify, "sign": sign}

if __name__ == "__main__":
    json.dump([TASKS[task["task"]](task) for task in json.load(sys.stdin)], sys.stdout)
