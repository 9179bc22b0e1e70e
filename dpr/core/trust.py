"""Who may say what, as this site knows it: the authority's keys, the trust list, status lists and held credentials.

Rules: everything here was verified when it was opened (dpr.core.documents); nothing is fetched. What is absent trusts
nothing: `Trust.EMPTY` knows no issuer. A verified chain is remembered by the bytes it came in, so that the next document
of the same signer costs one signature less; dates, scopes and status are judged anew each time.

Example: `trust.status(credential)` → `(Status.VALID, issued_at)` or None
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, ClassVar, NamedTuple, TypeVar

import msgspec

from dpr.core.credential import Credential
from dpr.core.keys import PublicKey
from dpr.core.status import Status, StatusList
from dpr.core.trust_list import Environment, Issuer, TrustList

#: A pharmacy sees a few hundred prescribers in a week; a bound against memory, not a tuning.
MAX_REMEMBERED = 4096


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """What a site is installed with: the authority's name, keys and threshold, and the environment it is for."""

    authority: str
    environment: Environment
    threshold: int
    keys: tuple[PublicKey, ...]


class Chain(NamedTuple):
    """A credential whose chain verified: whose it is, which issuer vouches, and its bytes."""

    credential: Credential
    issuer: Issuer
    document: bytes


class StatusAnswer(NamedTuple):
    """What a status list says; `status` is None where the list does not reach the index."""

    status: Status | None
    issued_at: int


class Trust:
    """What this site holds. Built by `dpr.core.documents.open_trust`; immutable but for what it remembers."""

    EMPTY: ClassVar[Trust]

    def __init__(
        self,
        anchor: Anchor | None = None,
        trust_list: TrustList | None = None,
        status_lists: Mapping[tuple[str, str], StatusList] | None = None,
        credentials: Iterable[Chain] = (),
    ) -> None:
        self.anchor = anchor
        self.trust_list = trust_list
        self.status_lists = dict(status_lists or {})
        self.remembered: dict[bytes, Any] = {}
        self._issuers: dict[bytes, list[tuple[Issuer, PublicKey]]] = {}
        for issuer in trust_list.content.issuers if trust_list else ():
            for key in issuer.keys:
                self._issuers.setdefault(key.kid, []).append((issuer, key))
        self._held: dict[bytes, list[Chain]] = {}
        # A renewed credential has the key of the one before it: the later one speaks for it.
        for signer in sorted(credentials, key=lambda chain: chain.credential.valid_from, reverse=True):
            self._held.setdefault(signer.credential.key.kid, []).append(signer)

    def __getstate__(self) -> dict[str, Any]:
        """For another process, which remembers for itself."""
        return self.__dict__ | {"remembered": {}}

    def issuers(self, kid: bytes) -> list[tuple[Issuer, PublicKey]]:
        """Every issuer's key with this hint."""
        return self._issuers.get(kid, [])

    def held(self, kid: bytes) -> list[Chain]:
        """Every held credential with this hint."""
        return self._held.get(kid, [])

    def status(self, credential: Credential) -> StatusAnswer | None:
        """What the issuer's own list says of `credential`; None when no such list is held."""
        found = self.status_lists.get((credential.issuer, credential.status.uri))
        return StatusAnswer(found.entries[credential.status.idx], found.issued_at) if found else None

    def known_at(self, instant: int) -> Trust:
        """This trust for judging what came in at `instant`, by what is known now: a list that was issued later counts as
        issued then, so as fresh. A revocation that became known since counts too. Shares what is remembered."""
        lists = {name: _issued_by(one, instant) for name, one in self.status_lists.items()}
        trust_list = self.trust_list and _issued_by(self.trust_list, instant)
        if trust_list is self.trust_list and all(one is self.status_lists[name] for name, one in lists.items()):
            return self
        known = copy(self)
        known.trust_list, known.status_lists = trust_list, lists
        known.remembered = self.remembered  # which a copy begins without, as in another process
        return known

    def remember(self, key: bytes, value: Any) -> None:
        """Keeps what was verified under the bytes it came in."""
        if len(self.remembered) >= MAX_REMEMBERED:
            self.remembered.clear()
        self.remembered[key] = value

    def forget(self) -> None:
        """Drops what is remembered: the next document of every signer is verified with its whole chain."""
        self.remembered.clear()


L = TypeVar("L", TrustList, StatusList)


def _issued_by(one: L, instant: int) -> L:
    return one if one.issued_at <= instant else msgspec.structs.replace(one, issued_at=instant)


Trust.EMPTY = Trust()
