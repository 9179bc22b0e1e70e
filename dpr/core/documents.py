"""Signed bytes ⇄ values: one entry per kind of document in `KINDS`, and nothing about a kind anywhere else.

Rules: a document is CWT claims (RFC 8392) in deterministic CBOR under COSE_Sign1 or COSE_Sign, with an empty unprotected header
and in the protected one just alg, kid, kcwt and typ. `open` is strict: one document has one encoding, down to the last
byte; the signature is checked before the claims are read; and nothing is returned that did not verify. Signing is two
steps: `prepare` makes the bytes to be signed, `Prepared.assemble` takes the signature.

Example: `open(document, trust, expected_kind=PRESCRIPTION).value.content.items`
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from cbor2 import CBORTag

from dpr.core import cbor, cose, demo_keys
from dpr.core.credential import CREDENTIAL, Credential, Role, holder_faults
from dpr.core.dispensing import DISPENSING_RECORD, DispensingRecord
from dpr.core.errors import DocumentError
from dpr.core.fields import Record
from dpr.core.keys import DOCUMENT_ALGORITHMS, PublicKey
from dpr.core.prescription import PRESCRIPTION as PRESCRIPTION_CLAIMS
from dpr.core.prescription import Prescription
from dpr.core.status import STATUS_LIST as STATUS_LIST_CLAIMS
from dpr.core.status import StatusList
from dpr.core.trust import Anchor, Signer, Trust
from dpr.core.trust_list import PROFESSIONS_OF_ROLE, Environment, Issuer, TrustList
from dpr.core.trust_list import TRUST_LIST as TRUST_LIST_CLAIMS

V = TypeVar("V", bound=msgspec.Struct)

#: Larger than any document but a trust list or status list; those are read under the cap of dpr.core.cbor.
MAX_DOCUMENT_BYTES = 65_536
#: A protected header holds at most a credential. Caps come before any decoding: nobody has signed yet what is decoded here.
MAX_HEADER_BYTES = 8192


class ClaimsError(DocumentError):
    """The signature verified, but what was signed is not well formed. `detail` is the path of the field."""


class Kind(NamedTuple, Generic[V]):
    """One kind of document: its `typ`, COSE tag, claims table, and who signs it."""

    typ: str
    tag: int
    claims: Record[V]
    signers: frozenset[Role]
    faults: Callable[[V], Iterable[str]]


def _credential_faults(value: Credential) -> Iterable[str]:
    if value.valid_until <= value.valid_from:
        yield "credential_times"
    yield from holder_faults(value.holder)


def _trust_list_faults(value: TrustList) -> Iterable[str]:
    content = value.content
    if content.next_update <= value.issued_at:
        yield "trust_list_times"
    if len({issuer.id for issuer in content.issuers}) != len(content.issuers):
        yield "trust_list_issuer_twice"
    keys = [key for issuer in content.issuers for key in issuer.keys]
    if len(set(keys)) != len(keys):
        yield "trust_list_key_twice"
    for issuer in content.issuers:
        if not set(issuer.professions) <= PROFESSIONS_OF_ROLE[issuer.role] or issuer.valid_until <= issuer.valid_from:
            yield "trust_list_scope"


def _dispensing_faults(value: DispensingRecord) -> Iterable[str]:
    if value.content.number > value.content.of:
        yield "dispensing_number"
    if value.content.npl_pack_id is not None and value.content.varunummer is not None:
        yield "dispensing_product"


def _none(_value: object) -> Iterable[str]:
    return ()


_ISSUER: frozenset[Role] = frozenset()

CREDENTIAL_KIND: Kind[Credential] = Kind("dpr-credential", cose.SIGN1_TAG, CREDENTIAL, _ISSUER, _credential_faults)
STATUS_LIST: Kind[StatusList] = Kind("application/statuslist+cwt", cose.SIGN1_TAG, STATUS_LIST_CLAIMS, _ISSUER, _none)
PRESCRIPTION: Kind[Prescription] = Kind(
    "dpr-prescription", cose.SIGN1_TAG, PRESCRIPTION_CLAIMS, frozenset((Role.PRESCRIBER,)), _none
)
DISPENSING: Kind[DispensingRecord] = Kind(
    "dpr-dispensing", cose.SIGN1_TAG, DISPENSING_RECORD, frozenset((Role.PHARMACY,)), _dispensing_faults
)
TRUST_LIST: Kind[TrustList] = Kind("dpr-trust-list", cose.SIGN_TAG, TRUST_LIST_CLAIMS, _ISSUER, _trust_list_faults)

#: Every kind there is. A kind signed by a credential's holder names the roles; one signed by an issuer or the authority, none.
KINDS: dict[str, Kind[Any]] = {kind.typ: kind for kind in (CREDENTIAL_KIND, STATUS_LIST, PRESCRIPTION, DISPENSING, TRUST_LIST)}


class Opened(NamedTuple, Generic[V]):
    """A document whose signature verified. `signer` is None for what an issuer signed; `digest` is SHA-256 of its bytes."""

    kind: Kind[V]
    value: V
    issuer: Issuer
    signer: Signer | None
    digest: bytes


class _Header(NamedTuple):
    """A protected header, read, with every key that could have signed."""

    kind: Kind[Any]
    alg: int
    candidates: tuple[tuple[PublicKey, Issuer, Signer | None], ...]


# --- reading ----------------------------------------------------------------------------------------------------------


def open(document: bytes, trust: Trust = Trust.EMPTY, *, expected_kind: Kind[V] | None = None) -> Opened[V]:
    """The value of a COSE_Sign1 document, when its signature and the chain to an issuer of `trust` verify.

    Says nothing about dates, scopes of kinds, status or rules: that is the verdict's business (dpr.core.verify).
    Raises DocumentError (`document_…`, `cose_…`, `cbor_…`, `chain_…`, `key_…`, `signature_invalid`), and ClaimsError for
    what was signed but is not well formed.
    """
    protected, payload, signature = split(document)
    header = trust.remembered.get(protected) or _read_header(protected, trust)
    if len(document) > MAX_DOCUMENT_BYTES and header.kind is not STATUS_LIST:
        raise DocumentError("document_too_large", f"{len(document)} bytes, at most {MAX_DOCUMENT_BYTES}")
    if expected_kind is not None and header.kind is not expected_kind:
        raise DocumentError("document_kind", f"{header.kind.typ}, expected {expected_kind.typ}")
    data = cose.to_be_signed1(protected, payload)
    for key, issuer, signer in header.candidates:
        if key.alg == header.alg and key.verify(signature, data):
            if signer is not None:
                trust.remember(protected, header)
            value = read_claims(header.kind, payload)
            return Opened(header.kind, value, issuer, signer, hashlib.sha256(document).digest())
    raise DocumentError("signature_invalid")


def split(document: bytes) -> tuple[bytes, bytes, bytes]:
    """(protected header, payload, signature) of a strictly encoded, tagged COSE_Sign1 with an empty unprotected header.

    The frame has one form: d2 84, a byte string, a0, two byte strings, the end (RFC 9052 §4.2 in RFC 8949 §4.2.1 encoding).
    """
    if document[:2] == b"\xd2\x84" and len(document) <= cbor.MAX_BYTES:
        protected, at = _byte_string(document, 2)
        if document[at : at + 1] == b"\xa0":
            payload, at = _byte_string(document, at + 1)
            signature, at = _byte_string(document, at)
            if at == len(document) and len(protected) <= MAX_HEADER_BYTES:
                return protected, payload, signature
    raise _frame_fault(document)


def _byte_string(data: bytes, at: int) -> tuple[bytes, int]:
    """The byte string at `at`, in its shortest form, and where it ends; an end beyond the data where there is none."""
    first = data[at] if at < len(data) else 0
    if 0x40 <= first < 0x58:
        begin, size = at + 1, first - 0x40
    else:
        # 0x58, 0x59 and 0x5a are followed by 1, 2 and 4 bytes of length; the shortest that can hold it is the only form.
        width, least = _LENGTHS.get(first, (0, 0))
        begin = at + 1 + width
        size = int.from_bytes(data[at + 1 : begin], "big")
        if not width or size < least:
            return b"", len(data) + 1
    return data[begin : begin + size], begin + size


_LENGTHS = {0x58: (1, 24), 0x59: (2, 2**8), 0x5A: (4, 2**16)}


def _frame_fault(document: bytes) -> DocumentError:
    """What is wrong with a document that has not the one form. A large one is not worth the work of finding out."""
    if len(document) > MAX_DOCUMENT_BYTES:
        return DocumentError("document_too_large", f"{len(document)} bytes, at most {MAX_DOCUMENT_BYTES}")
    value = cbor.decode(document)
    if type(value) is not CBORTag or value.tag != cose.SIGN1_TAG:
        return DocumentError("cose_tag")
    parts = value.value
    if type(parts) is not list or len(parts) != 4:
        return DocumentError("cose_malformed", "not an array of 4")
    if any(type(parts[place]) is not bytes for place in (0, 2, 3)):
        return DocumentError("cose_malformed", "not byte strings")
    if len(parts[0]) > MAX_HEADER_BYTES:
        return DocumentError("document_header", f"{len(parts[0])} bytes, at most {MAX_HEADER_BYTES}")
    return DocumentError("document_unprotected")


def _read_header(protected: bytes, trust: Trust) -> _Header:
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
    if not kind.signers:
        return _Header(kind, alg, tuple((key, issuer, None) for issuer, key in trust.issuers(kid)) or _unknown("issuer"))
    if cose.KCWT in header:
        # Strictly decoded, so writing it again gives the credential's own bytes.
        signers = [open_credential(cbor.encode_sorted(header[cose.KCWT]), trust)]
    else:
        signers = trust.held(kid) or list(_unknown("credential"))
    signers = [signer for signer in signers if signer.credential.holder.role in kind.signers]
    if not signers:
        raise DocumentError("chain_role")
    return _Header(kind, alg, tuple((signer.credential.key, signer.issuer, signer) for signer in signers))


def _unknown(what: str) -> tuple[Any, ...]:
    raise DocumentError(f"chain_{what}_unknown")


def open_credential(document: bytes, trust: Trust) -> Signer:
    """The credential in `document`, when one of the trust list's issuers signed it and may vouch for its holder."""
    try:
        opened = open(document, trust, expected_kind=CREDENTIAL_KIND)
    except ClaimsError as error:  # a fault of the chain, not of what the credential's holder wrote
        raise DocumentError(error.code, error.detail) from None
    credential, issuer = opened.value, opened.issuer
    if credential.issuer != issuer.id:
        raise DocumentError("chain_issuer_differs")
    _refuse_demo_keys((credential.key,), trust.anchor)
    code = issuer.scope_fault(credential.holder)
    if code:
        raise DocumentError(code)
    return Signer(credential, issuer, document)


def read_claims(kind: Kind[V], payload: bytes) -> V:
    """The claims in a payload whose signature somebody has verified. ClaimsError where they are not well formed."""
    try:
        value = kind.claims.from_cbor(cbor.decode(payload))
    except DocumentError as error:
        raise ClaimsError(error.code, error.detail) from None
    for code in kind.faults(value):
        raise ClaimsError(code)
    return value


def open_trust_list(document: bytes, anchor: Anchor) -> TrustList:
    """The trust list in `document`, when at least `anchor.threshold` of the authority's keys signed it.

    Raises DocumentError: `trust_list_threshold`, `trust_list_environment`, `trust_list_authority`, and as `open`.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        _check_large_frame(document)
    message = cbor.decode(document)
    opened = cose.verify(document, anchor.keys)
    _check_sign_headers(message.value)
    if anchor.threshold < 1 or len(opened.signed_by) < anchor.threshold:
        raise DocumentError("trust_list_threshold", f"{len(opened.signed_by)} of {anchor.threshold}")
    value = read_claims(TRUST_LIST, opened.payload)
    if value.content.environment is not anchor.environment:
        raise DocumentError("trust_list_environment")
    if value.authority != anchor.authority:
        raise DocumentError("trust_list_authority")
    _refuse_demo_keys((key for issuer in value.content.issuers for key in issuer.keys), anchor)
    return value


def _check_large_frame(document: bytes) -> None:
    """A large COSE_Sign is large in its payload, which is one byte string: headers and signatures stay small, so that
    nobody can make us decode what nobody has signed."""
    _body, at = _byte_string(document, 3)
    payload, end = _byte_string(document, at + 1)
    framed = document[:3] == b"\xd8\x62\x84" and document[at : at + 1] == b"\xa0"
    if not framed or len(document) - len(payload) > MAX_HEADER_BYTES or not end < len(document) <= cbor.MAX_BYTES:
        raise DocumentError("document_too_large", f"{len(document)} bytes")


def _refuse_demo_keys(keys: Iterable[PublicKey], anchor: Anchor | None) -> None:
    """In production nobody may vouch, or be vouched for, with a key that everybody has."""
    production = anchor is not None and anchor.environment is Environment.PRODUCTION
    if production and any(key.thumbprint in demo_keys.THUMBPRINTS for key in keys):
        raise DocumentError("demo_key_in_production")


def _check_sign_headers(parts: Any) -> None:
    """Of a COSE_Sign that `cose.verify` has read: as strict as `split` and `_read_header` are with a COSE_Sign1."""
    body, unprotected, _, signatures = parts
    if unprotected or any(entry[1] for entry in signatures):
        raise DocumentError("document_unprotected")
    if cbor.decode(body) != {cose.TYP: TRUST_LIST.typ}:
        raise DocumentError("document_header")
    for header in (cbor.decode(entry[0]) for entry in signatures):
        if header.keys() != {cose.ALG, cose.KID} or type(header[cose.KID]) is not bytes:
            raise DocumentError("document_header", "of a signature")


def open_trust(
    anchor: Anchor, trust_list: bytes, *, status_lists: Iterable[bytes] = (), credentials: Iterable[bytes] = ()
) -> Trust:
    """A `Trust` of verified parts. A part that does not verify raises DocumentError: the caller keeps what it had before."""
    opened = open_trust_list(trust_list, anchor)
    issuers = Trust(anchor, opened)
    lists: dict[tuple[str, str], StatusList] = {}
    for document in status_lists:
        status = open(document, issuers, expected_kind=STATUS_LIST)
        held = lists.get((status.issuer.id, status.value.uri))
        if held is None or held.issued_at < status.value.issued_at:
            lists[status.issuer.id, status.value.uri] = status.value
    return Trust(anchor, opened, lists, [open_credential(document, issuers) for document in credentials])


class Kept(NamedTuple):
    """A prescription that was accepted once, and who signed it."""

    prescription: Prescription
    credential: Credential


def kept(document: bytes, credential: bytes) -> Kept:
    """What a ledger kept after accepting it, with its signer's credential: read again, not judged again, since what was
    dispensed must still be registered when its issuer is long gone. Only for documents of one's own ledger."""
    return Kept(read_claims(PRESCRIPTION, split(document)[1]), read_claims(CREDENTIAL_KIND, split(credential)[1]))


def signer_of(document: bytes, trust: Trust) -> bytes:
    """The credential of the holder who signed `document`, which verifies under `trust`."""
    signer = open(document, trust).signer
    if signer is None:
        raise DocumentError("chain_credential_unknown")
    return signer.document


# --- writing ----------------------------------------------------------------------------------------------------------


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
    for code in _trust_list_faults(value):
        raise ClaimsError(code)
    body, payload = cbor.encode({cose.TYP: TRUST_LIST.typ}), cbor.encode(TRUST_LIST_CLAIMS.to_cbor(value))
    signatures = []
    for signer in signers:
        protected = cose.protected_header(signer.key, {})
        signatures.append((protected, signer.sign(cose.to_be_signed(body, protected, payload))))
    return cose.assemble(body, payload, signatures)


def name_of(*parts: str) -> str:
    """A file name for what `parts` name: no part of them can choose a path."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
