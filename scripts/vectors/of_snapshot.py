"""tests/vectors/snapshot.json: the least versions that count, by the authority's online key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dpr.adapters.key_files import KeyFile
from dpr.core import documents
from dpr.core.snapshot import SNAPSHOT, revocations_name, status_name
from tests.world import CARE, DAY, NOW, signer, status_uri
from vectors.by_many import altered, by_many, forms, json_claims, mixed, with_twin
from vectors.making import OTHER, Change, Vector, W, file, flipped, hexed, vector
from vectors.of_root import A, B, quorum, root

LAYER = "snapshot"
CLAIMS = SNAPSHOT.to_cbor(W.snapshot_value())
SECOND, ED = signer("authority online 2"), signer("authority online with ed25519", "EdDSA")
ROOT = root()
TWO = hexed({"root": root(("content.snapshot", quorum(2, W.online, SECOND, ED)))})


def snapshot(*changes: Change, keys: Iterable[KeyFile] = (W.online,), **options: Any) -> bytes:
    """A snapshot with `changes`."""
    return by_many(documents.SNAPSHOT, CLAIMS, changes, keys=keys, **options)


def _good(name: str, document: bytes, comment: str = "", **more: Any) -> Vector:
    return vector(name, LAYER, document, comment=comment, claims=json_claims(documents.SNAPSHOT, document), **more)


def minimums(**named: int) -> Change:
    """The one change of other minimums; `__` stands for a slash, `_` for a hyphen."""
    return "content.minimums", {name.replace("__", "/").replace("_", "-"): least for name, least in named.items()}


def _accepted() -> Iterator[Vector]:
    yield _good("one-of-one", snapshot())
    yield _good("two-of-three", snapshot(keys=(ED, W.online)), trust=TWO)
    yield _good("stranger-beside", snapshot(keys=(OTHER, W.online)), "a signature of an unknown key harms nothing")
    listed = {
        "root": 3,
        "trust-list": 41,
        status_name(CARE, status_uri(CARE)): NOW - 600,
        revocations_name(CARE, status_uri(CARE)): NOW - DAY,
    }
    yield _good("every-kind-of-list", snapshot(("content.minimums", listed)), "versions, and instants for issuers' lists")
    yield _good("unknown-name", snapshot(minimums(root=1, address_book=12)), "another version's business")
    yield _good("longest-name", snapshot(("content.minimums", {"a" * 31 + "/" + "0" * 32: 1})), "64 characters")
    yield _good("past-next-update", snapshot(("content.next_update", NOW - 1)), "stale, not void: the verdict grades it")
    yield _good("greatest-minimum", snapshot(minimums(trust_list=2**40)), "asks for what does not exist: it vouches for nobody")
    yield _good("later-fact", snapshot(("content.-1", "x")), "an unknown negative key informs, and is ignored")


def _signatures() -> Iterator[Vector]:
    second: Change = ("content.version", 2)
    for name, document, comment in (
        ("by-root-keys", snapshot(keys=(A, B)), "who signs roots signs no snapshots"),
        ("by-lists-key", snapshot(keys=(W.root,)), "who signs lists signs no snapshots"),
        ("stranger", snapshot(keys=(OTHER,)), ""),
        ("kid-of-another", snapshot(keys=(OTHER,), header={4: W.online.key.kid}), "a kid is a hint, never proof"),
        ("alg-of-another-curve", snapshot(header={1: -8}), "EdDSA, by a key of P-256"),
        ("signature-changed", flipped(snapshot(), -1), ""),
        ("claims-changed", altered(snapshot(), documents.SNAPSHOT, second), "version 2 where 1 was signed"),
    ):
        yield vector(name, LAYER, document, "snapshot_threshold", comment)
    for name, document, comment in (
        ("one-of-two", snapshot(), "one signature, two needed"),
        ("same-key-twice", snapshot(keys=(W.online, W.online)), "a key counts once however often it signs"),
        ("same-key-twin", with_twin(snapshot()), "nor does its other signature (r, n - s) count again"),
        ("signature-of-another-version", mixed(snapshot(), snapshot(second, keys=(SECOND,))), "of other claims"),
    ):
        yield vector(name, LAYER, document, "snapshot_threshold", comment, trust=TWO)


def _named(name: Any, least: Any = 1) -> tuple[Change, ...]:
    return (("content.minimums", {name: least}),)


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("environment", (("content.environment", 1),), "snapshot_environment", "production, under a root for tests"),
    ("authority", (("authority", "se-other"),), "snapshot_authority", "another authority's, by the same key"),
    ("next-update-first", (("content.next_update", NOW - 1800),), "snapshot_times", "the instant at which it was issued"),
    ("name-out-of-the-folder", _named("../root"), "snapshot_name", "a name is a path in a folder, and chooses no other"),
    ("name-from-the-top", _named("/root"), "snapshot_name", ""),
    ("name-two-folders-deep", _named("status/a/b"), "snapshot_name", ""),
    ("name-of-a-folder", _named("status/"), "snapshot_name", ""),
    ("name-with-ending", _named("root.cbor"), "snapshot_name", "a name has no ending"),
    ("name-in-capitals", _named("Root"), "snapshot_name", "a folder may not tell them apart"),
    ("name-empty", _named(""), "text_empty", ""),
    ("name-too-long", _named("a" * 65), "text_too_long", "65 characters"),
    ("name-as-number", _named(0), "field_type", ""),
    ("minimum-zero", _named("root", 0), "number_out_of_range", ""),
    ("minimum-beyond", _named("root", 2**40 + 1), "number_out_of_range", ""),
    ("minimum-as-text", _named("root", "1"), "field_type", ""),
    ("no-minimums", (("content.minimums", {}),), "list_length", "it says nothing"),
    ("minimums-as-array", (("content.minimums", [["root", 1]]),), "field_type", ""),
    ("minimums-missing", (("content.minimums", ...),), "field_missing", ""),
    ("later-field", (("content.999", "x"),), "later_version", "may change what the others mean"),
    ("text-key", (("content.more", "x"),), "later_version", ""),
    ("claim-unknown", (("4", NOW + DAY),), "field_unknown", "exp: a snapshot ages, it does not end"),
    ("version-zero", (("content.version", 0),), "number_out_of_range", ""),
    ("version-missing", (("content.version", ...),), "field_missing", ""),
    ("environment-unknown", (("content.environment", 2),), "field_value_unknown", ""),
    ("next-update-missing", (("content.next_update", ...),), "field_missing", "it would never be stale"),
    ("issued-at-missing", (("issued_at", ...),), "field_missing", ""),
)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, snapshot(*changes), expect, comment) for name, changes, expect, comment in _CLAIMS)
    framed = (vector(name, LAYER, *fault) for name, *fault in forms(snapshot, documents.SNAPSHOT.typ))
    description = "Snapshots, judged with the root of `trust`."
    return file(description, [*_accepted(), *_signatures(), *claims, *framed], site={"trust": hexed({"root": ROOT})})
