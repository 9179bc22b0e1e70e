"""The documents embedded in a PDF under our name (dpr.core.attached).

Rules: called where a hostile PDF is read, in a process with limits on time and memory (dpr.adapters.qr_process). Names are
compared, sizes are capped; what is embedded under another name is not read.

Example: `embedded_in(pypdfium2.PdfDocument(data))`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpr.core.attached import FILE_NAME, MAX_FILES
from dpr.core.errors import DocumentError
from dpr.core.qr import MAX_DOCUMENT_BYTES

if TYPE_CHECKING:
    import pypdfium2

MAX_LOOKED_AT = 200


def embedded_in(document: pypdfium2.PdfDocument) -> tuple[bytes, ...]:
    """Each embedded document. DocumentError `pdf_attached_too_large`: too many files, or one of ours that is too large."""
    count = document.count_attachments()
    if count > MAX_LOOKED_AT:
        raise DocumentError("pdf_attached_too_large", f"{count} files, at most {MAX_LOOKED_AT}")
    files = [one for one in map(document.get_attachment, range(count)) if one.get_name() == FILE_NAME]
    if len(files) > MAX_FILES:
        raise DocumentError("pdf_attached_too_large", f"{len(files)} documents, at most {MAX_FILES}")
    found = []
    for one in files:
        content = bytes(one.get_data())
        if len(content) > MAX_DOCUMENT_BYTES:
            raise DocumentError("pdf_attached_too_large", f"{len(content)} bytes, at most {MAX_DOCUMENT_BYTES}")
        found.append(content)
    return tuple(found)
