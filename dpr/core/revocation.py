"""What a status bit cannot say: since when a credential is revoked, and why (`dpr-revocation`).

Rules: one document of an issuer holds every revocation of one status list. An entry counts from its instant on, whatever an
older status list says; what the list revokes without an entry here is revoked since ever. Only independent evidence proves
that something was signed before, never what the signer claims (docs/format.md §11).

Example: `revocations.of(7).revoked_from` → 1795262400
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from functools import cached_property
from itertools import pairwise

import msgspec

from dpr.core.fields import Array, Enumeration, Field, Integer, Record, Text, instant


class Reason(IntEnum):
    """Why a credential was revoked."""

    KEY_COMPROMISED = 0
    RIGHT_WITHDRAWN = 1
    EMPLOYMENT_ENDED = 2
    WRONG_DETAILS = 3
    REPLACED = 4
    OTHER = 5


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """One credential, by its index in the status list. `revoked_from`: instant in seconds."""

    idx: int
    revoked_from: int
    reason: Reason


class RevocationContent(msgspec.Struct, frozen=True, kw_only=True):
    """The map under claim -65537; the entries are sorted by index."""

    entries: tuple[Revocation, ...]


class Revocations(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A revocation document's claims. `uri`: of the status list (claim sub); `issued_at`: instant in seconds."""

    uri: str
    issued_at: int
    content: RevocationContent

    @cached_property
    def _by_index(self) -> dict[int, Revocation]:
        return {one.idx: one for one in self.content.entries}

    def of(self, idx: int) -> Revocation | None:
        """The revocation of the credential at `idx`."""
        return self._by_index.get(idx)


REVOCATION_ENTRY = Record(
    Revocation,
    Field(0, "idx", Integer(0, 2**31 - 1)),
    Field(1, "revoked_from", instant),
    Field(2, "reason", Enumeration(Reason)),
)
REVOCATION_CONTENT = Record(
    RevocationContent,
    Field(0, "entries", Array(REVOCATION_ENTRY, 1, 100_000)),
)
#: The claims of a `dpr-revocation`.
REVOCATIONS = Record(
    Revocations,
    Field(2, "uri", Text(200)),
    Field(6, "issued_at", instant),
    Field(-65537, "content", REVOCATION_CONTENT),
)


def revocation_faults(value: Revocations) -> Iterable[str]:
    """Codes of what spans fields."""
    indexes = [one.idx for one in value.content.entries]
    if any(one >= following for one, following in pairwise(indexes)):
        yield "revocation_order"
