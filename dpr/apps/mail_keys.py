"""A site's mail key: made, exchanged, and published as the document that goes into the address book.

Rules: the private half stays in its file (dpr.adapters.opening_keys); what is published is the current public half alone,
signed with the site's own key, and never for longer than the credential beside it, since it counts no longer. Exchanging it is
safe at any time: what is sealed to the key before can still be opened.

Example: `publish(site, site.opener(), days=365).value.content.queue`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from dpr.adapters import files
from dpr.adapters.opening_keys import OpeningKeys
from dpr.adapters.secrets import PASSPHRASE
from dpr.apps.compose import SiteFolder
from dpr.core import days as calendar
from dpr.core import documents
from dpr.core.errors import DocumentError, DprError, SetupError
from dpr.core.frames import embedding
from dpr.core.mail.directory import entry_of
from dpr.core.mail.mail_key import MailKey, MailKeyContent
from dpr.core.mail.recipient import usable_mail_key

_DAY = 86_400
#: A published key that ends sooner is to be renewed.
ENDING_SECONDS = 30 * _DAY


class Published(NamedTuple):
    """What was published, and where it lies."""

    path: Path
    value: MailKey


def make(site: SiteFolder, *, passphrase: bytes | None) -> OpeningKeys:
    """The first key, in a new file. StorageError `key_file_exists`, `key_file_write`."""
    path = site.mail_key_path()
    files.make_folder(path.parent)
    return OpeningKeys.create(path, now=int(site.now().timestamp()), passphrase=passphrase)


def rotate(site: SiteFolder, *, passphrase_file: Path | None = None) -> OpeningKeys:
    """The next key, before those that are held, under the passphrase that the file has. As `OpeningKeys.load` and `.rotate`."""
    path = site.mail_key_path()
    given: list[bytes] = []

    def passphrase() -> bytes:
        given.append(PASSPHRASE.get(str(path), file=passphrase_file))
        return given[0]

    held = OpeningKeys.load(path, passphrase)
    return held.rotate(path, now=int(site.now().timestamp()), passphrase=given[0] if given else None)


def document_path(site: SiteFolder) -> Path:
    """Where the document lies that goes to the authority."""
    return site.existing().folder / "keys" / "mail-key.cbor"


def publish(site: SiteFolder, keys: OpeningKeys, *, days: int, out: Path | None = None) -> Published:
    """Signs the current key for at most `days`. SetupError as `SiteFolder.node`, `mail_key_credential_ended`; StorageError."""
    node, now, path = site.node(), int(site.now().timestamp()), out or document_path(site)
    if node.written.valid_until <= now:
        raise SetupError("mail_key_credential_ended", calendar.shown(node.written.valid_until))
    value = MailKey(
        issued_at=now,
        valid_until=min(now + days * _DAY, node.written.valid_until),
        content=MailKeyContent(queue=node.queue, environment=site.policy.environment, keys=tuple(keys.keys[:1])),
    )
    files.replace(path, documents.sign(documents.MAIL_KEY, value, node.signer, credential=node.credential))
    return Published(path, value)


def described(site: SiteFolder, path: Path | None = None) -> dict[str, Any]:
    """A mail key's document, for a person or a program: `fault` is the code of why senders would not use it, by the lists that
    this site holds; None where they would. SetupError `file_missing`, DocumentError."""
    data = files.read(path or document_path(site), limit=documents.MAX_DOCUMENT_BYTES)
    protected, payload, _ = documents.split(data)
    value = documents.read_claims(documents.MAIL_KEY, payload)
    found = embedding(protected)
    if found is None:
        raise DocumentError("document_header", "no credential")
    signer = documents.read_claims(documents.CREDENTIAL_KIND, found.frame.payload)
    return {
        "file": str(path or document_path(site)),
        "queue": value.content.queue,
        "environment": value.content.environment.name.lower(),
        "keys": [one.id.hex() for one in value.content.keys],
        "issued_at": calendar.at(value.issued_at).isoformat(),
        "valid_until": calendar.at(value.valid_until).isoformat(),
        "signer": signer.id,
        "holder": signer.holder.name,
        "fault": _fault(site, data, value.content.queue),
    }


def coming_faults(site: SiteFolder) -> Iterator[str]:
    """Codes of what this site's published key needs while there is time: `mail_key_ending` less than 30 days before it ends,
    `mail_key_not_in_book` where the address book that is held names another. Nothing where nothing is published or it cannot be
    read: `described` says that."""
    with suppress(DprError):
        data = files.read(document_path(site), limit=documents.MAX_DOCUMENT_BYTES)
        value = _read(data)
        if value.valid_until - int(site.now().timestamp()) < ENDING_SECONDS:
            yield "mail_key_ending"
        entry = entry_of(site.address_book(), value.content.queue)
        if _read(entry.mail_key).content.keys != value.content.keys:
            yield "mail_key_not_in_book"


def _read(data: bytes) -> MailKey:
    return documents.read_claims(documents.MAIL_KEY, documents.split(data)[1])


def _fault(site: SiteFolder, data: bytes, queue: str) -> str | None:
    try:
        usable_mail_key(data, site.trust(), int(site.now().timestamp()), queue=queue, policy=site.policy)
    except DprError as error:
        return error.code
    return None
