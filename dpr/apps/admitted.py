"""Who is admitted by an authority, beside what its published list says: for `dpr authority issuers`.

Example: `rows(authority, "en")[0]["state"]` → "new"
"""

from __future__ import annotations

from typing import Any

from dpr.apps.authority_folder import Authority
from dpr.apps.ceremony_reading import key_members
from dpr.apps.ceremony_words import role_words
from dpr.core import days
from dpr.core.ceremony_changes import issuer_changes
from dpr.core.errors import DprError
from dpr.core.trust_list import Issuer, TrustList
from dpr.core.wording import Language


def rows(authority: Authority, language: Language) -> list[dict[str, Any]]:
    """Every issuer by id; `state`: `published`, `new`, `changed` (since the published list), or `removed`."""
    published, admitted = _published(authority), authority.issuers()
    changes = issuer_changes(published, admitted)
    states = {one.id: "new" for one in changes.added} | {one.id: "changed" for one, _ in changes.changed}
    states |= {one.id: "removed" for one in changes.removed}
    found = sorted((*admitted, *changes.removed), key=lambda one: one.id)
    return [_row(one, states.get(one.id, "published"), language) for one in found]


def _published(authority: Authority) -> TrustList | None:
    try:
        return authority.published.trust().trust_list
    except DprError:  # nothing that counts is published yet
        return None


def _row(issuer: Issuer, state: str, language: Language) -> dict[str, Any]:
    return {
        "id": issuer.id,
        "name": issuer.name,
        "role": role_words(issuer.role, language),
        "until": days.day_of(issuer.valid_until).isoformat(),
        "state": state,
        "keys": [key_members(key) for key in issuer.keys],
    }
