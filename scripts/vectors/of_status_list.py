"""tests/vectors/status_list.json: which credentials are revoked (IETF Token Status List)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

from dpr.core import documents
from dpr.core.status import MAX_LIST_BYTES, STATUS_LIST, Entries, Status, StatusList
from tests.world import CARE, NOW, status_uri
from vectors.making import OTHER, Change, Vector, W, changed, file, hexed, sign, vector
from vectors.of_credential import ED_ISSUER, issuers

LAYER = "status_list"
VALUE = StatusList(
    uri=status_uri(CARE),
    issued_at=NOW - 600,
    entries=Entries.build({3: Status.REVOKED, 4: Status.SUSPENDED}, size=40, bits=2),
)


def status_list(*changes: Change, value: StatusList = VALUE, **options: Any) -> bytes:
    """A status list with `changes`, signed by the care provider unless `options` say otherwise."""
    options = {"key": W.care, **options}
    claims = changed(STATUS_LIST, STATUS_LIST.to_cbor(value), changes)
    return sign(documents.STATUS_LIST.typ, claims, options.pop("key"), **options)


def _good(name: str, value: StatusList, comment: str = "", **options: Any) -> Vector:
    more = options.pop("more", {})
    claims = STATUS_LIST.to_json(value)
    return vector(name, LAYER, status_list(value=value, **options), comment=comment, claims=claims, **more)


def _accepted() -> Iterator[Vector]:
    yield _good("two-bits", VALUE, "entries 3 revoked, 4 suspended: bytes 40 02 …, lowest bits first")
    one = Entries.build({0: Status.REVOKED, 9: Status.REVOKED}, size=16, bits=1)
    yield _good("one-bit", StatusList(uri=VALUE.uri, issued_at=NOW, entries=one), "entries 0 and 9 revoked: bytes 01 02")
    many = Entries.build({99_999: Status.REVOKED}, size=100_000, bits=1)
    yield _good("hundred-thousand", StatusList(uri=VALUE.uri, issued_at=NOW, entries=many), "one revoked")
    held = {"trust": hexed({"trust_list": issuers(0, keys=(W.care.key, ED_ISSUER.key))})}
    yield _good("ed25519-issuer", VALUE, key=ED_ISSUER, more=held)


def _refused() -> Iterator[Vector]:
    packed = zlib.compress(VALUE.entries.lst, 9)
    lst = "entries.lst"
    for name, document, expect, comment in (
        ("issuer-unknown", status_list(key=OTHER), "chain_issuer_unknown", ""),
        ("kid-of-another", status_list(key=OTHER, header={4: W.care.key.kid}), "signature_invalid", ""),
        ("typ-of-jwt", status_list(header={16: "statuslist+jwt"}), "document_kind_unknown", ""),
        ("typ-of-credential", W.credential(), "document_kind", "a credential, where a status list was asked for"),
        ("kcwt", status_list(kcwt=W.credential()), "document_header", "an issuer's key stands in the trust list"),
        ("bits-zero", status_list(("entries.bits", 0)), "number_out_of_range", ""),
        ("bits-four", status_list(("entries.bits", 4)), "number_out_of_range", "the standard has 4 and 8, we 1 and 2"),
        ("bits-missing", status_list(("entries.bits", ...)), "field_missing", ""),
        ("lst-raw", status_list((lst, VALUE.entries.lst)), "status_list_malformed", "not compressed"),
        ("lst-raw-deflate", status_list((lst, packed[2:-4])), "status_list_malformed", "DEFLATE without zlib's frame"),
        ("lst-cut-off", status_list((lst, packed[:-1])), "status_list_malformed", "a torn list must not answer"),
        ("lst-and-more", status_list((lst, packed + b"\0")), "status_list_malformed", "a byte after the end"),
        ("lst-empty", status_list((lst, zlib.compress(b"", 9))), "status_list_malformed", "no entry at all"),
        ("lst-no-bytes", status_list((lst, b"")), "status_list_malformed", ""),
        ("lst-bomb", status_list((lst, _bomb())), "status_list_malformed", "one byte over 12,500,000"),
        ("lst-as-text", status_list((lst, "eNrbuRgAAhcBXQ")), "field_type", "base64url, as the JSON form has it"),
        ("entries-with-more", status_list(("entries.aggregation_uri", "x")), "field_unknown", ""),
        ("exp", status_list(("4", NOW + 86_400)), "field_unknown", "how old it may be is the site's policy"),
        ("ttl", status_list(("65534", 43_200)), "field_unknown", "how old it may be is the site's policy"),
        ("uri-missing", status_list(("uri", ...)), "field_missing", "credentials refer to it by its sub"),
        ("issued-at-missing", status_list(("issued_at", ...)), "field_missing", "nobody could tell how old it is"),
        ("issued-at-float", status_list(payload=_with_float()), "cbor_type", "1795261800.0"),
    ):
        yield vector(name, LAYER, document, expect, comment)


def _bomb() -> bytes:
    deflater = zlib.compressobj(9)
    return deflater.compress(bytes(MAX_LIST_BYTES + 1)) + deflater.flush()


def _with_float() -> bytes:
    """The claims with `iat` as a float, which the encoder refuses to write."""
    payload = documents.split(status_list())[1]
    whole = b"\x06\x1a" + VALUE.issued_at.to_bytes(4, "big")
    return payload.replace(whole, b"\x06\xfb" + struct.pack(">d", VALUE.issued_at))


def made() -> dict[str, Any]:
    """The file."""
    return file("Status lists, judged with the trust list of `trust`.", [*_accepted(), *_refused()])
