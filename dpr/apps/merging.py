"""Drafts and signatures as they come back from the custodians: which belong together, and which root judges each.

Rules: a root is judged by the one before it, a list that comes with a root by that root. The keys that
earlier roots named for a list may sign it as well, for sites that have not yet the root in force; they count for nothing.

Example: `for one in judged(sorted_out(drafts, signatures), roots): …`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dpr.core.ceremony import KINDS, Draft, Signature
from dpr.core.ceremony_changes import quorum_of
from dpr.core.errors import DocumentError
from dpr.core.keys import PublicKey
from dpr.core.root import Root
from dpr.core.trust_list import TrustList

WithSignatures = tuple[Draft, list[Signature]]


class Judged(NamedTuple):
    """A draft, its signatures, the root that judges it (None before the first), and the keys that may sign besides."""

    draft: Draft
    signatures: list[Signature]
    held_root: Root | None
    others: frozenset[PublicKey]


def sorted_out(drafts: Sequence[Draft], signatures: Iterable[Signature]) -> list[WithSignatures]:
    """Each draft with its signatures: a root first, then a list, then a snapshot. DocumentError `draft_twice` for two of a
    kind, `draft_missing` for none at all, `signature_other_draft` for a signature of none of them."""
    if not drafts:
        raise DocumentError("draft_missing")
    if len({draft.kind.typ for draft in drafts}) != len(drafts):
        raise DocumentError("draft_twice")
    by_fingerprint: dict[str, list[Signature]] = {draft.fingerprint: [] for draft in drafts}
    for one in signatures:
        if one.digest.hex() not in by_fingerprint:
            raise DocumentError("signature_other_draft", f"key {one.key.thumbprint.hex()[:16]}")
        by_fingerprint[one.digest.hex()].append(one)
    order = list(KINDS)
    return [(draft, by_fingerprint[draft.fingerprint]) for draft in sorted(drafts, key=lambda one: order.index(one.kind.typ))]


def judged(by_draft: Iterable[WithSignatures], roots: Sequence[Root]) -> Iterator[Judged]:
    """Each draft with what judges it; `roots`: every root from the first to the one in force."""
    roots = list(roots)
    for draft, signatures in by_draft:
        if isinstance(draft.value, Root):
            if roots and roots[-1] == draft.value:  # again, with further signatures or after a crash
                roots.pop()
            yield Judged(draft, signatures, roots[-1] if roots else None, frozenset())
            roots.append(draft.value)
        else:
            role = "lists" if isinstance(draft.value, TrustList) else "snapshot"
            others = frozenset(key for root in roots for key in quorum_of(root, role).keys)
            yield Judged(draft, signatures, roots[-1] if roots else None, others)
