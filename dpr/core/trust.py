"""Who may say what, as this site knows it: the authority's keys, the trust list, status lists, revocations, held credentials.

Rules: everything here was verified when it was opened (dpr.core.documents); nothing is fetched. What is absent trusts
nothing: `Trust.EMPTY` knows no issuer. A verified chain is remembered by the bytes it came in, so that the next document
of the same signer costs one signature less; dates, scopes and status are judged anew each time.

Example: `trust.status(credential)` → `(Status.VALID, issued_at)` or None
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Any, ClassVar, NamedTuple, TypeVar

import msgspec

from dpr.core.credential import Credential
from dpr.core.keys import PublicKey
from dpr.core.revocation import Revocation, Revocations
from dpr.core.snapshot import Snapshot
from dpr.core.status import Status, StatusList
from dpr.core.trust_list import Environment, Issuer, TrustList

#: A pharmacy sees a few hundred prescribers in a week; a bound against memory, not a tuning.
MAX_REMEMBERED = 4096


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """What judges trust lists, by the root in force: the authority's name, keys and threshold, and the environment."""

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


#: Finds held credentials, verified, by their key's hint; a function or object that another process can be handed.
Find = Callable[[bytes], Iterable[Chain]]


class Held:
    """Held credentials that are all in memory."""

    def __init__(self, chains: Iterable[Chain] = ()) -> None:
        self._chains: dict[bytes, list[Chain]] = {}
        for chain in chains:
            self._chains.setdefault(chain.credential.key.kid, []).append(chain)

    def __call__(self, kid: bytes) -> Iterable[Chain]:
        return self._chains.get(kid, ())


_NONE_HELD = Held()


class Trust:
    """What this site holds. Built by `dpr.core.documents.open_trust`; immutable but for what it remembers.

    `status_lists`, `revocations`: by issuer and uri; `credentials`: finds those held by a key's hint; `floor`: instant before
    which it is not (persisted where the lists are); `root_version`: of the root in force, None where the site has an anchor
    alone; `address_book_version`: 0 where none is held, None where nobody asks for one.
    """

    EMPTY: ClassVar[Trust]

    def __init__(
        self,
        anchor: Anchor | None = None,
        trust_list: TrustList | None = None,
        status_lists: Mapping[tuple[str, str], StatusList] | None = None,
        credentials: Find = _NONE_HELD,
        revocations: Mapping[tuple[str, str], Revocations] | None = None,
        snapshot: Snapshot | None = None,
        floor: int = 0,
        root_version: int | None = None,
        address_book_version: int | None = None,
    ) -> None:
        self.anchor = anchor
        self.trust_list = trust_list
        self.status_lists = dict(status_lists or {})
        self.revocations = dict(revocations or {})
        self.snapshot = snapshot
        self.root_version = root_version
        self.address_book_version = address_book_version
        #: The latest instant that the authority's signatures prove: whoever's clock shows less is behind.
        self.floor = max([floor, *(one.issued_at for one in (trust_list, snapshot) if one is not None)])
        self.latest = max([self.floor, *(one.issued_at for one in self.status_lists.values())])
        self.remembered: dict[bytes, Any] = {}
        self._issuers: dict[bytes, list[tuple[Issuer, PublicKey]]] = {}
        for issuer in trust_list.content.issuers if trust_list else ():
            for key in issuer.keys:
                self._issuers.setdefault(key.kid, []).append((issuer, key))
        self._find = credentials
        self._as_of: int | None = None

    def __getstate__(self) -> dict[str, Any]:
        """For another process, which remembers for itself."""
        return self.__dict__ | {"remembered": {}}

    def issuers(self, kid: bytes) -> list[tuple[Issuer, PublicKey]]:
        """Every issuer's key with this hint."""
        return self._issuers.get(kid, [])

    def held(self, kid: bytes) -> list[Chain]:
        """Every held credential with this hint. A renewed one has the key of the one before it: the later one comes first."""
        return sorted(self._find(kid), key=lambda chain: chain.credential.valid_from, reverse=True)

    def status(self, credential: Credential) -> StatusAnswer | None:
        """What the issuer's own list says of `credential`; None when no such list is held."""
        found = self.status_lists.get((credential.issuer, credential.status.uri))
        if found is None:
            return None
        issued_at = found.issued_at if self._as_of is None else min(found.issued_at, self._as_of)
        return StatusAnswer(found.entries[credential.status.idx], issued_at)

    def revocation(self, credential: Credential) -> Revocation | None:
        """What its issuer's revocations say of `credential`."""
        found = self.revocations.get((credential.issuer, credential.status.uri))
        return found.of(credential.status.idx) if found else None

    def known_at(self, instant: int) -> Trust:
        """This trust for judging what came in at `instant`, by what is known now: a list that was issued later counts as
        issued then, so as fresh. A revocation that became known since counts too. Shares what is remembered."""
        if instant >= self.latest:
            return self
        known = copy(self)
        known.trust_list = self.trust_list and _issued_by(self.trust_list, instant)
        known.snapshot = self.snapshot and _issued_by(self.snapshot, instant)
        known._as_of = instant  # for issuers' lists: there are thousands, and a verdict asks for one
        known.floor, known.latest = min(self.floor, instant), instant
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


L = TypeVar("L", TrustList, Snapshot)


def _issued_by(one: L, instant: int) -> L:
    return one if one.issued_at <= instant else msgspec.structs.replace(one, issued_at=instant)


Trust.EMPTY = Trust()
