"""tests/vectors/trust_list.json: m of n keys of the authority, and what they sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from make_keys import demo_key

from dpr.adapters.key_files import KeyFile
from dpr.core import documents
from dpr.core.keys import PublicKey
from dpr.core.trust import Anchor
from dpr.core.trust_list import TRUST_LIST, Environment
from tests.world import CARE, NOW, VETS, signer
from vectors import making
from vectors.by_many import altered, by_many, forms, json_claims, mixed, with_twin
from vectors.making import OTHER, Change, Vector, W, file, flipped, vector
from vectors.of_keys import LOW_ORDER

LAYER = "trust_list"
ROOTS = (W.root, signer("authority 2"), signer("authority 3"))
ED_ROOT = signer("authority with ed25519", "EdDSA")
CLAIMS = TRUST_LIST.to_cbor(W.trust_list_value())


def anchor(
    threshold: int,
    keys: Iterable[PublicKey] = tuple(key.key for key in ROOTS),
    environment: Environment = Environment.TEST,
) -> dict[str, Any]:
    """The `trust` of a vector whose site was installed with these keys of the authority."""
    value = Anchor(authority="se-test", environment=environment, threshold=threshold, keys=tuple(keys))
    return {"anchor": making.anchor(value)}


def trust_list(*changes: Change, keys: Iterable[KeyFile] = (W.root,), **options: Any) -> bytes:
    """A trust list with `changes`, signed by `keys`."""
    return by_many(documents.TRUST_LIST, CLAIMS, changes, keys=keys, **options)


def _good(name: str, document: bytes, comment: str = "", **more: Any) -> Vector:
    return vector(name, LAYER, document, comment=comment, claims=json_claims(documents.TRUST_LIST, document), **more)


def _accepted() -> Iterator[Vector]:
    first, second, third = ROOTS
    yield _good("one-of-one", trust_list())
    yield _good("two-of-three", trust_list(keys=(first, third)), trust=anchor(2))
    yield _good("three-of-three", trust_list(keys=ROOTS), trust=anchor(3))
    yield _good("order-of-signatures", trust_list(keys=(third, first)), "any order", trust=anchor(2))
    comment = "a signature by an unknown key counts for nothing, and harms nothing"
    yield _good("unknown-key-beside", trust_list(keys=(OTHER, first, second)), comment, trust=anchor(2))
    yield _good("ed25519-authority", trust_list(keys=(ED_ROOT, first)), trust=anchor(2, (ED_ROOT.key, first.key)))
    yield _good("past-next-update", trust_list(("content.next_update", NOW - 1)), "stale, not void: the verdict grades it")
    yield _good("version-grown", trust_list(("content.version", 2**40)))
    everything = (("content.issuers.0.keys.1", LONE.to_cose()), ("content.issuers.1.glns.1", "7350000000016"))
    yield _good("several-keys-and-glns", trust_list(*everything))
    for number, role in ((3, "relay-operator"), (4, "register")):
        operator = (
            ("content.issuers.0.role", number),
            ("content.issuers.0.professions", ...),
            ("content.issuers.0.kinds", ...),
        )
        yield _good(role, trust_list(*operator, ("content.issuers.0.organisations", ...)))
    several = ("content.issuers.0.organisations", ["SE2321000016", "SE2321000024"])
    yield _good("several-organisations", trust_list(several), "whose HSA-ids its prescribers' workplaces may have")
    no_scope = (("content.issuers.2.professions", ...), ("content.issuers.2.kinds", ...))
    yield _good("scope-empty", trust_list(*no_scope), "an issuer that vouches for nobody")


#: A key of a type that is not known yet; Ed448 stands for it.
LATER_KEY = {1: 1, -1: 7, -2: bytes(57)}


def _later() -> Iterator[Vector]:
    """What a later version of the format may write: the issuers that are understood stay."""
    first = "content.issuers.0"
    left_out = "Region Test is left out, the others stand"
    for name, changes, comment in (
        ("later-fact-of-the-list", (("content.-1", "x"),), "an unknown negative key informs, and is ignored"),
        ("later-fact-of-an-issuer", ((f"{first}.-70000", {1: b"x"}),), "an unknown negative key informs, and is ignored"),
        ("later-field-of-an-issuer", ((f"{first}.999", "x"),), f"it may narrow what the others say: {left_out}"),
        ("later-text-key-of-an-issuer", ((f"{first}.more", "x"),), left_out),
        ("later-role", ((f"{first}.role", 5),), left_out),
        ("later-key-beside", ((f"{first}.keys.1", LATER_KEY),), "Ed448, for a key type to come: only that key is left out"),
        ("later-key-alone", ((f"{first}.keys.0", LATER_KEY),), f"no key of a type that is known: {left_out}"),
        ("later-profession", ((f"{first}.professions.0", 9),), "only that profession is left out"),
        ("later-professions-only", ((f"{first}.professions", [9, 10]),), "as if there were none"),
        ("later-kind", ((f"{first}.kinds.1", 4),), "only that kind is left out"),
        (
            "later-issuer-with-a-fault-behind",
            ((f"{first}.role", 5), (f"{first}.keys", [])),
            f"judged in the order of its keys, 2 before 3: {left_out}",
        ),
        (
            "later-issuers-only",
            tuple((f"content.issuers.{number}.role", 5) for number in range(3)),
            "a list that vouches for nobody, until this program is updated",
        ),
    ):
        yield _good(name, trust_list(*changes), comment)


def production(*changes: Change) -> bytes:
    """A trust list for production."""
    return trust_list(("content.environment", 1), *changes)


PRODUCTION = anchor(1, environment=Environment.PRODUCTION)
#: A key under keys/, which everybody has.
DEMO = PublicKey(demo_key("care-provider").public_key())


def _environments() -> Iterator[Vector]:
    yield _good("production", production(), trust=PRODUCTION)
    yield _good("demo-key-in-test", trust_list(("content.issuers.0.keys.0", DEMO.to_cose())), "for tests that is what it is")
    demo = production(("content.issuers.0.keys.0", DEMO.to_cose()))
    comment = "a key whose private part is published under keys/"
    yield vector("demo-key-in-production", LAYER, demo, "demo_key_in_production", comment, trust=PRODUCTION)
    comment = "a list for tests, at a site in production"
    yield vector("test-in-production", LAYER, trust_list(), "trust_list_environment", comment, trust=PRODUCTION)


LONE = signer("a second key of the care provider").key


def _signatures() -> Iterator[Vector]:
    first, second = ROOTS[:2]
    second_version: Change = ("content.version", 2)
    other_claims = mixed(trust_list(), trust_list(second_version, keys=(second,)))
    changed_since = altered(trust_list(), documents.TRUST_LIST, second_version)
    threshold = "trust_list_threshold"
    for name, document, required, comment in (
        ("one-of-two", trust_list(), 2, "one signature, two needed"),
        ("same-key-twice", trust_list(keys=(first, first)), 2, "a key counts once however often it signs"),
        ("same-key-twin", with_twin(trust_list()), 2, "nor does its other signature (r, n - s) count again"),
        ("unknown-keys", trust_list(keys=(OTHER, signer("yet another"))), 2, "enough signatures, by nobody"),
        ("signature-of-another-version", other_claims, 2, "the second key signed other claims"),
        ("kid-of-another", trust_list(keys=(OTHER,), header={4: first.key.kid}), 1, "a kid is a hint, never proof"),
        ("alg-of-another-curve", trust_list(header={1: -8}), 1, "EdDSA, by a key of P-256"),
        ("alg-unknown", trust_list(header={1: -49}), 1, "ML-DSA-65: passed over, and too few are left"),
        ("signature-changed", flipped(trust_list(), -1), 1, ""),
        (
            "version-changed",
            changed_since,
            1,
            "version 2 where 1 was signed",
        ),
        ("threshold-zero", trust_list(), 0, "a site that demands no signature trusts nobody"),
    ):
        yield vector(name, LAYER, document, threshold, comment, trust=anchor(required))
    keyless = trust_list()
    yield vector("anchor-without-keys", LAYER, keyless, threshold, "and a threshold of 1", trust=anchor(1, ()))


#: name, changes, code, comment
_CLAIMS: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("environment", (("content.environment", 1),), "trust_list_environment", "production, at a site for tests"),
    ("authority", (("authority", "se-other"),), "trust_list_authority", "another authority's list, by the same keys"),
    ("next-update-first", (("content.next_update", NOW - 3600),), "trust_list_times", "the instant at which it was issued"),
    ("issuer-twice", (("content.issuers.2.id", CARE),), "trust_list_issuer_twice", "one id, two scopes"),
    ("key-twice", (("content.issuers.2.keys.0", W.care.key.to_cose()),), "trust_list_key_twice", "one key for two issuers"),
    (
        "key-twice-in-two-forms",
        (("content.issuers.2.keys.0", W.care.key.to_cose(compressed=False)),),
        "trust_list_key_twice",
        "y as a bit, and written out: the same key",
    ),
    ("scope-beyond-role", (("content.issuers.0.professions", [0, 7]),), "trust_list_scope", "a care provider of pharmacists"),
    ("veterinary-of-physicians", (("content.issuers.2.professions", [0]),), "trust_list_scope", ""),
    ("pharmacy-of-physicians", (("content.issuers.1.professions", [0]),), "trust_list_scope", ""),
    ("issuer-for-no-time", (("content.issuers.0.valid_until", NOW - 400 * 86_400),), "trust_list_scope", "until it begins"),
    ("version-zero", (("content.version", 0),), "number_out_of_range", ""),
    ("version-beyond", (("content.version", 2**40 + 1),), "number_out_of_range", ""),
    ("version-as-text", (("content.version", "1"),), "field_type", ""),
    ("version-missing", (("content.version", ...),), "field_missing", "a list that cannot be compared with the one before"),
    ("next-update-missing", (("content.next_update", ...),), "field_missing", "it would never be stale"),
    ("environment-unknown", (("content.environment", 2),), "field_value_unknown", ""),
    ("environment-missing", (("content.environment", ...),), "field_missing", "test and production never mix"),
    ("no-issuers", (("content.issuers", []),), "list_length", ""),
    ("keys-missing", (("content.issuers.0.keys", ...),), "field_missing", ""),
    ("no-keys", (("content.issuers.0.keys", []),), "list_length", ""),
    ("weak-key", (("content.issuers.0.keys.0", LOW_ORDER["order-4"]),), "key_weak", ""),
    ("private-key", (("content.issuers.0.keys.0.-4", bytes(32)),), "key_malformed", ""),
    ("empty-scope-written", (("content.issuers.1.kinds", []),), "list_length", "what is empty is left out"),
    ("profession-negative", (("content.issuers.0.professions.0", -1),), "field_value_unknown", "no version has such numbers"),
    ("profession-as-text", (("content.issuers.0.professions.0", "LK"),), "field_value_unknown", ""),
    ("kind-negative", (("content.issuers.0.kinds.0", -1),), "field_value_unknown", ""),
    ("too-many-professions", (("content.issuers.0.professions", [0] * 17),), "list_length", ""),
    ("gln-check-digit", (("content.issuers.1.glns.0", "7350000000008"),), "gln_check_digit", ""),
    ("role-negative", (("content.issuers.0.role", -1),), "field_value_unknown", ""),
    ("role-as-text", (("content.issuers.0.role", "care_provider"),), "field_value_unknown", ""),
    ("content-with-more", (("content.999", "x"),), "later_version", "may change what the others mean"),
    ("content-with-text-key", (("content.more", "x"),), "later_version", ""),
    ("organisation-form", (("content.issuers.0.organisations.0", "2321000016"),), "organisation_form", "without SE"),
    ("organisation-whole-hsa-id", (("content.issuers.0.organisations.0", "SE2321000016-A1B2"),), "text_too_long", "17 signs"),
    ("organisations-empty", (("content.issuers.0.organisations", []),), "list_length", "what is empty is left out"),
    ("relay-operator-of-physicians", (("content.issuers.0.role", 3),), "trust_list_scope", "a relay operator has no people"),
    (
        "issuer-of-a-later-version-with-a-fault",
        (("content.issuers.0.999", "x"), ("content.issuers.0.name", "")),
        "text_empty",
        "judged in the order of its keys: 1 before 999",
    ),
    ("claim-unknown", (("4", NOW + 86_400),), "field_unknown", "exp: a list ages, it does not end"),
    ("issuer-as-array", (("content.issuers.0", [VETS]),), "field_type", ""),
    ("name-of-controls", (("content.issuers.0.name", "Region\u0000"),), "text_unprintable", ""),
    ("issued-at-missing", (("issued_at", ...),), "field_missing", ""),
)


def made() -> dict[str, Any]:
    """The file."""
    framed = (vector(name, LAYER, *fault) for name, *fault in forms(trust_list, documents.TRUST_LIST.typ))
    claims = (vector(name, LAYER, trust_list(*changes), expect, comment) for name, changes, expect, comment in _CLAIMS)
    description = "Trust lists, judged with the anchor of `trust`: what a site was installed with."
    return file(description, [*_accepted(), *_later(), *_environments(), *_signatures(), *framed, *claims])
