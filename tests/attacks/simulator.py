"""An authority and its issuers in memory, as the folder that they publish; whoever holds a key here can be made to lie.

Rules: every document is built from raw claims, so that what no honest program would sign can be signed too. Keys are the
deterministic ones of tests/world.py, by label. Time is `now`, which each publication moves on by a minute.

Example: `authority = Simulator(); authority.publish(); authority.files["snapshot"]`
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dpr.adapters.key_files import KeyFile
from dpr.core import cbor, cose, documents
from dpr.core.mail.address_book import ADDRESS_BOOK
from dpr.core.status import Entries, Status, StatusList
from dpr.core.trust_list import TRUST_LIST
from tests.mail_world import MailWorld
from tests.world import CARE, DAY, NOW, PHARMACIES, VETS, World, signer, status_uri

#: The claim in which an authority's document says what is its own.
CONTENT = -65537
ISSUERS = (CARE, PHARMACIES, VETS)
AUTHORITY = "se-test"
#: What nobody reaches by counting: the greatest version there is.
GREATEST = 2**40


class Quorum(NamedTuple):
    """`threshold` of the keys with these labels must sign."""

    threshold: int
    labels: tuple[str, ...]


def key(label: str) -> KeyFile:
    """The key of a label; one that ends in Ed25519 is such a key."""
    return signer(label, "EdDSA" if label.endswith("Ed25519") else "ES256")


def sign_by_many(typ: str, claims: Any, labels: Iterable[str]) -> bytes:
    """A COSE_Sign over `claims` by the keys of `labels`, in their order, as often as they are named."""
    body, payload = cbor.encode({cose.TYP: typ}), cbor.encode(claims)
    signatures = []
    for one in map(key, labels):
        protected = cose.protected_header(one.key, {})
        signatures.append((protected, one.sign(cose.to_be_signed(body, protected, payload))))
    return cose.assemble(body, payload, signatures)


def sign_by_one(typ: str, claims: Any, by: KeyFile) -> bytes:
    """A COSE_Sign1 over `claims`."""
    return cose.sign1(cbor.encode(claims), by, protected={cose.TYP: typ})


def resigned(document: bytes, signatures: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A COSE_Sign with other signatures: (protected header, signature) each."""
    body, _, payload, _ = cbor.decode(document, signed_list=True).value
    return cose.assemble(body, payload, signatures)


def signatures_of(document: bytes) -> list[tuple[bytes, bytes]]:
    """The signatures of a COSE_Sign: (protected header, signature) each."""
    return [(entry[0], entry[2]) for entry in cbor.decode(document, signed_list=True).value[3]]


def tampered(document: bytes, old: bytes, new: bytes) -> bytes:
    """The document with other bytes of the same number in its payload, and the signatures it had."""
    assert document.count(old) >= 1 and len(old) == len(new)
    return document.replace(old, new)


def status_name(issuer: str, uri: str | None = None) -> str:
    """The name of an issuer's status list in a published folder."""
    return f"status/{documents.name_of(issuer, uri or status_uri(issuer))}"


def revocations_name(issuer: str, uri: str | None = None) -> str:
    """The name of an issuer's revocations in a published folder."""
    return f"revocations/{documents.name_of(issuer, uri or status_uri(issuer))}"


def _two_of_three(what: str) -> Quorum:
    return Quorum(2, (f"{what} 1", f"{what} 2", f"{what} 3"))


@dataclass
class Simulator:
    """The authority's side: what it and its issuers say, and `files`, all that is published, by name without `.cbor`."""

    now: int = NOW
    environment: int = 0
    authority: str = AUTHORITY
    root_quorum: Quorum = field(default_factory=lambda: _two_of_three("root"))
    lists_quorum: Quorum = field(default_factory=lambda: _two_of_three("lists"))
    snapshot_quorum: Quorum = field(default_factory=lambda: Quorum(1, ("snapshot 1",)))
    versions: dict[str, int] = field(default_factory=lambda: {"root": 0, "trust-list": 0, "snapshot": 0})
    status: dict[int, Status] = field(default_factory=dict)
    revoked: dict[int, int] = field(default_factory=lambda: {1: NOW - DAY})
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return World(now=self.now)

    # --- what is said -----------------------------------------------------------------------------------------------

    def root_claims(self) -> dict[int, Any]:
        quorums = (self.root_quorum, self.lists_quorum, self.snapshot_quorum)
        said: dict[int, Any] = {
            2 + at: {0: one.threshold, 1: [key(label).key.to_cose() for label in one.labels]} for at, one in enumerate(quorums)
        }
        content: dict[int, Any] = {0: self.versions["root"], 1: self.environment, **said}
        claims: dict[int, Any] = {1: self.authority, 6: self.now, CONTENT: content}
        return claims

    def trust_list_claims(self) -> dict[Any, Any]:
        value = self.world.trust_list_value(version=max(self.versions["trust-list"], 1))
        claims = copy.deepcopy(TRUST_LIST.to_cbor(value))
        claims[1], claims[6] = self.authority, self.now
        claims[CONTENT][0], claims[CONTENT][1] = self.versions["trust-list"], self.environment
        return claims

    def snapshot_claims(self) -> dict[int, Any]:
        content: dict[int, Any] = {0: self.versions["snapshot"], 1: self.environment, 2: self.now + DAY, 3: self.minimums()}
        return {1: self.authority, 6: self.now, CONTENT: content}

    def minimums(self) -> dict[str, int]:
        """What an honest snapshot names: every list that is published, at its version or time."""
        versions = {name: self.versions[name] for name in ("root", "trust-list", "address-book") if name in self.versions}
        return versions | {
            name: issued_at(data) for name, data in self.files.items() if "/" in name and not name.startswith("roots/")
        }

    # --- who signs it -----------------------------------------------------------------------------------------------

    def root(self, claims: Any = None, *, by: Sequence[str] | None = None) -> bytes:
        return sign_by_many("dpr-root", claims or self.root_claims(), self._signers(self.root_quorum, by))

    def trust_list(self, claims: Any = None, *, by: Sequence[str] | None = None) -> bytes:
        return sign_by_many("dpr-trust-list", claims or self.trust_list_claims(), self._signers(self.lists_quorum, by))

    def snapshot(self, claims: Any = None, *, by: Sequence[str] | None = None) -> bytes:
        return sign_by_many("dpr-snapshot", claims or self.snapshot_claims(), self._signers(self.snapshot_quorum, by))

    def address_book_claims(self) -> dict[int, Any]:
        value = MailWorld(now=self.now).address_book_value(version=max(self.versions["address-book"], 1))
        claims: dict[int, Any] = copy.deepcopy(ADDRESS_BOOK.to_cbor(value))
        claims[1], claims[6] = self.authority, self.now
        claims[CONTENT][0], claims[CONTENT][1] = self.versions["address-book"], self.environment
        return claims

    def address_book(self, claims: Any = None, *, by: Sequence[str] | None = None) -> bytes:
        return sign_by_many("dpr-address-book", claims or self.address_book_claims(), self._signers(self.snapshot_quorum, by))

    def status_list(self, issuer: str = CARE, *, uri: str | None = None, at: int | None = None, by: KeyFile | None = None,
                    entries: dict[int, Status] | None = None) -> bytes:  # fmt: skip
        marked = entries if entries is not None else self.status if issuer == CARE else {}
        entry = Entries.build(marked, size=1000, bits=2)
        value = StatusList(uri=uri or status_uri(issuer), issued_at=self.now if at is None else at, entries=entry)
        return documents.sign(documents.STATUS_LIST, value, by or self.issuer_key(issuer))

    def revocations(self, issuer: str = CARE, *, uri: str | None = None, at: int | None = None, by: KeyFile | None = None,
                    entries: dict[int, int] | None = None) -> bytes:  # fmt: skip
        said = entries if entries is not None else self.revoked
        listed = [{0: idx, 1: since, 2: 0} for idx, since in sorted(said.items())]
        claims = {2: uri or status_uri(issuer), 6: self.now if at is None else at, CONTENT: {0: listed}}
        return sign_by_one("dpr-revocation", claims, by or self.issuer_key(issuer))

    def issuer_key(self, issuer: str) -> KeyFile:
        return {CARE: self.world.care, PHARMACIES: self.world.pharmacies, VETS: self.world.vets}[issuer]

    @staticmethod
    def _signers(quorum: Quorum, by: Sequence[str] | None) -> Sequence[str]:
        return quorum.labels[: quorum.threshold] if by is None else by

    # --- what is published ------------------------------------------------------------------------------------------

    def publish(self, *what: str, by: Sequence[str] | None = None) -> None:
        """A minute later: the next version of each list named (of all but the root where none is), and a snapshot of it.
        `by`: who signs a root."""
        self.now += 60
        for name in what or ("trust-list", "status", "revocations"):
            if name == "root":
                self.publish_root(by)
            elif name == "trust-list":
                self.versions[name] += 1
                self.files[name] = self.trust_list()
            elif name == "address-book":
                self.versions[name] = self.versions.get(name, 0) + 1
                self.files[name] = self.address_book()
            elif name == "status":
                self.files |= {status_name(issuer): self.status_list(issuer) for issuer in ISSUERS}
            elif name == "revocations":
                self.files[revocations_name(CARE)] = self.revocations()
        self.versions["snapshot"] += 1
        self.files["snapshot"] = self.snapshot()

    def publish_again(self) -> None:
        """Everything once more, at the versions that it has."""
        self.files["root"] = self.files[f"roots/{self.versions['root']}"] = self.root()
        self.files["trust-list"] = self.trust_list()
        self.files |= {status_name(issuer): self.status_list(issuer) for issuer in ISSUERS}
        self.files[revocations_name(CARE)] = self.revocations()
        self.files["snapshot"] = self.snapshot()

    def publish_root(self, by: Sequence[str] | None = None, claims: Any = None) -> None:
        self.versions["root"] += 1
        document = self.root(claims, by=by)
        self.files["root"] = self.files[f"roots/{self.versions['root']}"] = document

    def install(self) -> Simulator:
        """The first root and everything else, once."""
        self.publish("root", "trust-list", "status", "revocations")
        return self


def issued_at(document: bytes) -> int:
    """When a document of an issuer says that it was issued."""
    at: int = cbor.decode(documents.split(document)[1], signed_list=True)[6]
    return at
