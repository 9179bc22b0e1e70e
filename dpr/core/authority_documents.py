"""Reading what the authority signs: roots, trust lists, snapshots, address books (COSE_Sign, m of n).

Rules: a key counts once, however often it signed; a signature of another key counts for nothing, so that a document can be
signed with old and new keys while they are exchanged. Nothing is read of a trust list or snapshot that nobody signed.

Example: `open_root(data, held=root).content.version == root.content.version + 1`
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, TypeVar

from dpr.core import cbor, cose, demo_keys
from dpr.core.errors import DocumentError
from dpr.core.frames import MAX_DOCUMENT_BYTES, split_signed_by_many
from dpr.core.keys import DOCUMENT_ALGORITHMS, PublicKey
from dpr.core.kinds import ADDRESS_BOOK, ROOT, SNAPSHOT, TRUST_LIST, Kind, read_claims
from dpr.core.mail.address_book import AddressBook
from dpr.core.root import Quorum, Root
from dpr.core.snapshot import Snapshot
from dpr.core.trust import Anchor
from dpr.core.trust_list import Environment, TrustList


def open_trust_list(document: bytes, anchor: Anchor) -> TrustList:
    """The trust list in `document`, when at least `anchor.threshold` of the authority's keys signed it.

    Raises DocumentError: `trust_list_threshold`, `trust_list_environment`, `trust_list_authority`, and as `open`.
    """
    value, (signed_by,) = _signed_by_many(document, TRUST_LIST, Quorum(threshold=anchor.threshold, keys=anchor.keys))
    _require_quorum("trust_list_threshold", anchor.threshold, signed_by)
    _require_authority(TRUST_LIST, value, anchor.authority, anchor.environment)
    refuse_demo_keys((key for issuer in value.content.issuers for key in issuer.keys), anchor)
    return value


def open_snapshot(document: bytes, root: Root) -> Snapshot:
    """The snapshot in `document`, when at least the threshold of the root's snapshot keys signed it.

    Raises DocumentError: `snapshot_threshold`, `snapshot_environment`, `snapshot_authority`, and as `open`.
    """
    quorum = root.content.snapshot
    value, (signed_by,) = _signed_by_many(document, SNAPSHOT, quorum)
    _require_quorum("snapshot_threshold", quorum.threshold, signed_by)
    _require_authority(SNAPSHOT, value, root.authority, root.content.environment)
    return value


def open_address_book(document: bytes, root: Root) -> AddressBook:
    """The address book in `document`, when at least the threshold of the root's snapshot keys signed it: it says where, never
    whom to believe.

    Raises DocumentError: `address_book_threshold`, `address_book_environment`, `address_book_authority`, and as `open`.
    """
    quorum = root.content.snapshot
    value, (signed_by,) = _signed_by_many(document, ADDRESS_BOOK, quorum)
    _require_quorum("address_book_threshold", quorum.threshold, signed_by)
    _require_authority(ADDRESS_BOOK, value, root.authority, root.content.environment)
    return value


def open_root(document: bytes, held: Root | None) -> Root:
    """The root in `document`: the one that follows on `held`, signed by enough of the root keys of both; or, where none is held
    yet, a first one, signed by enough of its own, whose fingerprint a person must compare.

    Raises DocumentError: `root_version`, `root_threshold_not_met`, `root_environment`, `root_authority`, and as `open`.
    """
    written = read_claims(ROOT, _payload_of_many(document))
    quorums = [written.content.root, *([held.content.root] if held else [])]
    value, signed_by = _signed_by_many(document, ROOT, *quorums)
    for quorum, signed in zip(quorums, signed_by, strict=True):
        _require_quorum("root_threshold_not_met", quorum.threshold, signed)
    if held is not None:
        _require_authority(ROOT, value, held.authority, held.content.environment)
        if value.content.version != held.content.version + 1:
            raise DocumentError("root_version", f"version {value.content.version}, held {held.content.version}")
    keys = (key for one in (value.content.root, value.content.lists, value.content.snapshot) for key in one.keys)
    refuse_demo_keys(keys, value.anchor)
    return value


def fingerprint(document: bytes) -> str:
    """What people compare of a root, and sites of two lists of one version: SHA-256 of its payload, so the same however many
    have signed it; 64 hexadecimal digits."""
    return hashlib.sha256(cose.verify(document, ()).payload).hexdigest()


A = TypeVar("A", Root, TrustList, Snapshot, AddressBook)


def _signed_by_many(document: bytes, kind: Kind[A], *quorums: Quorum) -> tuple[A, list[frozenset[PublicKey]]]:
    """The value in a COSE_Sign of this kind, and which keys of each quorum signed it. Not read where nobody has."""
    parts = split_signed_by_many(document)
    signing = {key: None for quorum in quorums for key in quorum.keys if key.alg in DOCUMENT_ALGORITHMS}
    opened = cose.verify(document, signing)
    _check_sign_headers(parts, kind)
    if not opened.signed_by:
        raise DocumentError(_NOBODY[kind.typ], f"0 of {quorums[0].threshold}")
    value = read_claims(kind, opened.payload)
    return value, [opened.signed_by & set(quorum.keys) for quorum in quorums]


def _payload_of_many(document: bytes) -> bytes:
    """The payload of a root that nobody has verified yet: only for its own keys."""
    if len(document) > MAX_DOCUMENT_BYTES:
        raise DocumentError("document_too_large", f"{len(document)} bytes, at most {MAX_DOCUMENT_BYTES}")
    return cose.verify(document, ()).payload


#: What it is called when too few have signed.
_NOBODY = {
    ADDRESS_BOOK.typ: "address_book_threshold",
    TRUST_LIST.typ: "trust_list_threshold",
    SNAPSHOT.typ: "snapshot_threshold",
    ROOT.typ: "root_threshold_not_met",
}


def _require_quorum(code: str, threshold: int, signed_by: frozenset[PublicKey]) -> None:
    if threshold < 1 or len(signed_by) < threshold:
        raise DocumentError(code, f"{len(signed_by)} of {threshold}")


#: What it is called when it is another authority's, or for another environment.
_AUTHORITY = {
    ADDRESS_BOOK.typ: "address_book_authority",
    TRUST_LIST.typ: "trust_list_authority",
    SNAPSHOT.typ: "snapshot_authority",
    ROOT.typ: "root_authority",
}
_ENVIRONMENT = {
    ADDRESS_BOOK.typ: "address_book_environment",
    TRUST_LIST.typ: "trust_list_environment",
    SNAPSHOT.typ: "snapshot_environment",
    ROOT.typ: "root_environment",
}


def _require_authority(kind: Kind[A], value: A, authority: str, environment: Environment) -> None:
    if value.content.environment is not environment:
        raise DocumentError(_ENVIRONMENT[kind.typ])
    if value.authority != authority:
        raise DocumentError(_AUTHORITY[kind.typ])


def refuse_demo_keys(keys: Iterable[PublicKey], anchor: Anchor | None) -> None:
    """In production nobody may vouch, or be vouched for, with a key that everybody has."""
    production = anchor is not None and anchor.environment is Environment.PRODUCTION
    if production and any(key.thumbprint in demo_keys.THUMBPRINTS for key in keys):
        raise DocumentError("demo_key_in_production")


def _check_sign_headers(parts: Any, kind: Kind[Any]) -> None:
    """Of a COSE_Sign that `cose.verify` has read: as strict as `split` and `_read_header` are with a COSE_Sign1."""
    body, unprotected, _, signatures = parts
    if unprotected or any(entry[1] for entry in signatures):
        raise DocumentError("document_unprotected")
    header = cbor.decode(body)
    if type(header) is not dict or header.keys() != {cose.TYP}:
        raise DocumentError("document_header")
    if header[cose.TYP] != kind.typ:
        raise DocumentError("document_kind", f"expected {kind.typ}")
    for header in (cbor.decode(entry[0]) for entry in signatures):
        if header.keys() != {cose.ALG, cose.KID} or type(header[cose.KID]) is not bytes:
            raise DocumentError("document_header", "of a signature")
