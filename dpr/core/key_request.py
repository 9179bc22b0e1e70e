"""A request for a credential: a public key with proof that its holder has the private one.

Rules: a COSE_Sign1 by the key over its own COSE_Key, bound to this use by the external data, so that no other signature of the
key can be taken for a request. An issuer vouches for no key that did not come this way.

Example: `read(make(signer)) == signer.key`
"""

from __future__ import annotations

from dpr.core import cbor, cose
from dpr.core.keys import PublicKey, decode_key

_AAD = b"dpr-key-request"


def make(signer: cose.Signing) -> bytes:
    """The request for `signer`'s key."""
    return cose.sign1(cbor.encode(signer.key.to_cose()), signer, external_aad=_AAD)


def read(request: bytes) -> PublicKey:
    """The key of a request, when its holder signed it. DocumentError as dpr.core.cose.verify1 and dpr.core.keys."""
    key = decode_key(cbor.decode(cose.payload_of(request)))
    cose.verify1(request, key, external_aad=_AAD)
    return key
