"""Targets: the address book, as bytes of a stranger and as claims that the online key signed; the mail keys in it; the file of
a node's own keys; the authority's table of recipients.

The online key may fall into wrong hands: what it can sign may say where, never to whose key.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from dpr.adapters.opening_keys import OpeningKey, OpeningKeys
from dpr.apps import book_csv
from dpr.apps.book_words import entry_words
from dpr.core import cbor, documents
from dpr.core.errors import DocumentError, InputError, SetupError
from dpr.core.mail.directory import folded, queue_of, search
from dpr.core.mail.recipient import recipient
from dpr.core.text import fault
from dpr.core.trust_list import Environment
from tests.fuzz.mutate import cbor_tree
from tests.fuzz.of_authority import _signed
from tests.fuzz.of_files import written
from tests.fuzz.of_signed import within
from tests.fuzz.target import outcome, target
from tests.mail_world import MailWorld
from tests.world import GLN

WORLD = MailWorld()
ROOT = WORLD.root_value()


@cache
def _trust() -> Any:
    return WORLD.trust()


@target(seeds=lambda: [WORLD.address_book(), WORLD.snapshot(), WORLD.root_document()], mutate=cbor_tree, runs=800)
def address_book(data: bytes) -> None:
    """`open_address_book` returns a book that was signed as it stands, or ends in a DocumentError."""
    if outcome(lambda: documents.open_address_book(data, ROOT), DocumentError) is not None:
        assert cbor.decode(data).value[2] == cbor.decode(WORLD.address_book()).value[2]


@target(seeds=lambda: [cbor.decode(WORLD.address_book()).value[2]], mutate=cbor_tree, runs=800)
def signed_address_book(data: bytes) -> None:
    """A book that the online key signs is refused with a DocumentError, or nothing is read from it that does not stand in it,
    every entry is shown as text that a terminal takes for nothing else, is found by its name, and gives no key but the one that
    the pharmacy itself signed."""
    document = _signed(data, documents.ADDRESS_BOOK.typ, WORLD.online)
    found: Any = outcome(lambda: documents.open_address_book(document, ROOT), DocumentError)
    if found is None:
        return
    assert within(documents.ADDRESS_BOOK.claims.to_cbor(found), cbor.decode(data, signed_list=True))
    for entry in found.content.entries:
        assert fault(entry_words(entry, "sv").replace("  ", " ")) is None
        assert not folded(entry.name) or entry in search(found, entry.name)
        judged = outcome(lambda entry=entry: recipient(entry, _trust(), WORLD.now), DocumentError)
        assert judged is None or entry.mail_key == WORLD.mail_key()


@target(seeds=lambda: [WORLD.mail_key(), WORLD.prescription_document(), WORLD.token()], mutate=cbor_tree, runs=800)
def mail_key_of_entry(data: bytes) -> None:
    """`recipient` of an entry with these bytes as its key ends in a DocumentError, or the bytes are the very document that the
    pharmacy signed, and the key to seal to stands in it."""
    entry = msgspec.structs.replace(WORLD.address_book_value().content.entries[0], mail_key=data)
    found = outcome(lambda: recipient(entry, _trust(), WORLD.now), DocumentError)
    assert found is None or (data == WORLD.mail_key() and found.key.public in data)


@cache
def _key_files() -> tuple[bytes, ...]:
    keys = [OpeningKey.generate(0), OpeningKey.generate(60)]
    pem = keys[0].pem(None)
    return pem, b"".join(one.pem(None) for one in keys), pem.partition(b"\n")[2], pem * 3, b"Made: 2026-11-21T12:00:00Z\n"


@target(seeds=lambda: list(_key_files()), runs=500)
def opening_key_file(data: bytes) -> None:
    """`OpeningKeys.load` ends in a SetupError, or returns one to four keys of which each is named by its own public half."""
    path = written("mail.pem", data)
    path.chmod(0o600)
    found = outcome(lambda: OpeningKeys.load(path), SetupError)
    assert found is None or (1 <= len(found.keys) <= 4 and all(len(one.public) == 1216 for one in found.keys))


_TABLE = (
    f"queue;name;place;organisation;endpoints;sdk_organisation;sdk_function\n{GLN};Apoteket Lärkan;Piteå;Kedjan;"
    "internet https://a.example | sjunet https://b.example;0203:x.example;lakemedel\n"
    "key:00112233445566778899aabbccddeeff;Nod;Umeå;Region;internet http://a:1;;\n"
)


@target(seeds=lambda: [_TABLE.encode(), _TABLE.replace(";", ",").encode(), b"", b"queue\n"], runs=800)
def recipient_table(data: bytes) -> None:
    """`book_csv.read` ends in an InputError, or returns rows that an address book can hold, each queue once, and named faults
    of the others."""
    path = written("recipients.csv", data)
    found = outcome(lambda: book_csv.read(path, Environment.PRODUCTION), InputError)
    if found is None:
        return
    queues = [row.entry.queue for row in found.rows]
    assert len(set(queues)) == len(queues) and all(queue_of(one) == one for one in queues)
    for row in found.rows:
        assert all(one.url.startswith("https://") for one in row.entry.endpoints) and fault(row.entry.name) is None
    assert not [one for one in found.problems if not one.path.startswith("line ") or not one.path.isprintable()]
