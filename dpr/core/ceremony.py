"""Signing the authority's documents with keys that lie on different machines: a draft, signatures, the document (no I/O).

Rules: a draft is the very payload that is signed, and its fingerprint is what people compare; one that says something which
this version would not show is refused, since nobody signs unseen. A signature is a file of its own, bound to its draft. A
document comes out only where every quorum is met, each key counted once, and what comes out opens as it will at a site. A
version never stands for two contents, and a clock that was set back dates nothing before what is published.

Example: `merge(draft, [sign(draft, one), sign(draft, other)], held_root=None)`
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dpr.core import cbor, cose
from dpr.core.authority_documents import open_address_book, open_root, open_snapshot, open_trust_list
from dpr.core.errors import DocumentError
from dpr.core.keys import DOCUMENT_ALGORITHMS, PublicKey, decode_key
from dpr.core.kinds import ADDRESS_BOOK, ROOT, SNAPSHOT, TRUST_LIST, Kind, read_claims
from dpr.core.mail.address_book import AddressBook
from dpr.core.root import Quorum, Root
from dpr.core.signing import PreparedByMany, prepare_for_many
from dpr.core.snapshot import Snapshot
from dpr.core.trust_list import TrustList

#: What is signed in a ceremony, by its `typ`.
KINDS: dict[str, Kind[Any]] = {kind.typ: kind for kind in (ROOT, TRUST_LIST, ADDRESS_BOOK, SNAPSHOT)}
#: What the authority signs, by whatever keys.
Signed = Root | TrustList | Snapshot | AddressBook
_DRAFT, _SIGNATURE = 2, 4


class Edition(NamedTuple):
    """Which edition of a list was published last: its version, when it was issued (seconds), and its fingerprint."""

    version: int
    issued_at: int
    fingerprint: str


class Draft(NamedTuple):
    """A document of the authority that waits for its signatures, or the content of one that has them."""

    kind: Kind[Any]
    payload: bytes
    value: Signed

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the payload, 64 hexadecimal digits: the same however many have signed (`documents.fingerprint`)."""
        return hashlib.sha256(self.payload).hexdigest()

    @property
    def edition(self) -> Edition:
        """Which edition this will be."""
        return Edition(self.value.content.version, self.value.issued_at, self.fingerprint)

    def encode(self) -> bytes:
        """The draft's file: deterministic CBOR, [typ, payload]."""
        return cbor.encode([self.kind.typ, self.payload])

    @property
    def prepared(self) -> PreparedByMany:
        """What the signers sign."""
        return PreparedByMany(cbor.encode({cose.TYP: self.kind.typ}), self.payload)


class Signature(NamedTuple):
    """One key's signature of one draft. `digest`: SHA-256 of the draft's payload, 32 bytes."""

    digest: bytes
    typ: str
    key: PublicKey
    signature: bytes

    def encode(self) -> bytes:
        """The signature's file: deterministic CBOR, [digest, typ, COSE_Key, signature]."""
        return cbor.encode([self.digest, self.typ, self.key.to_cose(), self.signature])


def draft(kind: Kind[Any], value: Signed) -> Draft:
    """A draft of `value`. ClaimsError where it is not well formed."""
    return _draft(kind, prepare_for_many(kind, value).payload)


def read_draft(data: bytes) -> Draft:
    """The draft in a file. DocumentError `draft_malformed`, `draft_not_understood`; ClaimsError as for the document."""
    parts = _array(data, _DRAFT, "draft_malformed", signed_list=True)
    if type(parts[0]) is not str or parts[0] not in KINDS or type(parts[1]) is not bytes:
        raise DocumentError("draft_malformed", "not [kind, payload]")
    return _draft(KINDS[parts[0]], parts[1])


def content_of(document: bytes) -> Draft:
    """What a document of the authority says, whoever signed it: for showing it. DocumentError as `read_draft`."""
    opened = cose.verify(document, ())
    typ = opened.protected.get(cose.TYP)
    if type(typ) is not str or typ not in KINDS:
        raise DocumentError("document_kind_unknown")
    return _draft(KINDS[typ], opened.payload)


def _draft(kind: Kind[Any], payload: bytes) -> Draft:
    value = read_claims(kind, payload)
    # What a later version may add is left out when it is read, so it would be signed without being shown.
    if cbor.encode(kind.claims.to_cbor(value)) != payload:
        raise DocumentError("draft_not_understood", kind.typ)
    return Draft(kind, payload, value)


def read_signature(data: bytes) -> Signature:
    """The signature in a file; says nothing about whether it verifies. DocumentError `signature_file_malformed`, `key_…`."""
    digest, typ, key, signature = _array(data, _SIGNATURE, "signature_file_malformed")
    if type(digest) is not bytes or len(digest) != 32 or type(typ) is not str or type(signature) is not bytes:
        raise DocumentError("signature_file_malformed", "not [digest, kind, key, signature]")
    return Signature(digest, typ, decode_key(key), signature)


def is_signature(data: bytes) -> bool:
    """Does this file begin as a signature does, not as a draft?"""
    return data[:1] == bytes([0x80 + _SIGNATURE])


def _array(data: bytes, length: int, code: str, *, signed_list: bool = False) -> list[Any]:
    try:
        value = cbor.decode(data, signed_list=signed_list)
    except DocumentError as error:
        raise DocumentError(code, f"[{error.code}]") from None  # whose words are a reader's
    if type(value) is not list or len(value) != length:
        raise DocumentError(code, f"not an array of {length}")
    return value


def sign(draft: Draft, signer: cose.Signing) -> Signature:
    """The signature of `draft` by one signer. DocumentError `key_unsupported`; what the signer raises."""
    if signer.key.alg not in DOCUMENT_ALGORITHMS:
        raise DocumentError("key_unsupported")
    signature = signer.sign(draft.prepared.to_be_signed(signer.key))
    return Signature(hashlib.sha256(draft.payload).digest(), draft.kind.typ, signer.key, signature)


class Standing(NamedTuple):
    """How far one quorum is: `role` is `root`, `root_before` (of the root in force), `lists` or `snapshot`."""

    role: str
    threshold: int
    signed: tuple[PublicKey, ...]
    missing: tuple[PublicKey, ...]

    @property
    def met(self) -> bool:
        """Have enough signed?"""
        return len(self.signed) >= self.threshold


def quorums(draft: Draft, held_root: Root | None) -> dict[str, Quorum]:
    """Who must sign `draft`, by role. DocumentError `ceremony_root_missing` for a list where no root is in force."""
    if isinstance(draft.value, Root):
        return {"root": draft.value.content.root} | ({"root_before": held_root.content.root} if held_root else {})
    if held_root is None:
        raise DocumentError("ceremony_root_missing")
    is_list = isinstance(draft.value, TrustList)
    return {"lists": held_root.content.lists} if is_list else {"snapshot": held_root.content.snapshot}


def collect(
    draft: Draft, signatures: Iterable[Signature], *, held_root: Root | None, others: Iterable[PublicKey] = ()
) -> dict[PublicKey, bytes]:
    """The signatures that may stand on `draft`, one of each key. `others`: keys of earlier roots, which may sign as well, for
    sites that have not the root in force yet; they count for nothing here.

    DocumentError `signature_other_draft`, `signature_not_entitled`, `signature_invalid`, each with the key in `detail`.
    """
    entitled = {key for quorum in quorums(draft, held_root).values() for key in quorum.keys} | set(others)
    found: dict[PublicKey, bytes] = {}
    digest = hashlib.sha256(draft.payload).digest()
    for one in signatures:
        name = f"key {one.key.thumbprint.hex()[:16]}"
        if one.digest != digest or one.typ != draft.kind.typ:
            raise DocumentError("signature_other_draft", name)
        if one.key not in entitled:
            raise DocumentError("signature_not_entitled", name)
        if not one.key.verify(one.signature, draft.prepared.to_be_signed(one.key)):
            raise DocumentError("signature_invalid", name)
        found[one.key] = one.signature
    return found


def standings(draft: Draft, signed: Iterable[PublicKey], *, held_root: Root | None) -> tuple[Standing, ...]:
    """How far each quorum is; `signed`: the keys whose signatures `collect` took."""
    having = set(signed)

    def standing(role: str, quorum: Quorum) -> Standing:
        split = {there: tuple(key for key in quorum.keys if (key in having) is there) for there in (True, False)}
        return Standing(role, quorum.threshold, split[True], split[False])

    return tuple(standing(role, quorum) for role, quorum in quorums(draft, held_root).items())


def merge(
    draft: Draft,
    signatures: Iterable[Signature],
    *,
    held_root: Root | None,
    previous: Edition | None = None,
    others: Iterable[PublicKey] = (),
    clock_was_ahead: bool = False,
) -> bytes:
    """The document: `draft` with its signatures. `held_root`: the root in force, None before the first; `previous`: the edition
    published last; `others` as `collect`; `clock_was_ahead`: the previous edition has its date from a wrong clock.

    Raises DocumentError as `collect`; `signatures_missing`; `draft_outdated`, `draft_skips`, `clock_behind_published`,
    `root_version`; and as `open_root`, `open_trust_list`, `open_snapshot`, `open_address_book`.
    """
    found = collect(draft, signatures, held_root=held_root, others=others)
    _follows(draft, previous, clock_was_ahead=clock_was_ahead)
    lacking = [one for one in standings(draft, found, held_root=held_root) if not one.met]
    if lacking:
        raise DocumentError("signatures_missing", ", ".join(f"{one.role} {len(one.signed)}/{one.threshold}" for one in lacking))
    document = _assemble(draft, found)
    if isinstance(draft.value, Root):
        open_root(document, held_root)
        if held_root is None and draft.value.content.version != 1:
            raise DocumentError("root_version", f"version {draft.value.content.version}, the first is 1")
    elif isinstance(draft.value, TrustList) and held_root is not None:
        open_trust_list(document, held_root.anchor)
    elif isinstance(draft.value, AddressBook) and held_root is not None:
        open_address_book(document, held_root)
    elif held_root is not None:
        open_snapshot(document, held_root)
    return document


def _assemble(draft: Draft, found: Mapping[PublicKey, bytes]) -> bytes:
    return draft.prepared.assemble(sorted(found.items(), key=lambda one: one[0].thumbprint))


def _follows(draft: Draft, previous: Edition | None, *, clock_was_ahead: bool) -> None:
    """The same edition may come again, with further signatures. A version that is skipped can never be used, and the last
    there is would end all publishing."""
    edition, before = draft.edition, previous.version if previous else 0
    if edition == previous:
        return
    if edition.version <= before:
        raise DocumentError("draft_outdated", f"version {edition.version}, published {before}")
    if edition.version > before + 1 and not isinstance(draft.value, Root):  # of a root, open_root says so
        raise DocumentError("draft_skips", f"version {edition.version}, published {before}")
    if previous is not None and edition.issued_at < previous.issued_at and not clock_was_ahead:
        raise DocumentError("clock_behind_published", f"{previous.issued_at - edition.issued_at} seconds")
