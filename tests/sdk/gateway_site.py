"""A gateway's site folder on disk, as the commands open it: key, credential, lists, address book, the page's own settings.

Example: `site(tmp_path / "brygga", MailWorld(now=int(time.time()) - 60))`
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dpr.adapters.trust_files import TrustFiles
from dpr.core import documents
from dpr.core.mail.address_book import Entry, SdkAddress
from tests.e2e.cli import ROOT
from tests.mail_world import MailWorld
from tests.sdk import samples
from tests.world import CARE, PHARMACIES

PAGE = (ROOT / "docs" / "sdk.md").read_text("utf-8")
(SETTINGS,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SDK_ADDRESS = SdkAddress(organisation=samples.PHARMACY.organisation, functional=samples.PHARMACY.function)


def entry(world: MailWorld, *origins: str) -> Entry:
    """The pharmacy of the world, with an SDK address."""
    (found,) = world.address_book_value(*origins).content.entries
    return msgspec.structs.replace(found, sdk=SDK_ADDRESS)


def site(folder: Path, world: MailWorld, *entries: Entry) -> Path:
    """The folder; the world's node is the gateway, the pharmacy stands in the address book with its SDK address."""
    (folder / "keys").mkdir(parents=True)
    (folder / "policy.toml").write_text('environment = "test"\n')
    (folder / "sdk.toml").write_text(SETTINGS, "utf-8")
    pem = world.node._private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "keys" / "node.pem").write_bytes(pem)
    (folder / "keys" / "node.pem").chmod(0o600)
    (folder / "keys" / "node.cbor").write_bytes(world.node_credential())
    store = TrustFiles(folder)
    store.install(world.root_document(), fingerprint=documents.fingerprint(world.root_document()))
    statuses = [world.status_list(issuer=one) for one in (CARE, PHARMACIES)]
    book = world.address_book(entries=entries or (entry(world),))
    taken = store.bring_in([world.trust_list(), world.snapshot(), *statuses, book], now=world.now + 60, skew_seconds=300)
    assert not taken.of("refused"), taken.of("refused")
    return folder
