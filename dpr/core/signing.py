"""Writing documents: values → bytes to be signed → documents. No private key comes in here.

Rules: signing is two steps, so that a smart card or a signing service fits: `prepare` makes the bytes to be signed,
`Prepared.assemble` takes the signature. What is written is what `dpr.core.documents.open` would take.

Example: `prepare(PRESCRIPTION, value, key, credential=credential).to_be_signed`
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from dpr.core import cbor, cose
from dpr.core.keys import PublicKey
from dpr.core.kinds import TRUST_LIST, ClaimsError, Kind, V
from dpr.core.trust_list import TrustList


class Prepared(NamedTuple):
    """A document that waits for its signature over `to_be_signed`."""

    protected: bytes
    payload: bytes

    @property
    def to_be_signed(self) -> bytes:
        """The bytes for the signer."""
        return cose.to_be_signed1(self.protected, self.payload)

    def assemble(self, signature: bytes) -> bytes:
        """The document."""
        return cose.assemble1(self.protected, self.payload, signature)


def prepare(kind: Kind[V], value: V, key: PublicKey, *, credential: bytes | None = None) -> Prepared:
    """The first step of signing `value` with `key`; `credential` travels in the header (`kcwt`), None leaves only `kid`."""
    for code in kind.faults(value):
        raise ClaimsError(code)
    extra: dict[int, Any] = {cose.TYP: kind.typ}
    if credential is not None:
        extra[cose.KCWT] = cbor.decode(credential)
    return Prepared(cose.protected_header(key, extra), cbor.encode(kind.claims.to_cbor(value)))


def sign(kind: Kind[V], value: V, signer: cose.Signing, *, credential: bytes | None = None) -> bytes:
    """Both steps in one, for a signer that answers at once."""
    prepared = prepare(kind, value, signer.key, credential=credential)
    return prepared.assemble(signer.sign(prepared.to_be_signed))


def sign_trust_list(value: TrustList, signers: Iterable[cose.Signing]) -> bytes:
    """A trust list signed by every one of `signers` (COSE_Sign)."""
    for code in TRUST_LIST.faults(value):
        raise ClaimsError(code)
    body, payload = cbor.encode({cose.TYP: TRUST_LIST.typ}), cbor.encode(TRUST_LIST.claims.to_cbor(value))
    signatures = []
    for signer in signers:
        protected = cose.protected_header(signer.key, {})
        signatures.append((protected, signer.sign(cose.to_be_signed(body, protected, payload))))
    return cose.assemble(body, payload, signatures)
