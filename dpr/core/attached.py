"""A PDF that holds the prescription twice: as printed codes, and as a file embedded in it.

Rules: neither is preferred. Every document that is embedded is in the codes, and every one in the codes is embedded, byte for
byte; else nothing is taken from the file: somebody may have put another's code on the page, or another's file behind it, and a
person looks at the one while a program reads the other. A PDF without an embedded document is what its codes are.

Example: `require_same(texts, [document])`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dpr.core.errors import DocumentError
from dpr.core.qr_parts import from_texts

#: The name under which the document is embedded: a file of another name is not ours, and not looked at.
FILE_NAME = "dpr-prescription.cbor"
MAX_FILES = 16


def require_same(texts: Iterable[str], embedded: Sequence[bytes]) -> None:
    """DocumentError `pdf_differs` where the codes' documents are not those embedded; as `qr_parts.from_texts` where the codes
    are not whole. Nothing where nothing is embedded."""
    if embedded and set(from_texts(texts)) != set(embedded):
        raise DocumentError("pdf_differs", f"{len(set(embedded))} embedded")
