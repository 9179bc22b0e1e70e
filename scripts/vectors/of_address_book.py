"""tests/vectors/address_book.json: where messages go, by the authority's online key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dpr.adapters.key_files import KeyFile
from dpr.core import documents
from dpr.core.mail.address_book import ADDRESS_BOOK
from tests.world import signer
from vectors.by_many import altered, by_many, forms, json_claims
from vectors.mail import NODE_QUEUE, NOW, M
from vectors.making import OTHER, Change, Vector, file, flipped, hexed, vector
from vectors.of_root import A, B, quorum, root

LAYER = "address_book"
CLAIMS = ADDRESS_BOOK.to_cbor(M.address_book_value())
SECOND = signer("authority online 2")
TWO = hexed({"root": root(("content.snapshot", quorum(2, M.online, SECOND)))})
ENTRY = CLAIMS[-65537][3][0]
_E = "content.entries.0"


def book(*changes: Change, keys: Iterable[KeyFile] = (M.online,), **options: Any) -> bytes:
    """An address book with `changes`."""
    return by_many(documents.ADDRESS_BOOK, CLAIMS, changes, keys=keys, **options)


def _good(name: str, document: bytes, comment: str = "", **more: Any) -> Vector:
    return vector(name, LAYER, document, comment=comment, claims=json_claims(documents.ADDRESS_BOOK, document), **more)


def _accepted() -> Iterator[Vector]:
    yield _good("one-entry", book(), "one pharmacy, at one relay")
    yield _good("two-of-two", book(keys=(SECOND, M.online)), trust=TWO)
    yield _good("stranger-beside", book(keys=(OTHER, M.online)), "a signature of an unknown key harms nothing")
    yield _good("empty", book(("content.entries", [])), "nobody to send to, yet")
    sdk = {0: "0203:1234567890", 1: "recept@apotek.example"}
    yield _good("in-sdk-too", book((f"{_E}.sdk", sdk)), "where it is in SDK")
    two = [{0: "https://apoteket.example:8443", 1: "sjunet"}, {0: "https://relay-a.test", 1: "internet"}]
    yield _good("two-endpoints", book((f"{_E}.endpoints", two)), "its own node first, on Sjunet")
    node = {**ENTRY, 0: NODE_QUEUE, 1: "Journalsystem Norr", 5: b""}
    yield _good("two-entries", book(("content.entries", [ENTRY, node])), "the second's mail key is found wrong when it is used")
    yield _good("past-next-update", book(("issued_at", NOW - 9), ("content.next_update", NOW - 1)), "old, not void")
    later = {**ENTRY, 0: NODE_QUEUE, 9: "x"}
    yield _good("later-entry", book(("content.entries", [ENTRY, later])), "is left out, the others stand")
    endpoints = [{0: "https://relay-a.test", 1: "internet", 2: "x"}, {0: "https://relay-b.test", 1: "internet"}]
    yield _good("later-endpoint", book((f"{_E}.endpoints", endpoints)), "is left out, the others stand")
    alone = {**ENTRY, 0: NODE_QUEUE, 4: endpoints[:1]}
    yield _good("later-endpoint-alone", book(("content.entries", [ENTRY, alone])), "an entry without an endpoint is left out")
    yield _good("later-fact", book(("content.-1", "x"), (f"{_E}.-1", "x")), "an unknown negative key informs, and is ignored")


def _signatures() -> Iterator[Vector]:
    for name, document, comment in (
        ("by-root-keys", book(keys=(A, B)), "who signs roots signs no address books"),
        ("by-lists-key", book(keys=(M.root,)), "nor does who signs trust lists"),
        ("stranger", book(keys=(OTHER,)), ""),
        ("by-the-pharmacy", book(keys=(M.pharmacy,)), "nobody enters itself"),
        ("kid-of-another", book(keys=(OTHER,), header={4: M.online.key.kid}), "a kid is a hint, never proof"),
        ("signature-changed", flipped(book(), -1), ""),
        ("claims-changed", altered(book(), documents.ADDRESS_BOOK, ("content.version", 2)), "version 2 where 1 was signed"),
    ):
        yield vector(name, LAYER, document, "address_book_threshold", comment)
    yield vector("one-of-two", LAYER, book(), "address_book_threshold", "one signature, two needed", trust=TWO)


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("environment", (("content.environment", 1),), "address_book_environment", "production, under a root for tests"),
    ("authority", (("authority", "se-other"),), "address_book_authority", ""),
    ("next-update-first", (("content.next_update", NOW - 3600),), "address_book_times", "the instant at which it was issued"),
    ("queue-twice", (("content.entries", [ENTRY, ENTRY]),), "address_book_queue_twice", "which of them is it?"),
    ("queue-check-digit", ((f"{_E}.queue", "gln:7350000000008"),), "mail_queue", ""),
    ("queue-missing", ((f"{_E}.queue", ...),), "field_missing", ""),
    ("name-empty", ((f"{_E}.name", ""),), "text_empty", ""),
    ("name-missing", ((f"{_E}.name", ...),), "field_missing", ""),
    ("place-missing", ((f"{_E}.place", ...),), "field_missing", ""),
    ("organisation-too-long", ((f"{_E}.organisation", "x" * 101),), "text_too_long", ""),
    ("no-endpoints", ((f"{_E}.endpoints", []),), "list_length", "nowhere to send"),
    ("too-many-endpoints", ((f"{_E}.endpoints", ENTRY[4] * 9),), "list_length", "nine"),
    ("endpoint-with-path", ((f"{_E}.endpoints.0.url", "https://relay-a.test/v1"),), "mail_origin", "an origin"),
    ("endpoint-in-capitals", ((f"{_E}.endpoints.0.url", "https://Relay-a.test"),), "mail_origin", ""),
    ("endpoint-url-missing", ((f"{_E}.endpoints.0.url", ...),), "field_missing", ""),
    ("network-empty", ((f"{_E}.endpoints.0.network", ""),), "text_empty", ""),
    ("mail-key-as-text", ((f"{_E}.mail_key", "x"),), "field_type", ""),
    ("mail-key-missing", ((f"{_E}.mail_key", ...),), "field_missing", "nothing to seal to"),
    ("sdk-without-address", ((f"{_E}.sdk", {0: "0203:1"}),), "field_missing", ""),
    ("entries-as-map", (("content.entries", {}),), "field_type", ""),
    ("entries-missing", (("content.entries", ...),), "field_missing", ""),
    ("later-field", (("content.9", "x"),), "later_version", "may change what the others mean"),
    ("version-zero", (("content.version", 0),), "number_out_of_range", ""),
    ("next-update-missing", (("content.next_update", ...),), "field_missing", "it would never be old"),
    ("claim-unknown", (("4", NOW),), "field_unknown", "exp: it ages, it does not end"),
)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, book(*changes), expect, comment) for name, changes, expect, comment in _CLAIMS)
    framed = (vector(name, LAYER, *fault) for name, *fault in forms(book, documents.ADDRESS_BOOK.typ))
    site = {"trust": hexed({"root": root()})}
    return file("Address books, judged with the root of `trust`.", [*_accepted(), *_signatures(), *claims, *framed], site=site)
