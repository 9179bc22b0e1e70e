"""tests/vectors/sealed.json: sealed messages as a relay reads them. tests/vectors/opened.json: as their recipient opens them.

Rules: sealed by vectors.hpke with randomness from a label, so the same bytes each time, and not by what is judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from dpr.core import cbor, documents
from dpr.core.byte_strings import byte_string_at
from dpr.core.mail import sealing
from dpr.core.mail.message import MESSAGE
from dpr.core.mail.sealing import OUTER
from tests.mail_world import sealing_key
from vectors import hpke
from vectors.mail import NODE_QUEUE, NOW, PRESCRIBER, M, site
from vectors.making import Change, Vector, changed, file, flipped, hexed, vector
from vectors.of_message import message

LAYER, OPENED = "sealed", "opened"
VALUE = M.message_value()
KEY = sealing_key("pharmacy")
_SEED = hashlib.sha512(b"dpr test mail key pharmacy").digest()
PRIVATE = hpke.Private(_SEED, _SEED[:32])
#: The recipient's private key: ML-KEM's seed and X25519's scalar.
GIVEN = {"opening_key": (PRIVATE.seed + PRIVATE.scalar).hex()}


def sealed(
    *changes: Change,
    document: bytes | None = None,
    padded: bytes | None = None,
    header: Mapping[int, Any] | None = None,
    protected: bytes | None = None,
    info: bytes | None = None,
    ciphertext: bytes | None = None,
    public: bytes = KEY.public,
) -> bytes:
    """A sealed message; `changes` are of its outer header, the other arguments replace parts of it."""
    inner = M.message() if document is None else document
    outer = changed(OUTER, OUTER.to_cbor(sealing.outer_of(VALUE, len(inner))), changes)
    labels = {1: sealing.ALG, 4: KEY.id, 15: outer, 16: sealing.TYP} | (header or {})
    encoded = cbor.encode({label: value for label, value in labels.items() if value is not ...})
    encoded = encoded if protected is None else protected
    bucket = outer.get(-65537, {}).get(2)
    size = sealing.BUCKETS[bucket] if bucket in (0, 1, 2) else sealing.BUCKETS[0]
    plain = sealing.pad(inner, size) if padded is None else padded
    randomness = hashlib.sha512(b"dpr test sealing").digest()
    if ciphertext is None:
        ciphertext = hpke.seal(public, plain, sealing.info_of(encoded) if info is None else info, randomness=randomness)
    return sealing.assemble(encoded, ciphertext)


def _stated(data: bytes) -> dict[str, Any]:
    parts = sealing.read(data)
    return {"claims": OUTER.to_json(parts.outer), "key_id": parts.key_id.hex()}


def _read() -> Iterator[Vector]:
    for name, data, comment in (
        ("smallest-bucket", sealed(), ""),
        ("middle-bucket", sealed(("content.bucket", 1)), "as it may be, though a smaller one would do"),
        ("to-a-node", sealed(("content.queue", NODE_QUEUE)), "a queue of one key"),
        ("production", sealed(("content.environment", 1)), "whether it is the relay's is the relay's to judge"),
        ("ended", sealed(("created", NOW - 100), ("not_after", NOW - 1)), "the relay refuses it by its own clock"),
        ("ciphertext-of-zeros", sealed(ciphertext=bytes(4096 + 1136)), "nobody can open it, and no relay can know"),
    ):
        yield vector(name, LAYER, data, comment=comment, **_stated(data))


_GOOD = sealed()
_CREATED = VALUE.created
#: name, changes, code, comment
_OUTER: tuple[tuple[str, tuple[Change, ...], str, str], ...] = (
    ("life-too-long", (("not_after", _CREATED + 14 * 86_400 + 1),), "mail_times", "a second more than 14 days"),
    ("no-life", (("not_after", _CREATED),), "mail_times", ""),
    ("bucket-beyond", (("content.bucket", 3),), "number_out_of_range", ""),
    ("bucket-negative", (("content.bucket", -1),), "number_out_of_range", ""),
    ("bucket-missing", (("content.bucket", ...),), "field_missing", ""),
    ("queue-check-digit", (("content.queue", "gln:7350000000008"),), "mail_queue", ""),
    ("queue-missing", (("content.queue", ...),), "field_missing", ""),
    ("environment-missing", (("content.environment", ...),), "field_missing", ""),
    ("environment-unknown", (("content.environment", 2),), "field_value_unknown", ""),
    ("id-short", (("id", bytes(15)),), "field_length", ""),
    ("created-missing", (("created", ...),), "field_missing", ""),
    ("not-after-missing", (("not_after", ...),), "field_missing", ""),
    ("content-with-more", (("content.3", "x"),), "field_unknown", "a relay is told nothing else"),
    ("claim-unknown", (("1", "node"),), "field_unknown", "a relay is not told who sent it"),
)


def _refused() -> Iterator[Vector]:
    for name, changes, code, comment in _OUTER:
        yield vector(name, LAYER, sealed(*changes), code, comment)
    protected = cbor.encode({1: sealing.ALG, 4: KEY.id, 15: OUTER.to_cbor(sealing.read(_GOOD).outer), 16: sealing.TYP})
    inner = sealing.read(_GOOD).ciphertext
    unsorted = b"\xa4" + protected[7:] + protected[1:7]
    for name, data, code, comment in (
        ("alg-missing", sealed(header={1: ...}), "mail_header", ""),
        ("alg-of-another", sealed(header={1: 35}), "mail_algorithm", "HPKE-0 of draft-ietf-cose-hpke"),
        ("alg-as-text", sealed(header={1: "HPKE"}), "mail_algorithm", ""),
        ("kid-missing", sealed(header={4: ...}), "mail_header", ""),
        ("kid-short", sealed(header={4: bytes(7)}), "mail_header", "7 bytes"),
        ("kid-as-text", sealed(header={4: "12345678"}), "mail_header", ""),
        ("claims-missing", sealed(header={15: ...}), "mail_header", ""),
        ("claims-as-array", sealed(header={15: []}), "field_type", ""),
        ("typ-of-a-message", sealed(header={16: "dpr-message"}), "mail_header", ""),
        ("typ-missing", sealed(header={16: ...}), "mail_header", ""),
        ("header-with-more", sealed(header={5: bytes(12)}), "mail_header", "an IV: HPKE makes its own"),
        ("header-as-array", sealed(protected=cbor.encode([1])), "mail_header", ""),
        ("header-empty", sealed(protected=b""), "cbor_malformed", ""),
        ("header-unsorted", sealed(protected=unsorted), "cbor_key_order", ""),
        ("header-trailing-byte", sealed(protected=protected + b"\0"), "cbor_trailing_bytes", ""),
        ("header-too-long", sealed(header={4: bytes(300)}), "mail_header", "over 256 bytes"),
        ("size-of-no-bucket", sealed(ciphertext=inner[:-1]), "mail_size", "a byte short"),
        ("size-of-another-bucket", sealed(("content.bucket", 1), ciphertext=inner), "mail_size", ""),
        ("ciphertext-empty", sealed(ciphertext=b""), "mail_size", ""),
        ("untagged", _GOOD[1:], "mail_malformed", ""),
        ("tag-of-sign1", b"\xd2" + _GOOD[1:], "mail_malformed", ""),
        ("tag-in-long-form", b"\xd8\x10" + _GOOD[1:], "mail_malformed", "16 in the longer form"),
        ("array-of-four", b"\xd0\x84" + _GOOD[2:], "mail_malformed", ""),
        ("unprotected", _with_unprotected(protected, inner), "mail_malformed", "a label that nothing binds"),
        ("trailing-byte", _GOOD + b"\0", "mail_malformed", ""),
        ("cut-off", _GOOD[:-1], "mail_malformed", ""),
        ("cut-off-in-header", _GOOD[:60], "mail_malformed", ""),
        ("a-message", M.message(), "mail_malformed", "not sealed at all"),
        ("nothing", b"", "mail_malformed", ""),
    ):
        yield vector(name, LAYER, data, code, comment)


def _with_unprotected(protected: bytes, ciphertext: bytes) -> bytes:
    good = sealing.assemble(protected, ciphertext)
    at = len(sealing.assemble(protected, b"")) - 2
    return good[:at] + cbor.encode({99: b"1"}) + good[at + 1 :]


# --- opened ---------------------------------------------------------------------------------------------------------------


def _opens() -> Iterator[Vector]:
    several = message(("content.documents", [M.prescription_document(), M.snapshot()]))
    to_node = message(("content.queue", NODE_QUEUE))
    by_held = {"trust": hexed({"credentials": [M.node_credential()]})}
    for name, inner, changes, comment, more in (
        ("one-prescription", M.message(), (), "", {}),
        ("several-documents", several, (), "", {}),
        ("bucket-larger", M.message(), (("content.bucket", 1),), "than it need be", {}),
        ("to-a-node", to_node, (("content.queue", NODE_QUEUE),), "whoever has the key opens it", {}),
        ("kid-only", message(kcwt=None), (), "the sender's credential is held already", by_held),
    ):
        data = sealed(*changes, document=inner)
        value = documents.read_claims(documents.MESSAGE, documents.split(inner)[1])
        yield vector(name, OPENED, data, comment=comment, given=GIVEN, claims=MESSAGE.to_json(value), **more)


def _header(data: bytes) -> bytes:
    """The protected header of a sealed message."""
    return byte_string_at(data, 2)[0]


def _does_not_open() -> Iterator[Vector]:
    inner, other = M.message(), sealing_key("somebody else")
    at = len(_GOOD) - 1136 - 4096
    padded = sealing.pad(inner, 4096)
    long = (len(inner) + 1).to_bytes(4, "big") + padded[4:]
    with_own_kid = sealed(header={4: other.id}, public=other.public)
    for name, data, code, comment in (
        ("key-of-another", with_own_kid, "mail_key_unknown", "sealed to a key that is not held"),
        ("kid-of-ours-key-of-another", sealed(public=other.public), "mail_not_opened", ""),
        (
            "kem-ciphertext-changed",
            flipped(_GOOD, at),
            "mail_not_opened",
            "ML-KEM answers with another secret (implicit rejection)",
        ),
        ("x25519-changed", flipped(_GOOD, at + 1088), "mail_not_opened", ""),
        ("x25519-of-zeros", _with(_GOOD, at + 1088, bytes(32)), "mail_not_opened", "a point of low order"),
        ("ciphertext-changed", flipped(_GOOD, at + 1120), "mail_not_opened", ""),
        ("tag-changed", flipped(_GOOD, -1), "mail_not_opened", ""),
        ("info-empty", sealed(info=b""), "mail_not_opened", "the outer header not bound"),
        ("info-header-alone", sealed(info=_header(_GOOD)), "mail_not_opened", "without the label and the array"),
        ("info-with-another-label", sealed(info=cbor.encode(["Encrypt0", _header(_GOOD)])), "mail_not_opened", ""),
        ("header-of-another", _moved(_GOOD, sealed(("id", bytes(16)))), "mail_not_opened", "a relay changed the id"),
        (
            "not-after-changed",
            _moved(_GOOD, sealed(("not_after", VALUE.not_after + 1))),
            "mail_not_opened",
            "a relay holds it longer",
        ),
        (
            "queue-changed",
            _moved(_GOOD, sealed(("content.queue", NODE_QUEUE))),
            "mail_not_opened",
            "a relay sends it elsewhere",
        ),
        ("padding-not-zero", sealed(padded=padded[:-1] + b"\x01"), "mail_padding", ""),
        ("length-of-one-more", sealed(padded=long), "cbor_trailing_bytes", "of the padding, and so no message"),
        ("length-beyond", sealed(padded=(4093).to_bytes(4, "big") + padded[4:]), "mail_padding", "longer than what there is"),
        ("length-of-four-gib", sealed(padded=b"\xff" * 4 + padded[4:]), "mail_padding", ""),
        ("not-a-message", sealed(document=M.prescription_document()), "document_kind", "sealed, but no message"),
        ("nothing-inside", sealed(document=b""), "cbor_malformed", ""),
        ("signature-changed", sealed(document=flipped(inner, -1)), "signature_invalid", ""),
        ("by-a-prescriber", sealed(document=message(**PRESCRIBER)), "chain_role", ""),
        ("credential-not-held", sealed(document=message(kcwt=None)), "chain_credential_unknown", ""),
        ("id-differs", sealed(("id", bytes(16))), "mail_header_differs", "sealed so by the sender itself"),
        ("created-differs", sealed(("created", VALUE.created + 1)), "mail_header_differs", ""),
        ("not-after-differs", sealed(("not_after", VALUE.not_after + 1)), "mail_header_differs", ""),
        ("queue-differs", sealed(("content.queue", NODE_QUEUE)), "mail_header_differs", ""),
        ("environment-differs", sealed(("content.environment", 1)), "mail_header_differs", ""),
        ("untagged", _GOOD[1:], "mail_malformed", "no frame: as layer `sealed`"),
    ):
        yield vector(name, OPENED, data, code, comment, given=GIVEN)


def _with(data: bytes, at: int, part: bytes) -> bytes:
    return data[:at] + part + data[at + len(part) :]


def _moved(data: bytes, other: bytes) -> bytes:
    """The ciphertext of `data` under the header of `other`."""
    return sealing.assemble(_header(other), sealing.read(data).ciphertext)


def made() -> dict[str, dict[str, Any]]:
    """Both files."""
    words = "Sealed messages, as their recipient opens them with the key in `given` and judges them with the trust of `trust`."
    return {
        "sealed": file("Sealed messages, as a relay reads them.", [*_read(), *_refused()], held=False),
        "opened": file(words, [*_opens(), *_does_not_open()], site=site()),
    }
