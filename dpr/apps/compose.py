"""A site's folder becomes the values that the flows take: where the apps choose adapters.

Rules: nothing is opened before it is asked for; what is missing is named with what to do. A site folder holds policy.toml,
root.cbor, trust-list.cbor, snapshot.cbor, address-book.cbor, status/, revocations/, credentials/, keys/ (pharmacy.pem and
pharmacy.cbor, or node.pem and node.cbor; mail.pem and mail-key.cbor), products.db and ledger.db.

Example: `site = SiteFolder(Path("apotek")); verify(document, site.trust(), site.now(), policy=site.policy)`
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dpr.adapters import files, policy_toml
from dpr.adapters.clock import system_clock
from dpr.adapters.trust_files import TrustFiles
from dpr.core import demo_keys, documents
from dpr.core.credential import Credential, Role
from dpr.core.errors import DocumentError, SetupError
from dpr.core.keys import PublicKey
from dpr.core.mail.address_book import AddressBook
from dpr.core.mail.queue import queues_of
from dpr.core.policy import Policy
from dpr.core.trust import Trust
from dpr.core.trust_list import Environment
from dpr.ports import Clock, Signer

if TYPE_CHECKING:
    from dpr.adapters.ledger_sql import SqlLedger
    from dpr.adapters.opening_keys import OpeningKeys
    from dpr.adapters.products_file import ProductFile
    from dpr.adapters.register_http import HttpRegister
    from dpr.flows.dispense import Site


class Node(NamedTuple):
    """Who this site is among those who send and receive messages: its key, the credential that says whose it is (as bytes, and
    read), and the queue that messages to it go to."""

    signer: Signer
    credential: bytes
    written: Credential
    queue: str


class SiteFolder:
    """A pharmacy's or clinic's folder, with the clock to use (the system's where none is given)."""

    def __init__(self, folder: Path, *, clock: Clock = system_clock) -> None:
        self.folder = folder
        self.clock = clock

    def now(self) -> datetime:
        """The time, aware."""
        return self.clock()

    def existing(self) -> SiteFolder:
        """This folder, which is there. SetupError `site_missing` (a name typed wrong must not make a new site)."""
        if not self.folder.is_dir():
            raise SetupError("site_missing", str(self.folder))
        return self

    @cached_property
    def policy(self) -> Policy:
        """policy.toml, or the safe defaults."""
        return policy_toml.load(self.folder / "policy.toml")

    @cached_property
    def trust_files(self) -> TrustFiles:
        """The folder's trust data."""
        return TrustFiles(self.folder)

    def trust(self) -> Trust:
        """What verifies of the folder's trust data; demo keys in it are refused where it is opened (dpr.core.documents)."""
        return self.existing().trust_files.load()

    @property
    def has_ledger(self) -> bool:
        """Has anything been received here? Who only reads makes no ledger."""
        return (self.existing().folder / "ledger.db").exists()

    def ledger(self) -> SqlLedger:
        """ledger.db, made if there is none; close it."""
        from dpr.adapters.ledger_sql import SqlLedger

        return SqlLedger.open(self.existing().folder / "ledger.db", now=int(self.now().timestamp()))

    def catalogue(self) -> ProductFile | None:
        """products.db, where there is one."""
        from dpr.adapters.products_file import ProductFile

        path = self.existing().folder / "products.db"
        return ProductFile.open(path) if path.exists() else None

    def register(self) -> HttpRegister | None:
        """The register of the policy, where it names one."""
        from dpr.adapters.register_http import HttpRegister

        if not self.policy.register_url:
            return None
        return HttpRegister(self.policy.register_url, timeout_seconds=self.policy.register_timeout_seconds)

    def require_gln(self) -> None:
        """SetupError `gln_not_set` where the policy does not say which pharmacy this is."""
        if not self.policy.gln:
            raise SetupError("gln_not_set", f"{self.folder / 'policy.toml'}")

    def pharmacy(self, catalogue: ProductFile | None) -> Site:
        """The pharmacy's own key, which the policy names, and its credential, keys/pharmacy.cbor."""
        from dpr.flows.dispense import Site

        self.require_gln()
        signer = self.signer(self.policy.pharmacy_key, where=self.folder)
        credential = self.credential(self.folder / "keys" / "pharmacy.cbor")
        return Site(self.policy, signer, credential, catalogue)

    def node(self) -> Node:
        """This site as a node: a pharmacy (the policy has a GLN) by its own key and keys/pharmacy.cbor, another organisation by
        the policy's `node_key` and keys/node.cbor. Says nothing about trust or dates.

        SetupError as `signer` and `credential`; `node_credential_role` where that is neither a pharmacy's nor a node's,
        `node_key_differs` where it is for another key."""
        document, written = self._node_credential()
        signer = self.signer(self.policy.pharmacy_key if self.policy.gln else self.policy.node_key, where=self.folder)
        if written.key != signer.key:
            raise SetupError("node_key_differs", written.id)
        return Node(signer, document, written, queues_of(written)[0])

    def node_queue(self) -> str:
        """The queue that messages to this site go to; opens no key. SetupError as `credential`."""
        return queues_of(self._node_credential()[1])[0]

    def _node_credential(self) -> tuple[bytes, Credential]:
        document = self.credential(self.existing().folder / "keys" / ("pharmacy.cbor" if self.policy.gln else "node.cbor"))
        written = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(document)[1])
        if written.holder.role is not (Role.PHARMACY if self.policy.gln else Role.NODE):
            raise SetupError("node_credential_role", written.holder.role.name.lower())
        return document, written

    def mail_path(self) -> Path:
        """The file with messages sent and received."""
        return self.existing().folder / "mail.db"

    def mail_key_path(self) -> Path:
        """The file with the keys that messages to this site are sealed to."""
        return self.existing().folder / self.policy.mail_key

    def opener(self) -> OpeningKeys:
        """Those keys. SetupError `mail_key_file_…`, `key_file_…`, `secret_…`."""
        from dpr.adapters.opening_keys import OpeningKeys
        from dpr.adapters.secrets import PASSPHRASE

        path = self.mail_key_path()
        return OpeningKeys.load(path, lambda: PASSPHRASE.get(str(path)))

    def address_book(self) -> AddressBook:
        """The address book that is held. SetupError `address_book_missing`; as `TrustFiles.address_book`."""
        return self.existing().trust_files.address_book()

    def signer(self, reference: str, *, where: Path = Path()) -> Signer:
        """The signer of a key reference (dpr.apps.signers); a demo key is refused in production."""
        from dpr.apps.signers import open_signer, shown

        signer = open_signer(reference, where=where)
        refuse_demo_key(signer.key, self.policy, shown(reference, where=where))
        return signer

    def credential(self, path: Path) -> bytes:
        """A credential file, as `read_credential`."""
        return read_credential(path)


def read_credential(path: Path) -> bytes:
    """A credential file. SetupError `credential_file_invalid` for any other file; says nothing about trust or dates."""
    data = files.read(path, limit=documents.MAX_DOCUMENT_BYTES)
    try:
        documents.read_claims(documents.CREDENTIAL_KIND, documents.split(data)[1])
    except DocumentError as error:
        raise SetupError("credential_file_invalid", f"{path}: {error.code}") from None
    return data


def refuse_demo_key(key: PublicKey, policy: Policy, where: str) -> None:
    """SetupError `demo_key_in_production` for a key that everybody knows."""
    if policy.environment is Environment.PRODUCTION and key.thumbprint in demo_keys.THUMBPRINTS:
        raise SetupError("demo_key_in_production", where)
