"""The codes of long documents, put together again as they come: in any order, several documents mixed, some twice.

Rules: a gathering is a value; `add` gives the next one, or an error and leaves this one as it was. Parts belong together by
their set id and agree on how many they are; all chunks but the last have one length, and the last is not longer; the same
part again says nothing. The joined body must have the hash that its set id begins, and may not be a part itself. What can be
held is bounded: 8 unfinished sets, 72 sets in all, 64 documents, 16,384 bytes each.

Example: `Gathering().add(second).add(first).documents == (document,)`
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dpr.core import qr
from dpr.core.errors import DocumentError
from dpr.core.qr import Part

MAX_UNFINISHED = 8
MAX_DOCUMENTS = 64
MAX_SETS = MAX_UNFINISHED + MAX_DOCUMENTS


class Missing(NamedTuple):
    """What a set lacks: `numbers` as people count, from 1."""

    set_id: bytes
    numbers: tuple[int, ...]
    total: int

    @property
    def mark(self) -> str:
        """What a printed page shows beside each code of the set, to tell it from other sets."""
        return mark_of(self.set_id)

    def __str__(self) -> str:
        return f"part {', '.join(map(str, self.numbers))} of {self.total} missing"


class Gathering(NamedTuple):
    """What has been read so far. `documents`: whole ones, each once, in the order completed; `sets`: parts by set id."""

    documents: tuple[bytes, ...] = ()
    sets: tuple[tuple[Part, ...], ...] = ()

    def add(self, text: str) -> Gathering:
        """With one more code.

        DocumentError as `qr.read`; `qr_parts_differ` (a part contradicts what was read), `qr_parts_damaged` (put together
        they are not what they say), `qr_part_malformed` (a part inside parts), `qr_too_many`, and as `qr.document_of`.
        """
        found = qr.read(text)
        if isinstance(found, bytes):
            return self._with_document(found)
        before = self._set(found.set_id)
        if found in before:
            return self
        parts = _fitting(before, found)
        held = self._without(found.set_id)
        if len(held.sets) >= MAX_SETS:  # the same documents cut up again and again
            raise DocumentError("qr_too_many", f"more than {MAX_SETS} sets")
        if len(parts) < found.total:
            if len(held.missing) >= MAX_UNFINISHED:
                raise DocumentError("qr_too_many", f"more than {MAX_UNFINISHED} unfinished sets")
            return held._replace(sets=(*held.sets, parts))
        return held._replace(sets=(*held.sets, parts))._with_document(_joined(parts))

    def forget(self, text: str) -> Gathering:
        """Without the set that `text` is a part of, so that it can be scanned anew after parts that differ."""
        found = qr.read(text)
        return self if isinstance(found, bytes) else self._without(found.set_id)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What each unfinished set lacks, in the order in which the sets were last added to."""
        found = []
        for parts in self.sets:
            set_id, _, total, _ = parts[0]
            lacking = set(range(1, total + 1)) - {part.number for part in parts}
            if lacking:
                found.append(Missing(set_id, tuple(sorted(lacking)), total))
        return tuple(found)

    def require_whole(self) -> None:
        """DocumentError `qr_part_missing`, naming the parts (and, where several sets lack some, their marks)."""
        missing = self.missing
        if missing:
            which = [str(one) + (f" (mark {one.mark})" if len(missing) > 1 else "") for one in missing]
            raise DocumentError("qr_part_missing", "; ".join(which))

    def _set(self, set_id: bytes) -> tuple[Part, ...]:
        return next((parts for parts in self.sets if parts[0].set_id == set_id), ())

    def _without(self, set_id: bytes) -> Gathering:
        return self._replace(sets=tuple(parts for parts in self.sets if parts[0].set_id != set_id))

    def _with_document(self, document: bytes) -> Gathering:
        if document in self.documents:
            return self
        if len(self.documents) >= MAX_DOCUMENTS:
            raise DocumentError("qr_too_many", f"more than {MAX_DOCUMENTS} documents")
        return self._replace(documents=(*self.documents, document))


def from_texts(texts: Iterable[str]) -> tuple[bytes, ...]:
    """The documents in QR texts, each once, in the order completed. DocumentError as `add`, and `qr_part_missing`."""
    gathering = Gathering()
    for text in texts:
        gathering = gathering.add(text)
    gathering.require_whole()
    return gathering.documents


def mark_of(set_id: bytes) -> str:
    """A set's name for people: four hexadecimal digits."""
    return set_id[:2].hex()


def _fitting(before: tuple[Part, ...], part: Part) -> tuple[Part, ...]:
    """`before` and `part` by number. DocumentError `qr_parts_differ`, `qr_too_long`."""
    parts = tuple(sorted((*before, part), key=lambda one: one.number))
    if len({one.number for one in parts}) < len(parts) or len({one.total for one in parts}) > 1:
        raise DocumentError("qr_parts_differ", str(part))
    lengths = {len(one.chunk) for one in parts if one.number < one.total}
    last = [len(one.chunk) for one in parts if one.number == one.total]
    if len(lengths) > 1 or (lengths and last and last[0] > min(lengths)):
        raise DocumentError("qr_parts_differ", f"{part}: another length")
    if sum(len(one.chunk) for one in parts) > qr.MAX_DOCUMENT_BYTES:
        raise DocumentError("qr_too_long", f"more than {qr.MAX_DOCUMENT_BYTES} bytes")
    return parts


def _joined(parts: tuple[Part, ...]) -> bytes:
    """The document in all parts of a set. DocumentError `qr_parts_damaged`, `qr_part_malformed`, or as `qr.document_of`."""
    body = b"".join(part.chunk for part in parts)
    if qr.set_id_of(body) != parts[0].set_id:
        raise DocumentError("qr_parts_damaged", f"{parts[0].total} parts")
    try:
        return qr.document_of(body)
    except DocumentError as error:
        if error.code == "qr_part":
            raise DocumentError("qr_part_malformed", "a part inside parts") from None
        raise
