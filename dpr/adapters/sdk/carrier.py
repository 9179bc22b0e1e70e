"""Prescriptions inside SDK's attachments: every participant takes PDF, and nothing else is sure to be taken.

Rules: the signed document travels in the printable PDF, as codes and embedded as a file; both must be there and agree
(dpr.core.attached), except where the PDF has codes alone, as one that was scanned or printed again has. Every attachment must
be such a PDF: what would be left out is refused, for its sender would think that it had arrived. PDFs are hostile; they are
read where reading can be stopped.

Example: `documents_in(message.attachments, read_codes)`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dpr.adapters.qr_reading import Reading
from dpr.adapters.sdk.content import Attachment
from dpr.adapters.sdk.names import PDF
from dpr.core.attached import require_same
from dpr.core.errors import DocumentError
from dpr.core.qr_parts import from_texts

_BEGINS, _WITHIN = b"%PDF-", 1024
_NO_CODE = ("qr_not_found", "qr_other_code")


def documents_in(attachments: Sequence[Attachment], read: Callable[[bytes], Reading]) -> tuple[bytes, ...]:
    """The documents in a message's attachments, each once, in order. `read`: as dpr.adapters.qr_process.read_codes.

    DocumentError `sdk_no_prescription` (no attachment, or one without a prescription), `sdk_file_type`, `pdf_…`, `qr_…`,
    `image_…`; the detail says which attachment.
    """
    if not attachments:
        raise DocumentError("sdk_no_prescription", "no attachment")
    found: dict[bytes, None] = {}
    for number, attachment in enumerate(attachments, 1):
        try:
            found.update(dict.fromkeys(_documents_of(attachment, read)))
        except DocumentError as error:
            code = "sdk_no_prescription" if error.code in _NO_CODE else error.code
            raise DocumentError(code, f"attachment {number}: {error.detail}".rstrip(": ")) from None
    return tuple(found)


def pdf_attachment(pdf: bytes, short_id: str) -> Attachment:
    """A prescription's PDF as an attachment. Its name holds the short id and nothing about a person."""
    return Attachment(f"recept-{short_id}.pdf", PDF, pdf)


def _documents_of(attachment: Attachment, read: Callable[[bytes], Reading]) -> tuple[bytes, ...]:
    if attachment.media_type != PDF or _BEGINS not in attachment.content[:_WITHIN]:
        raise DocumentError("sdk_file_type", "not a PDF")
    reading = read(attachment.content)
    require_same(reading.texts, reading.documents)
    return from_texts(reading.texts)
