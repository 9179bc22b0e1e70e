"""By what a bundle is judged: its own trust evidence under a root that the reader knows, with newer lists of the reader's.

Rules: the reader brings the fingerprint of a root, or a site's trust with the fingerprints of the roots it holds; nothing in a
bundle can bring another authority. From that root on each root must be signed by the one before. Where a site judges, every
root up to the one in force there must be one that it holds, and the last may not be older: an old root's keys may be stolen.
Of the site's lists and the bundle's the newer count, the trust list and the snapshot by their versions: a revocation or a
removal that only one of them knows counts.

Example: `judged_by(bundle.evidence, {"4f1c…"}, None).trust.trust_list`
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, TypeVar

from dpr.core import documents
from dpr.core.errors import DocumentError
from dpr.core.mail.bundle import Evidence
from dpr.core.revocation import Revocations
from dpr.core.root import Root
from dpr.core.status import StatusList
from dpr.core.trust import Trust

L = TypeVar("L", StatusList, Revocations)


class JudgedBy(NamedTuple):
    """`trust`: what counts; `before`: what the bundle brought, where the site's trust list is newer, else None."""

    trust: Trust
    before: Trust | None = None


def judged_by(evidence: Evidence | None, fingerprints: Collection[str], own: Trust | None) -> JudgedBy:
    """`fingerprints`: of roots that the reader believes, 64 hexadecimal digits each; `own`: what the reader's site holds, and
    then they are those of the roots that it holds.

    DocumentError `bundle_evidence_missing` where neither is there, `bundle_root_unknown` where the bundle's roots do not lead
    on from one that the reader believes, at a site from the one in force; `bundle_evidence_forged` where a part does not
    verify.
    """
    if evidence is None:
        if own is None:
            raise DocumentError("bundle_evidence_missing")
        return JudgedBy(own)
    root = _root(evidence.roots, fingerprints, own)
    try:
        found = documents.open_trust(
            root.anchor,
            evidence.trust_list,
            status_lists=evidence.status_lists,
            revocations=evidence.revocations,
            snapshot=documents.open_snapshot(evidence.snapshot, root) if evidence.snapshot is not None else None,
            root_version=root.content.version,
        )
    except DocumentError as error:
        raise DocumentError("bundle_evidence_forged", error.code) from None
    return JudgedBy(found) if own is None else _with_newer(found, own)


def _root(roots: Collection[bytes], fingerprints: Collection[str], own: Trust | None) -> Root:
    """The last root, when one before it, or it itself, is one that the reader believes, and `own` has no newer one."""
    root: Root | None = None
    try:
        for data in roots:
            believed = documents.fingerprint(data) in fingerprints
            if root is not None or believed:
                root = documents.open_root(data, root)
                if own is not None and not believed and not _newer(root, own):
                    raise DocumentError("bundle_root_unknown", documents.fingerprint(data))
    except DocumentError as error:
        if error.code == "bundle_root_unknown":
            raise
        raise DocumentError("bundle_evidence_forged", error.code) from None
    if root is None:
        raise DocumentError("bundle_root_unknown", documents.fingerprint(next(iter(roots))))
    if own is not None and root.content.version < (own.root_version or 0):
        raise DocumentError("bundle_root_unknown", f"version {root.content.version}, held {own.root_version}")
    return root


def _newer(root: Root, own: Trust) -> bool:
    """A site that does not know its root's version follows none beyond those it holds."""
    return own.root_version is not None and root.content.version > own.root_version


def _with_newer(found: Trust, own: Trust) -> JudgedBy:
    mine, theirs = own.trust_list, found.trust_list
    newer = mine is not None and theirs is not None and mine.content.version > theirs.content.version
    snapshots = [one for one in (found.snapshot, own.snapshot) if one is not None]
    trust = Trust(
        found.anchor,
        mine if newer else theirs,
        _newest(found.status_lists, own.status_lists),
        revocations=_newest(found.revocations, own.revocations),
        snapshot=max(snapshots, key=lambda one: one.content.version, default=None),
        root_version=found.root_version,
    )
    return JudgedBy(trust, found if newer else None)


def _newest(one: Mapping[tuple[str, str], L], other: Mapping[tuple[str, str], L]) -> dict[tuple[str, str], L]:
    newest = dict(one)
    for name, value in other.items():
        if name not in newest or newest[name].issued_at < value.issued_at:
            newest[name] = value
    return newest
