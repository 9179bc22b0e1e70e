"""tests/vectors/root.json: the first root of a site, and the roots that follow on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dpr.adapters.key_files import KeyFile
from dpr.core import documents
from tests.world import DAY, NOW, signer
from vectors.by_many import altered, by_many, forms, json_claims, mixed, with_twin
from vectors.making import OTHER, Change, Vector, W, file, flipped, hexed, vector
from vectors.of_keys import LOW_ORDER
from vectors.of_trust_list import DEMO, LATER_KEY

LAYER = "root"
A, B, C, D = (signer(f"authority root {number}") for number in range(1, 5))
ED = signer("authority root with ed25519", "EdDSA")
LISTS, ONLINE = W.root, W.online


def quorum(threshold: int, *keys: KeyFile) -> dict[int, Any]:
    """A quorum as it is written."""
    return {0: threshold, 1: [key.key.to_cose() for key in keys]}


CLAIMS: dict[Any, Any] = {
    1: "se-test",
    6: NOW - 300 * DAY,
    -65537: {0: 1, 1: 0, 2: quorum(2, A, B, C), 3: quorum(1, LISTS), 4: quorum(1, ONLINE)},
}


def root(*changes: Change, keys: Iterable[KeyFile] = (A, B), **options: Any) -> bytes:
    """The first root with `changes`: two of three keys sign roots, one lists, an online one snapshots."""
    return by_many(documents.ROOT, CLAIMS, changes, keys=keys, **options)


def following(*changes: Change, keys: Iterable[KeyFile] = (A, B), **options: Any) -> bytes:
    """The root that follows on the first one."""
    return root(("content.version", 2), ("issued_at", NOW - DAY), *changes, keys=keys, **options)


FIRST = root()
HELD = hexed({"root": FIRST})


def _good(name: str, document: bytes, comment: str = "", **more: Any) -> Vector:
    claims = json_claims(documents.ROOT, document)
    said = {"claims": claims, "fingerprint": documents.fingerprint(document)}
    return vector(name, LAYER, document, comment=comment, **said, **more)


def _first() -> Iterator[Vector]:
    one = by_many(documents.ROOT, documents.ROOT.claims.to_cbor(W.root_value()), keys=(W.root,))
    yield _good("one-key", one, "it signs roots and lists; an online key must be another")
    yield _good("two-of-three", FIRST)
    yield _good("three-of-three", root(keys=(C, B, A)), "in any order; the fingerprint is that of two-of-three")
    yield _good("stranger-beside", root(keys=(OTHER, A, B)), "a signature of an unknown key harms nothing")
    yield _good("installed-later", root(("content.version", 7)), "the first that this site sees; a person compares it")
    yield _good("ed25519", root(("content.root", quorum(2, ED, A)), keys=(ED, A)))
    yield _good("production", root(("content.environment", 1)))
    yield _good("demo-key-in-test", root(("content.lists.keys.0", DEMO.to_cose())), "for tests that is what it is")
    yield _good("later-fact", root(("content.-1", "x")), "an unknown negative key informs, and is ignored")
    yield _good("later-fact-of-a-quorum", root(("content.lists.-70000", [1])), "and here")
    later = root(("content.lists.keys.1", LATER_KEY))
    yield _good("later-key-beside", later, "Ed448, for a key type to come: only that key is left out")


def _following() -> Iterator[Vector]:
    everything = quorum(2, D, ED)
    others = (("content.lists", quorum(1, signer("new lists"))), ("content.snapshot", quorum(1, signer("new online"))))
    for name, document, comment in (
        ("next", following(), ""),
        ("next-with-one-key-exchanged", following(("content.root", quorum(2, A, B, D))), "C goes, D comes"),
        (
            "next-with-all-keys-exchanged",
            following(("content.root", everything), keys=(A, B, D, ED)),
            "two of the old sign, and two of the new",
        ),
        ("next-removed-key-beside", following(("content.root", quorum(2, A, B)), keys=(A, B, C)), "C counts for the old"),
        ("next-threshold-raised", following(("content.root", quorum(3, A, B, C)), keys=(A, B, C)), ""),
        ("next-threshold-lowered", following(("content.root", quorum(1, A, B, C))), "by two, as the held one demands"),
        ("next-of-other-lists-and-snapshots", following(*others), "their keys need not sign it"),
        ("next-issued-before", following(("issued_at", NOW - 301 * DAY)), "versions count, not the instant"),
    ):
        yield _good(name, document, comment, trust=HELD)


def _signatures() -> Iterator[Vector]:
    second: Change = ("content.version", 2)
    for name, document, comment in (
        ("one-of-two", root(keys=(A,)), "one signature, two needed"),
        ("same-key-twice", root(keys=(A, A)), "a key counts once however often it signs"),
        ("same-key-twin", with_twin(root(keys=(A,))), "nor does its other signature (r, n - s) count again"),
        ("strangers", root(keys=(OTHER, D)), "enough signatures, by nobody"),
        ("by-lists-key", root(keys=(A, LISTS)), "who signs lists signs no root"),
        ("by-online-key", root(keys=(A, ONLINE)), "who signs snapshots signs no root"),
        ("kid-of-another", root(keys=(D, OTHER), header={4: A.key.kid}), "a kid is a hint, never proof"),
        ("alg-of-another-curve", root(header={1: -8}), "EdDSA, by keys of P-256"),
        ("signature-changed", flipped(root(), -1), ""),
        ("claims-changed", altered(root(), documents.ROOT, second), "version 2 where 1 was signed"),
        ("signature-of-another-version", mixed(root(keys=(A,)), root(second, keys=(B,))), "B signed other claims"),
    ):
        yield vector(name, LAYER, document, "root_threshold_not_met", comment)
    everything = ("content.root", quorum(2, D, ED))
    for name, document, comment in (
        ("next-by-old-keys-only", following(everything), "the new ones must show that they exist"),
        ("next-by-new-keys-only", following(everything, keys=(D, ED)), "whoever has no old key cannot bring his own"),
        ("next-by-one-old-key", following(everything, keys=(A, D, ED)), "one stolen key, and two of the thief's"),
        ("next-by-one-new-key", following(everything, keys=(A, B, D)), ""),
        ("next-by-the-lowered-threshold", following(("content.root", quorum(1, A, B, C)), keys=(A,)), "the held demands two"),
        ("next-below-the-raised-threshold", following(("content.root", quorum(3, A, B, C))), "it demands three of itself"),
        ("next-by-a-removed-key", following(("content.root", quorum(2, A, B)), keys=(A, C)), "enough for the held one only"),
        ("next-old-key-twice", following(everything, keys=(A, A, D, ED)), "a key counts once however often it signs"),
        ("next-by-the-held-lists-key", following(everything, keys=(A, LISTS, D, ED)), "who signs lists signs no root"),
    ):
        yield vector(name, LAYER, document, "root_threshold_not_met", comment, trust=HELD)


def _versions() -> Iterator[Vector]:
    second = hexed({"root": following()})
    for name, document, code, comment, held in (
        ("itself-again", FIRST, "root_version", "the held one: nothing follows", HELD),
        ("version-repeated", root(("issued_at", NOW)), "root_version", "the same version, other content", HELD),
        ("version-skipped", root(("content.version", 3)), "root_version", "the one between may have taken keys away", HELD),
        ("version-of-before", FIRST, "root_version", "an old root, with keys that were taken away since", second),
        ("next-of-another-authority", following(("authority", "se-other")), "root_authority", "by the same keys", HELD),
        ("next-of-another-environment", following(("content.environment", 1)), "root_environment", "", HELD),
    ):
        yield vector(name, LAYER, document, code, comment, trust=held)
    demo = root(("content.environment", 1), ("content.lists.keys.0", DEMO.to_cose()))
    comment = "a key whose private part is published under keys/"
    yield vector("demo-key-in-production", LAYER, demo, "demo_key_in_production", comment)


_TWO_FORMS = {0: 2, 1: [A.key.to_cose(), B.key.to_cose(), A.key.to_cose(compressed=False)]}
_ONE_USABLE = {0: 2, 1: [LISTS.key.to_cose(), LATER_KEY]}
#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("key-twice", (("content.root", quorum(2, A, B, A)),), "root_key_twice", "one thief would count as two"),
    ("key-twice-in-two-forms", (("content.root", _TWO_FORMS),), "root_key_twice", "y as a bit, and written out"),
    ("lists-key-twice", (("content.lists", quorum(1, LISTS, LISTS)),), "root_key_twice", ""),
    ("snapshot-key-twice", (("content.snapshot", quorum(1, ONLINE, ONLINE)),), "root_key_twice", ""),
    ("threshold-beyond", (("content.lists", quorum(2, LISTS)),), "root_threshold", "two of one: nobody could ever sign"),
    ("threshold-beyond-snapshot", (("content.snapshot", quorum(2, ONLINE)),), "root_threshold", ""),
    ("threshold-beyond-usable", (("content.lists", _ONE_USABLE),), "root_threshold", "two keys, one of a type to come"),
    ("threshold-zero", (("content.lists.threshold", 0),), "number_out_of_range", "nobody need sign"),
    ("threshold-seventeen", (("content.lists.threshold", 17),), "number_out_of_range", ""),
    ("threshold-missing", (("content.lists.threshold", ...),), "field_missing", ""),
    ("no-keys", (("content.lists.keys", []),), "list_length", ""),
    ("seventeen-keys", (("content.root", quorum(2, *(signer(f"r{n}") for n in range(15)), A, B)),), "list_length", ""),
    ("online-key-signs-roots", (("content.snapshot", quorum(1, A)),), "root_online_key", "it lies where thieves come first"),
    ("online-key-signs-lists", (("content.snapshot", quorum(1, LISTS)),), "root_online_key", ""),
    ("weak-key", (("content.lists.keys.0", LOW_ORDER["order-4"]),), "key_weak", "anybody could sign with it"),
    ("private-key", (("content.lists.keys.0.-4", bytes(32)),), "key_malformed", ""),
    ("later-keys-only", (("content.lists.keys", [LATER_KEY]),), "later_version", "nothing of it is understood"),
    ("later-field", (("content.999", "x"),), "later_version", "may change what the others mean"),
    ("later-field-of-a-quorum", (("content.root.2", 1),), "later_version", "may change how many must sign"),
    ("text-key", (("content.more", "x"),), "later_version", ""),
    ("claim-unknown", (("4", NOW + DAY),), "field_unknown", "exp: a root does not end, the snapshot shows a newer one"),
    ("environment-unknown", (("content.environment", 2),), "field_value_unknown", ""),
    ("version-zero", (("content.version", 0),), "number_out_of_range", ""),
    ("version-missing", (("content.version", ...),), "field_missing", ""),
    ("snapshot-missing", (("content.snapshot", ...),), "field_missing", ""),
    ("quorum-as-array", (("content.lists", [1, []]),), "field_type", ""),
    ("issued-at-missing", (("issued_at", ...),), "field_missing", ""),
    ("authority-empty", (("authority", ""),), "text_empty", ""),
)


def made() -> dict[str, Any]:
    """The file."""
    claims = (vector(name, LAYER, root(*changes), expect, comment) for name, changes, expect, comment in _CLAIMS)
    framed = (vector(name, LAYER, *fault) for name, *fault in forms(root, documents.ROOT.typ, torn="cose_malformed"))
    comment = "its claims are read before its signatures, for they name the keys"
    other = vector("a-trust-list", LAYER, W.trust_list(), "field_type", comment)
    description = "Roots: the first of a site where `trust.root` is null, else the one that follows on that."
    listed = [*_first(), *_following(), *_signatures(), *_versions(), *claims, *framed, other]
    return file(description, listed, site={"trust": {"root": None}})
