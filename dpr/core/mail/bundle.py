"""One file that proves what became of a message (`dpr-bundle`): the document, the receipts, and what they are judged by.

Rules: deterministic CBOR, small integer keys. A bundle is not signed: everything in it is, and whoever changes it breaks what
it proves. It names what its receipts must all be about, so that a receipt of another message cannot pass for one of this.
Besides the document and the message it holds no personal data. Who verifies it needs the fingerprint of the authority's root,
and no network.

Example: `read(write(Bundle(kind=KIND, queue=…, message_id=…, digest=…, document=…, receipts=(r1, r3, r4), evidence=evidence)))`
"""

from __future__ import annotations

import hashlib

import msgspec

from dpr.core import cbor
from dpr.core.errors import DocumentError
from dpr.core.field_types import LATER
from dpr.core.fields import Array, Field, Fixed, Record, Text
from dpr.core.mail.queue import QUEUE

KIND = "dpr-bundle"
#: Of one message: nine types from eight relays, and some to spare.
MAX_RECEIPTS = 96
MAX_ROOTS = 1024
#: Of each kind, one of every signer's issuer.
MAX_LISTS = 32


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the signatures rest on, as signed documents. `roots`: from one that the reader knows to the one in force, each
    signed by the one before; `status_lists`, `revocations`: of the signers' issuers."""

    roots: tuple[bytes, ...]
    trust_list: bytes
    snapshot: bytes | None = None
    status_lists: tuple[bytes, ...] = ()
    revocations: tuple[bytes, ...] = ()


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle's content. `queue`, `message_id` (16 bytes), `digest` (SHA-256 of the sealed message): of every receipt in it;
    `document`: what was sent; `message`: the signed `dpr-message`, which shows who sent it. A message may hold documents about
    several people, so it is left out where only one is to be shown."""

    kind: str
    queue: str
    message_id: bytes
    digest: bytes
    document: bytes
    receipts: tuple[bytes, ...]
    message: bytes | None = None
    evidence: Evidence | None = None

    @property
    def document_digest(self) -> bytes:
        """SHA-256 of the document: what R3 and R4 name."""
        return hashlib.sha256(self.document).digest()


def _kind_fault(kind: str) -> str | None:
    return None if kind == KIND else "bundle_malformed"


_LIST = Fixed(most=cbor.MAX_SIGNED_BYTES)
EVIDENCE = Record(
    Evidence,
    Field(0, "roots", Array(Fixed(), 1, MAX_ROOTS)),
    Field(1, "trust_list", _LIST),
    Field(2, "snapshot", _LIST),
    Field(3, "status_lists", Array(_LIST, 1, MAX_LISTS)),
    Field(4, "revocations", Array(_LIST, 1, MAX_LISTS)),
    extensible=True,
)
BUNDLE = Record(
    Bundle,
    Field(0, "kind", Text(20, _kind_fault, KIND)),
    Field(1, "queue", QUEUE),
    Field(2, "message_id", Fixed(16)),
    Field(3, "digest", Fixed(32)),
    Field(4, "document", Fixed()),
    Field(5, "receipts", Array(Fixed(), 1, MAX_RECEIPTS)),
    Field(6, "message", Fixed()),
    Field(7, "evidence", EVIDENCE),
    extensible=True,
)


def write(bundle: Bundle) -> bytes:
    """The file. DocumentError `bundle_too_large` beyond dpr.core.cbor.MAX_SIGNED_BYTES."""
    data = cbor.encode(BUNDLE.to_cbor(bundle))
    if len(data) > cbor.MAX_SIGNED_BYTES:
        raise DocumentError("bundle_too_large", f"{len(data)} bytes, at most {cbor.MAX_SIGNED_BYTES}")
    return data


def read(data: bytes) -> Bundle:
    """The content of a file; nothing in it is verified. DocumentError `bundle_malformed`, `bundle_too_large`,
    `later_version`."""
    if len(data) > cbor.MAX_SIGNED_BYTES:
        raise DocumentError("bundle_too_large", f"{len(data)} bytes, at most {cbor.MAX_SIGNED_BYTES}")
    try:
        cbor.refuse_work(data)  # nobody has signed the outermost map: it may be large, not laborious
        value = cbor.decode(data, signed_list=True)
        if type(value) is not dict or value.get(0) != KIND:
            raise DocumentError("bundle_malformed")
        return BUNDLE.from_cbor(value)
    except DocumentError as error:
        if error.code == LATER:
            raise
        reason = "" if error.code == "bundle_malformed" else f"{error.code} {error.detail}".rstrip()
        raise DocumentError("bundle_malformed", reason) from None
