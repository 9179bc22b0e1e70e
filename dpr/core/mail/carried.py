"""What a message carries: which kind each document says it is, before anybody has judged it.

Rules: nothing is verified here; the name decides only who is asked to judge. Prescriptions are for the ledger, what the
authority and issuers sign is for the site's trust data; anything else has no place in a message.

Example: `typ_of(document)` → `"dpr-prescription"`
"""

from __future__ import annotations

from dpr.core import cbor, cose
from dpr.core.errors import DocumentError
from dpr.core.frames import split, split_signed_by_many
from dpr.core.kinds import (
    ADDRESS_BOOK,
    CREDENTIAL_KIND,
    REVOCATION,
    ROOT,
    SNAPSHOT,
    STATUS_LIST,
    TRUST_LIST,
)

#: What goes to the site's trust data, by `typ`.
TRUST_DATA = frozenset(
    kind.typ for kind in (ROOT, TRUST_LIST, SNAPSHOT, ADDRESS_BOOK, STATUS_LIST, REVOCATION, CREDENTIAL_KIND)
)
#: A COSE_Sign's tag.
_BY_MANY = b"\xd8\x62"


def typ_of(document: bytes) -> str:
    """The `typ` that a document says it has; empty where it says none. DocumentError as `documents.open` for what is no
    document."""
    protected = _header_by_many(document) if document.startswith(_BY_MANY) else split(document).protected
    header = cbor.decode(protected)
    typ = header.get(cose.TYP) if type(header) is dict else None
    return typ if type(typ) is str else ""


def _header_by_many(document: bytes) -> bytes:
    parts = split_signed_by_many(document)
    if type(parts) is not list or not parts or type(parts[0]) is not bytes:
        raise DocumentError("cose_malformed")
    return parts[0]
