"""A signing service signs for a prescriber whose key it holds: what is signed, and what is not.

Rules: only the Sig_structure of one prescription is signed (RFC 9052 §4.4, no external data), whose header is, byte for byte,
what this prescriber's own credential makes it; whose claims read as a prescription that was written just now; and which the
addressed pharmacy would accept, by the same checks as there. All that is judged before the key is used. The signature leaves
after `record` has kept that it did. A credential that could not be renewed has the pharmacy's grace here too.

Example: `sign_for(data, signer=signer, credential=credential, trust=trust, now=now, policy=policy, record=log.signed)`
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from dpr.core import cbor, cose, documents, drafts, signing
from dpr.core.byte_strings import byte_string_at
from dpr.core.errors import DocumentError, SetupError
from dpr.core.keys import PublicKey
from dpr.core.policy import Policy
from dpr.core.prescription import Prescription
from dpr.core.trust import Chain, Trust
from dpr.core.verify import STOP, Accepted, Refused, judge, verify
from dpr.ports import Catalogue, Signer

#: A prescription and its header, and what goes around them.
MAX_BYTES = cbor.MAX_BYTES
_START = b"\x84\x6aSignature1"


class Signed(NamedTuple):
    """What is about to leave. `digest`: SHA-256 of the bytes that were signed; `document`: the whole prescription."""

    prescription_id: bytes
    credential_id: str
    digest: bytes
    signature: bytes
    document: bytes
    verdict: Accepted


def sign_for(
    data: bytes,
    *,
    signer: Signer,
    credential: bytes,
    trust: Trust,
    now: datetime,
    policy: Policy,
    record: Callable[[Signed], None],
    catalogue: Catalogue | None = None,
    claim: Callable[[bytes, bytes], None] = lambda id, digest: None,
) -> Signed:
    """Signs the Sig_structure `data` with the key of the prescriber whose credential is `credential`. `claim` is called with
    the prescription's id and the SHA-256 of `data` before the key is used, and may refuse.

    Raises DocumentError `sign_structure`, `sign_kind`, `sign_credential_other`, `sign_time`; ClaimsError for claims that are
    not well formed; SetupError `signer_not_credential`, `sign_signature_wrong`, `prescription_would_be_refused` with the code
    of the check (a header with `kid` alone needs a `trust` that holds the credential); and what `signer`, `claim` and
    `record` raise.
    """
    chain = documents.open_credential(credential, trust)
    protected, payload = split_structure(data)
    embedded = _require_own_header(protected, signer.key, chain)
    prescription = documents.read_claims(documents.PRESCRIPTION, payload)
    chains = [chain] if embedded else [chain, _held(chain, trust, prescription.authored_at)]
    audience = prescription.audience
    addressee = policy if audience is None else msgspec.structs.replace(policy, gln=audience)
    for one in chains:
        _require_signable(prescription, one, trust, int(now.timestamp()), addressee, catalogue)
    digest = hashlib.sha256(data).digest()
    claim(prescription.id, digest)
    document = _signed(data, protected, payload, signer)
    verdict = verify(document, trust, now, policy=addressee, catalogue=catalogue)
    if isinstance(verdict, Refused):  # judged above already; what leaves is what a pharmacy reads, byte for byte
        raise SetupError("prescription_would_be_refused", verdict.code)
    signature = documents.split(document).signature
    signed = Signed(prescription.id, chain.credential.id, digest, signature, document, verdict)
    record(signed)
    return signed


def to_be_signed(data: bytes, *, id: bytes, credential: bytes, key: PublicKey, now: datetime) -> bytes:
    """The Sig_structure of the draft in `data` (JSON, dpr.core.drafts), for `sign_for`. InputError with every problem."""
    prescription = drafts.read(data, id=id, authored_at=int(now.timestamp()))
    return signing.prepare(documents.PRESCRIPTION, prescription, key, credential=credential).to_be_signed


def split_structure(data: bytes) -> tuple[bytes, bytes]:
    """Protected header and payload of ["Signature1", protected, h'', payload], which has one encoding."""
    if len(data) <= MAX_BYTES and data.startswith(_START):
        protected, at = byte_string_at(data, len(_START))
        if data[at : at + 1] == b"\x40":
            payload, _ = byte_string_at(data, at + 1)
            if cose.to_be_signed1(protected, payload) == data:
                return protected, payload
    raise DocumentError("sign_structure")


def _require_own_header(protected: bytes, key: PublicKey, chain: Chain) -> bool:
    """The header is what the prescriber's own credential makes it, with the credential (True) or with `kid` alone."""
    if key != chain.credential.key:
        raise SetupError("signer_not_credential", chain.credential.id)
    typ = {cose.TYP: documents.PRESCRIPTION.typ}
    if protected == cose.protected_header(key, typ):
        return False
    if protected == cose.protected_header(key, typ | {cose.KCWT: cbor.decode(chain.document)}):
        return True
    try:
        header = cbor.decode(protected) if len(protected) <= documents.MAX_HEADER_BYTES else None
    except DocumentError:
        header = None
    if type(header) is not dict:
        raise DocumentError("sign_structure", "protected header")
    raise DocumentError("sign_credential_other" if header.get(cose.TYP) == documents.PRESCRIPTION.typ else "sign_kind")


def _held(chain: Chain, trust: Trust, authored_at: int) -> Chain:
    """The credential that a reader with these lists finds by `kid` alone."""
    held = [one for one in trust.held(chain.credential.key.kid) if one.credential.key == chain.credential.key]
    if not held:
        raise SetupError("prescription_would_be_refused", "chain_credential_unknown")
    try:
        return documents.in_force(held, authored_at)
    except DocumentError as error:
        raise SetupError("prescription_would_be_refused", error.code) from None


def _require_signable(
    prescription: Prescription, chain: Chain, trust: Trust, now: int, policy: Policy, catalogue: Catalogue | None
) -> None:
    """Written now, and as the addressed pharmacy would judge it, as far as this site's trust data tell."""
    if abs(prescription.authored_at - now) > policy.clock_skew_seconds:
        raise DocumentError("sign_time", f"{abs(prescription.authored_at - now)} seconds")
    for check in judge(prescription, chain, trust, now, policy=policy, catalogue=catalogue):
        if check.outcome is STOP:
            raise SetupError("prescription_would_be_refused", check.code)


def _signed(data: bytes, protected: bytes, payload: bytes, signer: Signer) -> bytes:
    signature = signer.sign(data)
    if not signer.key.verify(signature, data):  # a token that signs with another key, or wrongly
        raise SetupError("sign_signature_wrong")
    return cose.assemble1(protected, payload, signature)
