"""Proof, in an issuer.json, that the issuer has the keys that it names.

Rules: `proofs` is a list of requests (dpr.core.key_request) in hexadecimal, each by one of the keys for this issuer's id:
nobody is admitted with another's key. What is no proof proves nothing. A key that was admitted before needs none.

Example: `proven(written, "SE2321000016-T001")` → the keys
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpr.core import cose, key_request
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey

MEMBER = "proofs"
_MOST = 16


def proof(signer: cose.Signing, issuer: str) -> str:
    """The proof of one key for the issuer with this id."""
    return key_request.make(signer, issuer=issuer).hex()


def proofs_in(written: Mapping[str, Any]) -> list[str]:
    """What issuer.json has, whatever it proves."""
    found = written.get(MEMBER)
    return [one for one in found if type(one) is str][:_MOST] if type(found) is list else []


def proven(written: Mapping[str, Any], issuer: str) -> set[PublicKey]:
    """The keys of which the issuer.json proves that the issuer with this id has them."""
    found = set()
    for one in proofs_in(written):
        try:
            found.add(key_request.read(bytes.fromhex(one), issuer=issuer))
        except (DocumentError, ValueError):
            continue
    return found
