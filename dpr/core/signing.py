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
from dpr.core.kinds import ClaimsError, Kind, V


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


class PreparedByMany(NamedTuple):
    """A document of the authority that waits for its signatures: `body` is the protected header that they share."""

    body: bytes
    payload: bytes

    def protected(self, key: PublicKey) -> bytes:
        """The protected header of a signature by `key`."""
        return cose.protected_header(key, {})

    def to_be_signed(self, key: PublicKey) -> bytes:
        """The bytes for the signer who has `key`."""
        return cose.to_be_signed(self.body, self.protected(key), self.payload)

    def assemble(self, signatures: Iterable[tuple[PublicKey, bytes]]) -> bytes:
        """The document."""
        return cose.assemble(self.body, self.payload, [(self.protected(key), signature) for key, signature in signatures])


def prepare_for_many(kind: Kind[V], value: V) -> PreparedByMany:
    """The first step of signing a document that several keys sign (COSE_Sign)."""
    for code in kind.faults(value):
        raise ClaimsError(code)
    return PreparedByMany(cbor.encode({cose.TYP: kind.typ}), cbor.encode(kind.claims.to_cbor(value)))


def sign_by_many(kind: Kind[V], value: V, signers: Iterable[cose.Signing]) -> bytes:
    """Both steps in one: a root, trust list or snapshot signed by every one of `signers`."""
    prepared = prepare_for_many(kind, value)
    return prepared.assemble((signer.key, signer.sign(prepared.to_be_signed(signer.key))) for signer in signers)
