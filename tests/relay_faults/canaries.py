"""Words of a prescription that must not stand anywhere at a relay: not in its files, not in its log, in no way of writing.

Rules: searched are raw bytes, for each word in UTF-8 and UTF-16 (both orders), and each of these in hexadecimal (both cases)
and base64 (all three alignments), and in reverse. Before a file is trusted to hold none, the search must find words put there.

Example: `found_in(folder.rglob("*"), CANARIES)` → `[]`
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.world import ONE_ITEM, PHYSICIAN

_ITEM = ONE_ITEM["items"][0]
#: Who the patient is, what is prescribed, and why, and by whom.
CANARIES = (
    ONE_ITEM["patient"]["personnummer"],
    ONE_ITEM["patient"]["name"],
    _ITEM["name"],
    _ITEM["dosage"],
    _ITEM["purpose"],
    _ITEM["npl_pack_id"],
    PHYSICIAN.name,
)


def forms(word: str) -> Iterator[bytes]:
    """Every way in which it is looked for."""
    for plain in {word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be")}:
        yield from (plain, plain[::-1], plain.hex().encode(), plain.hex().upper().encode())
        for alignment in range(3):
            text = base64.b64encode(b"\0" * alignment + plain).rstrip(b"=")
            # What the neighbours before and after have a part in is left out.
            inner = text[(0, 2, 3)[alignment] : len(text) - (0 if (len(plain) + alignment) % 3 == 0 else 1)]
            yield from {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}


def found_in(paths: Iterable[Path], words: Iterable[str] = CANARIES) -> list[tuple[str, str]]:
    """(file, word) of every word that stands in one of these files."""
    wanted = [(word, form) for word in words for form in forms(word)]
    found = []
    for path in paths:
        if path.is_file():
            data = path.read_bytes()
            found += sorted({(path.name, word) for word, form in wanted if form in data})
    return found
