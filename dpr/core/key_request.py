"""A request for a credential: a public key with proof that its holder has the private one.

Rules: a COSE_Sign1 by the key over its own COSE_Key, bound to this use by the external data, so that no other signature of the
key can be taken for a request. An issuer vouches for no key that did not come this way. An issuer's own keys are proven to the
authority in the same way, each for that issuer alone: another's request is none of it.

Example: `read(make(signer)) == signer.key`
"""

from __future__ import annotations

from dpr.core import cbor, cose
from dpr.core.keys import PublicKey, decode_key


def make(signer: cose.Signing, *, issuer: str | None = None) -> bytes:
    """The request for `signer`'s key; `issuer`: the id of whom it is the own key of."""
    return cose.sign1(cbor.encode(signer.key.to_cose()), signer, external_aad=_aad(issuer))


def read(request: bytes, *, issuer: str | None = None) -> PublicKey:
    """The key of a request, when its holder signed it. DocumentError as dpr.core.cose.verify1 and dpr.core.keys."""
    key = decode_key(cbor.decode(cose.payload_of(request)))
    cose.verify1(request, key, external_aad=_aad(issuer))
    return key


def _aad(issuer: str | None) -> bytes:
    return b"dpr-key-request" if issuer is None else b"dpr-issuer-key\0" + issuer.encode()
