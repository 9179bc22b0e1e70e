"""An issuer's list among documents of any kind: under which name it travels, and how new it is.

Rules: which kinds there are stands in dpr.core.snapshot; what is none of them is refused, whoever signed it. What the lists of
one issuer may take of a reader's memory is bounded, so that one issuer's key cannot switch a pharmacy off.

Example: `open_named(document, issuers).name` → `status/4f1c…`
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dpr.core import documents
from dpr.core.documents import Opened
from dpr.core.errors import DocumentError
from dpr.core.revocation import Revocations
from dpr.core.snapshot import ISSUERS_LISTS, MAX_LISTS_OF_ONE_ISSUER, IssuersLists
from dpr.core.status import MAX_LIST_BYTES, StatusList
from dpr.core.trust import Trust

#: Of one issuer, so many lists of a kind, and so much memory for all of them: twice the largest status list there is.
MOST_LISTS, MOST_BYTES = MAX_LISTS_OF_ONE_ISSUER, 2 * MAX_LIST_BYTES
#: What an entry takes that is read from a list of revocations.
_ENTRY_BYTES = 200


class NamedList(NamedTuple):
    """A list that verified. `issued_at`: instant in seconds."""

    opened: Opened[Any]
    kind: IssuersLists
    name: str
    issued_at: int


def memory_bytes(value: StatusList | Revocations) -> int:
    """About what a list takes when it is read."""
    return len(value.entries.lst) if isinstance(value, StatusList) else len(value.content.entries) * _ENTRY_BYTES


def named(opened: Opened[Any]) -> NamedList:
    """An opened document as an issuer's list. DocumentError `document_kind` for any other kind."""
    kind = ISSUERS_LISTS.get(opened.kind.typ)
    if kind is None:
        raise DocumentError("document_kind", opened.kind.typ)
    return NamedList(opened, kind, kind.name(opened.issuer.id, opened.value.uri), opened.value.issued_at)


def open_named(document: bytes, issuers: Trust) -> NamedList:
    """A list of an issuer in the trust list of `issuers`. DocumentError as `documents.open`."""
    opened: Opened[Any] = documents.open(document, issuers)
    return named(opened)


def issued_at(document: bytes, issuers: Trust, name: str) -> int:
    """When the list of that name was issued. DocumentError `mirror_wrong_list` where it is another; as `open_named`."""
    found = open_named(document, issuers)
    if found.name != name:
        raise DocumentError("mirror_wrong_list", found.kind.typ)
    return found.issued_at
