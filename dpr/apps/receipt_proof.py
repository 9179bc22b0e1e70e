"""Bundles of receipts at a site: made with what the site judges by, and judged by a root's fingerprint or by the site.

Rules: a bundle gets every root that the site holds, so that whoever knows any of them can follow; and of issuers' lists those
of everybody who signed something in it, and no others. What does not verify here goes into no bundle.

Example: `judge(data, site, root=None)`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from dpr.adapters import file_change, trust_files, trust_root
from dpr.adapters.trust_files import TrustFiles
from dpr.apps.compose import SiteFolder
from dpr.core import documents
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.mail import bundle as bundles
from dpr.core.mail import receipts
from dpr.core.mail.bundle import Bundle, Evidence
from dpr.core.mail.bundle_trust import judged_by
from dpr.core.mail.bundle_verify import Finding, verify
from dpr.core.mail.compare import contradiction
from dpr.core.mail.receipts import Attested
from dpr.core.snapshot import REVOCATION_LISTS, STATUS_LISTS, IssuersLists
from dpr.core.trust import Chain, Trust

#: How a signed document begins: COSE_Sign1.
_SIGNED = b"\xd2"


class Subject(NamedTuple):
    """What a bundle is about: a document that was sent in a message. `message`: the signed `dpr-message`, or None to leave it
    out."""

    queue: str
    message_id: bytes
    digest: bytes
    document: bytes
    message: bytes | None


class Believed(NamedTuple):
    """By what a reader judges: fingerprints of roots, and a site's trust, or None."""

    fingerprints: frozenset[str]
    own: Trust | None


def believed(site: SiteFolder, root: str | None) -> Believed:
    """The root of a fingerprint as a person gives it, and nothing else; or the site. SetupError `root_fingerprint_form`,
    `trust_not_set_up`, `site_missing`."""
    if root is None:
        own = site.trust()
        return Believed(trust_root.fingerprints(site.folder), own)
    typed = "".join(root.split()).lower()
    if len(typed) != 64 or not set(typed) <= set("0123456789abcdef"):
        raise SetupError("root_fingerprint_form", f"{len(typed)} characters")
    return Believed(frozenset((typed,)), None)


def judge(data: bytes, site: SiteFolder, *, root: str | None) -> Finding:
    """The finding on a bundle. `root`: a fingerprint, for a reader without a site."""
    reader = believed(site, root)
    return verify(data, fingerprints=reader.fingerprints, own=reader.own, now=int(site.now().timestamp()))


def make(site: SiteFolder, subject: Subject, given: Sequence[bytes], *, evidence: bool = True) -> bytes:
    """The bundle of the receipts in `given` that verify here and are about this message. DocumentError `bundle_too_large`,
    `bundle_receipts_missing` where there are none; as `SiteFolder.trust`."""
    trust = site.trust()
    held = [*_verified(given, subject, trust)]
    if not held:
        raise DocumentError("bundle_receipts_missing")
    signers = [one.signer for one in held]
    for data in (subject.message, subject.document):
        with suppress(DocumentError):
            signers += [documents.signer_of(data, trust)] if data is not None else []
    content = Bundle(
        kind=bundles.KIND,
        queue=subject.queue,
        message_id=subject.message_id,
        digest=subject.digest,
        document=subject.document,
        receipts=tuple(dict.fromkeys(one.document for one in held)),
        message=subject.message,
        evidence=evidence_of(site, signers) if evidence else None,
    )
    return bundles.write(content)


def _verified(given: Sequence[bytes], subject: Subject, trust: Trust) -> Iterator[Attested]:
    for data in given:
        with suppress(DocumentError):
            yield receipts.read(
                data,
                trust,
                expected_queue=subject.queue,
                expected_id=subject.message_id,
                expected_digest=subject.digest,
            )


def evidence_of(site: SiteFolder, signers: Iterable[Chain]) -> Evidence:
    """What the site holds about these signers. SetupError, DocumentError, StorageError as `TrustFiles.load`."""
    store = site.existing().trust_files
    root = store.root()
    names = dict.fromkeys((one.credential.issuer, one.credential.status.uri) for one in signers)

    return Evidence(
        roots=tuple(_roots(site.folder)),
        trust_list=store.trust_list(root)[1],
        snapshot=_read(store, trust_files.SNAPSHOT),
        status_lists=_lists(store, STATUS_LISTS, names),
        revocations=_lists(store, REVOCATION_LISTS, names),
    )


def _lists(store: TrustFiles, kind: IssuersLists, names: Iterable[tuple[str, str]]) -> tuple[bytes, ...]:
    found = (_read(store, f"{kind.name(*name)}.cbor") for name in names)
    return tuple(data for data in found if data is not None)


def _read(store: TrustFiles, name: str) -> bytes | None:
    """A list, where it is held."""
    try:
        return store.read_list(name)
    except SetupError:
        return None


def _roots(folder: Path) -> Iterator[bytes]:
    """Every root that is held, the first version first."""
    found: dict[int, bytes] = {}
    for name in (*file_change.names(folder, trust_root.ROOTS), trust_root.ROOT):
        with suppress(DprError):
            data = file_change.read(folder, name, limit=trust_root.DOCUMENT_LIMIT)
            found[documents.open_root(data, None).content.version] = data
    return (found[version] for version in sorted(found))


def compare(files: Sequence[bytes], site: SiteFolder, *, root: str | None) -> list[tuple[Attested, Attested, str]]:
    """Of all receipts in these files (receipts, or bundles) every pair that cannot both be true, with its code. With the
    fingerprint of a root, one of the files must be a bundle with lists.

    DocumentError `receipt_file`, and as dpr.core.mail.receipts.read for a receipt that does not verify: it accuses nobody.
    """
    reader = believed(site, root)
    opened = [None if data.startswith(_SIGNED) else bundles.read(data) for data in files]
    evidence = next((one.evidence for one in opened if one is not None and one.evidence is not None), None)
    trust = reader.own or judged_by(evidence, reader.fingerprints, None).trust
    given = [data for file, one in zip(files, opened, strict=True) for data in (one.receipts if one else (file,))]
    attested = [receipts.read(data, trust) for data in dict.fromkeys(given)]
    pairs = [(one, other, contradiction(one, other)) for one, other in combinations(attested, 2)]
    return [(one, other, code) for one, other, code in pairs if code]
