"""Files of a ceremony, read: drafts, signatures and documents, and what a program is told of them.

Rules: a file is read once, so that what is shown is what is signed. A document is only shown here, not judged: who signed it is
said where the root that names them is at hand.

Example: `read_draft(Path("root-1.draft")).fingerprint`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dpr.adapters import files
from dpr.apps.ceremony_words import CHANGES, Line, groups, key_words, said, word
from dpr.core import cbor, ceremony, cose
from dpr.core.ceremony import Draft, Signature, Standing
from dpr.core.ceremony_changes import concerns
from dpr.core.errors import DocumentError
from dpr.core.keys import ALGORITHMS, PublicKey
from dpr.core.root import Root
from dpr.core.wording import Language

_LIMIT = cbor.MAX_SIGNED_BYTES
FINGERPRINT_DIGITS = 64
#: What a custodian types of it: nobody finds another draft with the same beginning in 2^64 tries, as one would in 2^32.
TYPED_DIGITS = 16


class Document(NamedTuple):
    """A root, trust list or snapshot with its signatures."""

    draft: Draft
    data: bytes


def read(path: Path) -> Draft | Document | Signature:
    """The file, whichever of them it is. DocumentError `draft_not_understood`, `ceremony_file_unknown` for what is none of
    them; StorageError, SetupError."""
    data = files.read(path, limit=_LIMIT)
    try:
        if ceremony.is_signature(data):
            return ceremony.read_signature(data)
        return Document(ceremony.content_of(data), data) if data[:2] == b"\xd8\x62" else ceremony.read_draft(data)
    except DocumentError as error:
        if error.code == "draft_not_understood":
            raise
        raise DocumentError("ceremony_file_unknown", f"{path}: {error.code}") from None


def read_content(path: Path) -> Draft:
    """What a draft or document says. DocumentError, as `read`, also for a signature."""
    found = read(path)
    if isinstance(found, Signature):
        raise DocumentError("ceremony_file_unknown", f"{path}: a signature")
    return found.draft if isinstance(found, Document) else found


def read_draft(path: Path) -> Draft:
    """A draft, and nothing else. DocumentError, as `read`."""
    return ceremony.read_draft(files.read(path, limit=_LIMIT))


def read_root(path: Path) -> Root:
    """What a root says. DocumentError, as `read`, and `document_kind`."""
    found = read_content(path)
    if not isinstance(found.value, Root):
        raise DocumentError("document_kind", found.kind.typ)
    return found.value


def drafts_and_signatures(paths: Iterable[Path]) -> tuple[list[Draft], list[Signature]]:
    """The files of a merge. DocumentError `signature_file_malformed`, `ceremony_file_unknown`, `draft_not_understood`."""
    drafts, signatures = [], []
    for path in paths:
        data = files.read(path, limit=_LIMIT)
        if ceremony.is_signature(data):
            signatures.append(ceremony.read_signature(data))
        else:
            drafts.append(_draft_among_others(path, data))
    return drafts, signatures


def _draft_among_others(path: Path, data: bytes) -> Draft:
    try:
        return ceremony.read_draft(data)
    except DocumentError as error:
        if error.code != "draft_malformed":
            raise
        raise DocumentError("ceremony_file_unknown", f"{path}: {error.code}") from None


def require_fingerprint(draft: Draft, typed: str, *, digits: int) -> None:
    """What somebody typed must be the fingerprint's beginning, of `digits` digits or more; groups may be kept apart.
    DocumentError `fingerprint_differs`."""
    said = "".join(typed.split()).lower()
    if len(said) < digits or not draft.fingerprint.startswith(said):
        raise DocumentError("fingerprint_differs")


def standings(document: Document, root: Root | None) -> tuple[Standing, ...]:
    """Who has signed, of those whom `root` asks to, and of a root those whom it names itself; nothing where none is said."""
    if root is None and not isinstance(document.draft.value, Root):
        return ()
    keys = {key for quorum in ceremony.quorums(document.draft, root).values() for key in quorum.keys}
    return ceremony.standings(document.draft, cose.verify(document.data, keys).signed_by, held_root=root)


def signature_lines(signature: Signature, language: Language) -> list[Line]:
    """A signature in words."""
    of = word(signature.typ, language) if signature.typ in ceremony.KINDS else signature.typ
    return [
        Line(f"{word('signature', language)}: {of}"),
        Line(f"{word('key', language)}: {key_words(signature.key)}", depth=1),
        Line(f"{word('fingerprint', language)}: {groups(signature.digest.hex())}", depth=1),
    ]


def as_json(found: Draft | Document | Signature, against: Draft | None, signed: Sequence[Standing]) -> dict[str, Any]:
    """The same for a program: everything that is signed, as JSON writes it, and what deserves a second look."""
    if isinstance(found, Signature):
        return {"kind": "signature", "of": found.typ, "fingerprint": found.digest.hex(), "key": key_members(found.key)}
    draft = found.draft if isinstance(found, Document) else found
    return {
        "kind": draft.kind.typ,
        "signed": isinstance(found, Document),
        "fingerprint": draft.fingerprint,
        "claims": draft.kind.claims.to_json(draft.value),
        "changes": [{"mark": one.mark, "text": one.text} for one in said(draft, "en", against=against) if one.mark in CHANGES],
        "concerns": [one._asdict() for one in concerns(draft.value, against=against.value if against else None)],
        "signatures": [
            {"role": one.role, "threshold": one.threshold, "met": one.met}
            | {"signed": [key_members(key) for key in one.signed], "missing": [key_members(key) for key in one.missing]}
            for one in signed
        ],
    }


def key_members(key: PublicKey) -> dict[str, str]:
    """A key for a program, as `dpr key show --json`."""
    return {"kid": key.kid.hex(), "thumbprint": key.thumbprint.hex(), "algorithm": ALGORITHMS[key.alg]}
