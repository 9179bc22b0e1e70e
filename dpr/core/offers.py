"""Of the snapshots that mirrors offer, which one counts.

Rules: the highest that verifies under the root, that is not dated ahead and that lowers nothing; a mirror whose snapshot is
older than what is held, or does not count, is named. The one held stays the best where none is higher, unless a root with
another online key voids it. An ETag is kept only of a snapshot that is in force here or older: a 304 must not hide one that
could not be taken.

Example: `choose(offers, root, held, latest).snapshot`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dpr.core import documents
from dpr.core.errors import DocumentError
from dpr.core.following import refuse_future, refuse_lower
from dpr.core.root import Root
from dpr.core.snapshot import ROOT_NAME, Snapshot


class Offer(NamedTuple):
    """What a mirror said of its snapshot: its bytes (None: unchanged), and the ETag."""

    mirror: str
    data: bytes | None
    etag: str


class Chosen(NamedTuple):
    """The snapshot that counts, and its bytes where it is a new one. `counting`: mirrors whose snapshot counts; `faults`:
    mirror and what was wrong."""

    snapshot: Snapshot | None
    document: bytes | None
    counting: tuple[str, ...]
    faults: tuple[tuple[str, DocumentError], ...]


def opened(offer: Offer, root: Root) -> Snapshot | None:
    """The snapshot of an offer; None where it does not verify, or is not there."""
    try:
        return documents.open_snapshot(offer.data or b"", root)
    except DocumentError:
        return None


def need_root(offers: Sequence[Offer], root: Root, held: Snapshot | None) -> bool:
    """Is there a newer root, by what snapshots name, or because one does not verify under this one?"""
    read = [(offer, opened(offer, root)) for offer in offers if offer.data is not None]
    known = [one for one in (held, *(one for _, one in read)) if one is not None]
    named = max((one.minimum(ROOT_NAME) for one in known), default=0)
    return named > root.content.version or any(one is None for _, one in read)


def choose(offers: Sequence[Offer], root: Root, held: Snapshot | None, latest: int) -> Chosen:
    """`held`: what is held where its key still counts under `root`; `latest`: the instant after which nothing can be dated."""
    best, document = held, None
    counting, faults = [], []
    for offer in offers:
        if offer.data is None:
            continue
        try:
            value = documents.open_snapshot(offer.data, root)
            refuse_future(value.issued_at, latest)
            if held is None or value.content.version > held.content.version:
                refuse_lower(value, held)
        except DocumentError as error:
            faults.append((offer.mirror, error))
            continue
        counting.append(offer.mirror)
        version = value.content.version
        if held is not None and version < held.content.version:
            faults.append((offer.mirror, DocumentError("mirror_stale", f"version {version}, held {held.content.version}")))
        if best is None or version > best.content.version:
            best, document = value, offer.data
    return Chosen(best, document, tuple(counting), tuple(faults))


def etags_to_keep(etags: Mapping[str, str], offers: Sequence[Offer], root: Root, in_force: Snapshot | None) -> dict[str, str]:
    """Those of `etags` and of `offers` that may be asked with the next time, by mirror's name."""
    kept = dict(etags)
    for offer in offers:
        if offer.data is None:
            continue
        value = opened(offer, root)
        known = in_force is not None and value is not None and value.content.version <= in_force.content.version
        kept[offer.mirror] = offer.etag if known else ""
    return {name: etag for name, etag in kept.items() if etag}
