"""What an issuer's record has against vouching for a key and its holder.

Rules: a key is one person's. A stolen key never counts again. A key that was revoked gets another credential where just its
details were wrong or were replaced, for the same person; else only where somebody decided that, with a reference.
A suspension is not walked around by other details.

Example: `vouching_fault(entries, Wanted(key, holder, "anna"))` → "credential_is_suspended"
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from dpr.apps.issuer_entries import Entries, Given
from dpr.core import cbor
from dpr.core.credential import HOLDER, Holder
from dpr.core.keys import PublicKey
from dpr.core.revocation import Reason
from dpr.core.status import Status

#: Reasons that say nothing against the person or the key.
_OF_DETAILS = (Reason.WRONG_DETAILS, Reason.REPLACED)


class Wanted(NamedTuple):
    """Whom to vouch for: the key, whose possession was proven, its holder, and what the file is called (without `.cbor`)."""

    key: PublicKey
    holder: Holder
    name: str

    @property
    def id(self) -> str:
        """As dpr.core.credential.Credential.id."""
        return self.key.thumbprint[:8].hex()


def vouching_fault(entries: Entries, wanted: Wanted, *, again: bool = False) -> str | None:
    """The code of what speaks against it, or None. `again`: somebody decided that a revoked key may count again."""
    all_of_key, holder = entries.of_key(wanted.id, hex_of(wanted.key)), text_of(wanted.holder)
    members = HOLDER.to_json(wanted.holder)
    revoked = [one for one in all_of_key if one.status is Status.REVOKED]
    others = [one for one in all_of_key if one.status is not Status.REVOKED]
    if any(one.reason is Reason.KEY_COMPROMISED for one in revoked):
        return "key_compromised"
    if any(_identity(one.members) != _identity(members) for one in others):
        return "key_of_another"
    if any(one.holder == holder and one.status is Status.VALID for one in others):
        return None  # a renewal
    if any(one.status is Status.SUSPENDED for one in others):
        return "credential_is_suspended"
    found = None if others else next((code for one in revoked if (code := _revoked_fault(one, members, again=again))), None)
    if found is None and not again and any(one.holder == holder for one in revoked):
        return "key_revoked"
    return found


def _revoked_fault(revoked: Given, members: dict[str, Any], *, again: bool) -> str | None:
    if _same_person(revoked.members, members):
        return None if again or revoked.reason in _OF_DETAILS else "key_revoked"
    # Where the details were wrong, it may never have been that person's key.
    return None if again and revoked.reason is Reason.WRONG_DETAILS else "key_of_another"


def _identity(holder: dict[str, Any]) -> Any:
    """What stays the same of a person or pharmacy when details change."""
    return holder.get("prescriber_code") or holder.get("gln") or holder.get("name")


def _same_person(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """The code may have been what was wrong, or the name."""
    return _identity(one) == _identity(other) or one.get("name") == other.get("name")


def hex_of(key: PublicKey) -> str:
    """A COSE_Key as the record has it."""
    return cbor.encode(key.to_cose()).hex()


def text_of(holder: Holder) -> str:
    """A holder as the record has it."""
    return json.dumps(HOLDER.to_json(holder), ensure_ascii=False, sort_keys=True)
