"""Signed bytes ⇄ values: the one way in and the one way out.

Rules: a document is CWT claims (RFC 8392) in deterministic CBOR under COSE_Sign1 or COSE_Sign, with an empty unprotected header
and in the protected one just alg, kid, kcwt and typ. `open` is strict: one document has one encoding, down to the last
byte; the signature is checked before the claims are read; and nothing is returned that did not verify. What kinds there
are stands in dpr.core.kinds, how a frame is taken apart in dpr.core.frames, how one is written in dpr.core.signing.

Example: `open(document, trust, expected_kind=PRESCRIPTION).value.content.items`
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from dpr.core import cbor, cose
from dpr.core.authority_documents import (
    fingerprint,
    open_address_book,
    open_root,
    open_snapshot,
    open_trust_list,
    refuse_demo_keys,
)
from dpr.core.credential import Credential
from dpr.core.errors import DocumentError
from dpr.core.frames import MAX_DOCUMENT_BYTES, MAX_HEADER_BYTES, Frame, embedding, split
from dpr.core.keys import DOCUMENT_ALGORITHMS, PublicKey
from dpr.core.kinds import (
    ADDRESS_BOOK,
    CREDENTIAL_KIND,
    DISPENSING,
    KINDS,
    MAIL_KEY,
    MESSAGE,
    PRESCRIPTION,
    RECEIPT,
    REVOCATION,
    ROOT,
    SNAPSHOT,
    STATUS_LIST,
    TOKEN,
    TRUST_LIST,
    ClaimsError,
    Kind,
    V,
    read_claims,
)
from dpr.core.prescription import Prescription
from dpr.core.revocation import Revocations
from dpr.core.signing import Prepared, PreparedByMany, prepare, prepare_for_many, sign, sign_by_many
from dpr.core.snapshot import Snapshot, name_of
from dpr.core.status import StatusList
from dpr.core.trust import Anchor, Chain, Held, Trust
from dpr.core.trust_list import Issuer

__all__ = [
    "ADDRESS_BOOK", "CREDENTIAL_KIND", "DISPENSING", "KINDS", "MAIL_KEY", "MAX_DOCUMENT_BYTES", "MAX_HEADER_BYTES", "MESSAGE",
    "PRESCRIPTION", "RECEIPT", "REVOCATION", "ROOT", "SNAPSHOT", "STATUS_LIST", "TOKEN", "TRUST_LIST", "ClaimsError", "Kept",
    "Kind", "Opened", "Prepared", "PreparedByMany", "fingerprint", "in_force", "kept", "name_of", "newest", "open",
    "open_address_book", "open_credential", "open_root", "open_snapshot", "open_trust", "open_trust_list", "prepare",
    "prepare_for_many", "read_claims", "sign", "sign_by_many", "signer_of", "split",
]  # fmt: skip


class Opened(NamedTuple, Generic[V]):
    """A document whose signature verified. `signer` is None for what an issuer signed; `digest` is SHA-256 of its bytes."""

    kind: Kind[V]
    value: V
    issuer: Issuer
    signer: Chain | None
    digest: bytes


class _Header(NamedTuple):
    """A protected header, read, with every key that could have signed: what is remembered, so that which of several credentials
    of one key counts is asked anew for each document."""

    kind: Kind[Any]
    alg: int
    candidates: tuple[tuple[PublicKey, Issuer, Chain | None], ...]


def open(document: bytes, trust: Trust = Trust.EMPTY, *, expected_kind: Kind[V] | None = None) -> Opened[V]:
    """The value of a COSE_Sign1 document, when its signature and the chain to an issuer of `trust` verify.

    Says nothing about dates, scopes of kinds, status or rules: that is the verdict's business (dpr.core.verify).
    Raises DocumentError (`document_…`, `cose_…`, `cbor_…`, `chain_…`, `key_…`, `signature_invalid`), and ClaimsError for
    what was signed but is not well formed.
    """
    return _open(document, split(document), trust, expected_kind)


def _open(document: bytes, frame: Frame, trust: Trust, expected_kind: Kind[V] | None) -> Opened[V]:
    protected, payload, signature = frame
    header = trust.remembered.get(protected) or _read_header(protected, trust, expected_kind)
    _require(header.kind, expected_kind)
    if len(document) > MAX_DOCUMENT_BYTES and not header.kind.is_list:
        raise DocumentError("document_too_large", f"{len(document)} bytes, at most {MAX_DOCUMENT_BYTES}")
    data = cose.to_be_signed1(protected, payload)
    for key, issuer, signer in header.candidates:
        if key.alg == header.alg and key.verify(signature, data):
            if signer is not None:
                trust.remember(protected, header)
            value = read_claims(header.kind, payload)
            if len(header.candidates) > 1 and header.kind.signed_at is not None:
                of_key = [chain for held, _, chain in header.candidates if chain is not None and held == key]
                signer = in_force(of_key, header.kind.signed_at(value))
                issuer = signer.issuer
            return Opened(header.kind, value, issuer, signer, hashlib.sha256(document).digest())
    raise DocumentError("signature_invalid")


def in_force(of_key: Sequence[Chain], signed_at: int) -> Chain:
    """Of held credentials of one key, the latest first, the one in force at the instant `signed_at`; where none was, the
    latest. Raises DocumentError `chain_credential_ambiguous` where those come from several issuers: each can name whom it
    likes, and not one of them says who signed. What one issuer says later, even of the name, corrects what it said."""
    chains = [one for one in of_key if one.credential.valid_from <= signed_at < one.credential.valid_until] or of_key
    if len({one.issuer.id for one in chains}) > 1:
        raise DocumentError("chain_credential_ambiguous")
    return chains[0]


def _require(kind: Kind[Any], expected: Kind[Any] | None) -> None:
    """Judged before any credential in the header is opened: else a header could hold one that holds one, hundreds deep."""
    if expected is not None and kind is not expected:
        raise DocumentError("document_kind", f"{kind.typ}, expected {expected.typ}")


def _read_header(protected: bytes, trust: Trust, expected_kind: Kind[Any] | None) -> _Header:
    found = embedding(protected)
    kind = _WITH_CREDENTIAL.get(found.typ) if found else None
    if found and kind:
        _require(kind, expected_kind)
        return _signed_by(kind, found.alg, [_open_credential(found.credential, found.frame, trust)])
    header = cbor.decode(protected)
    if type(header) is not dict:
        raise DocumentError("document_header", "not a map")
    alg, kid = header.get(cose.ALG), header.get(cose.KID)
    kind = KINDS.get(header[cose.TYP]) if type(header.get(cose.TYP)) is str else None
    if kind is None:
        raise DocumentError("document_kind_unknown")
    if kind.tag != cose.SIGN1_TAG:
        raise DocumentError("cose_tag")
    if type(alg) is not int or alg not in DOCUMENT_ALGORITHMS:
        raise DocumentError("cose_algorithm")
    if type(kid) is not bytes or not 1 <= len(kid) <= 32:
        raise DocumentError("document_header", "kid")
    allowed = {cose.ALG, cose.KID, cose.TYP} | ({cose.KCWT} if kind.signers else set())
    if not header.keys() <= allowed:
        raise DocumentError("document_header", "a label that has no place here")
    _require(kind, expected_kind)
    if not kind.signers:
        return _Header(kind, alg, tuple((key, issuer, None) for issuer, key in trust.issuers(kid)) or _unknown("issuer"))
    if cose.KCWT in header:
        # Strictly decoded, so writing it again gives the credential's own bytes.
        return _signed_by(kind, alg, [open_credential(cbor.encode_sorted(header[cose.KCWT]), trust)])
    return _signed_by(kind, alg, trust.held(kid) or list(_unknown("credential")))


#: The kinds whose header may hold a credential, by their `typ` as it is encoded.
_WITH_CREDENTIAL = {cbor.encode(kind.typ): kind for kind in KINDS.values() if kind.signers}


def _signed_by(kind: Kind[Any], alg: int, chains: list[Chain]) -> _Header:
    chains = [chain for chain in chains if chain.credential.holder.role in kind.signers]
    if not chains:
        raise DocumentError("chain_role")
    return _Header(kind, alg, tuple((chain.credential.key, chain.issuer, chain) for chain in chains))


def _unknown(what: str) -> tuple[Any, ...]:
    raise DocumentError(f"chain_{what}_unknown")


def open_credential(document: bytes, trust: Trust) -> Chain:
    """The credential in `document`, when one of the trust list's issuers signed it and may vouch for its holder."""
    return _open_credential(document, split(document), trust)


def _open_credential(document: bytes, frame: Frame, trust: Trust) -> Chain:
    try:
        opened = _open(document, frame, trust, CREDENTIAL_KIND)
    except ClaimsError as error:  # a fault of the chain, not of what the credential's holder wrote
        raise DocumentError(error.code, error.detail) from None
    credential, issuer = opened.value, opened.issuer
    if credential.issuer != issuer.id:
        raise DocumentError("chain_issuer_differs")
    refuse_demo_keys((credential.key,), trust.anchor)
    code = issuer.scope_fault(credential.holder)
    if code:
        raise DocumentError(code)
    return Chain(credential, issuer, document)


def open_trust(
    anchor: Anchor,
    trust_list: bytes,
    *,
    status_lists: Iterable[bytes] = (),
    revocations: Iterable[bytes] = (),
    credentials: Iterable[bytes] = (),
    snapshot: Snapshot | None = None,
    floor: int = 0,
    root_version: int | None = None,
) -> Trust:
    """A `Trust` of verified parts; `snapshot` as `open_snapshot` returned it, `floor` an instant before which it is not,
    `root_version` of the root in force. A part that does not verify raises DocumentError: the caller keeps what it had."""
    opened = open_trust_list(trust_list, anchor)
    issuers = Trust(anchor, opened)
    statuses = newest(open(document, issuers, expected_kind=STATUS_LIST) for document in status_lists)
    revoked = newest(open(document, issuers, expected_kind=REVOCATION) for document in revocations)
    held = Held(open_credential(document, issuers) for document in credentials)
    return Trust(anchor, opened, statuses, held, revoked, snapshot, floor, root_version)


L = TypeVar("L", StatusList, Revocations)


def newest(lists: Iterable[Opened[L]]) -> dict[tuple[str, str], L]:
    """Of issuers' lists the newest of each, by issuer and uri."""
    found: dict[tuple[str, str], L] = {}
    for opened in lists:
        name = opened.issuer.id, opened.value.uri
        if name not in found or found[name].issued_at < opened.value.issued_at:
            found[name] = opened.value
    return found


class Kept(NamedTuple):
    """A prescription that was accepted once, and who signed it."""

    prescription: Prescription
    credential: Credential


def kept(document: bytes, credential: bytes) -> Kept:
    """What a ledger kept after accepting it, with its signer's credential: read again, not judged again, since what was
    dispensed must still be registered when its issuer is long gone. Only for documents of one's own ledger."""
    return Kept(read_claims(PRESCRIPTION, split(document)[1]), read_claims(CREDENTIAL_KIND, split(credential)[1]))


def signer_of(document: bytes, trust: Trust) -> Chain:
    """The holder who signed `document`, which verifies under `trust`."""
    signer = open(document, trust).signer
    if signer is None:
        raise DocumentError("chain_credential_unknown")
    return signer
