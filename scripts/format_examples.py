"""The examples of docs/format.md, each from a named vector of tests/vectors/.

Rules: nothing is computed here that a vector does not state or hold; long hexadecimal is broken into lines, and cut only
where the text says so. Annotations come from the tables of fields.

Example: `EXAMPLES["key"]()`
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cbor2 import CBORTag

from dpr.core import cbor, cose, qr
from dpr.core.fields import Array, Digits, Enumeration, Record, Wrapped, json_name
from dpr.core.keys import decode_key
from dpr.core.prescription import PRESCRIPTION
from dpr.core.revocation import REVOCATIONS
from dpr.core.root import ROOT
from dpr.core.snapshot import SNAPSHOT
from dpr.core.trust_list import TRUST_LIST

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "vectors"
_LINE = 96


@cache
def _vectors(file: str) -> dict[str, dict[str, Any]]:
    content = json.loads((FOLDER / f"{file}.json").read_text("utf-8"))
    return {vector["name"]: vector for vector in content["vectors"]}


def vector(name: str) -> dict[str, Any]:
    """The vector `file:name`."""
    file, one = name.split(":")
    return _vectors(file)[one]


def wrapped(text: str) -> str:
    """`text` in lines of a fixed length."""
    return "\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))


def block(*lines: str) -> str:
    """A block of code."""
    return "```text\n" + "\n".join(lines) + "\n```"


# --- diagnostic notation, annotated by the tables of fields ---------------------------------------------------------------


def diagnostic(value: Any, type_: Any = None, indent: int = 0) -> str:
    """CBOR diagnostic notation (RFC 8949 §8) with the fields' names as comments."""
    if isinstance(type_, Wrapped):
        type_ = {type_.key: type_.inner}
    if isinstance(value, dict):
        return _map(value, type_, indent)
    if isinstance(value, list):
        inner = type_.inner if isinstance(type_, Array) else None
        return _lines([diagnostic(one, inner, indent + 1) for one in value], "[]", indent)
    if isinstance(value, CBORTag):
        return f"{value.tag}({diagnostic(value.value, type_, indent)})"
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _map(value: dict[Any, Any], type_: Any, indent: int) -> str:
    named = {field.key: field for field in type_.fields} if isinstance(type_, Record) else {}
    inner = type_ if isinstance(type_, dict) else {key: field.type for key, field in named.items()}
    lines = []
    for key, one in value.items():
        comment = f" / {named[key].name}{_said(one, inner[key])} /" if key in named and named[key].name != key else ""
        shown = json.dumps(key) if isinstance(key, str) else key
        lines.append(f"{shown}:{comment} {diagnostic(one, inner.get(key), indent + 1)}")
    return _lines(lines, "{}", indent)


def _said(value: Any, type_: Any) -> str:
    """What a number stands for."""
    if isinstance(type_, Enumeration):
        return f": {json_name(type_._by_number[value])}"
    return f": {type_.from_cbor(value)}" if isinstance(type_, Digits) else ""


def _lines(parts: list[str], brackets: str, indent: int) -> str:
    if not parts:
        return brackets
    if sum(map(len, parts)) < 60 and not any("\n" in part or "/" in part for part in parts):
        return f"{brackets[0]}{', '.join(parts)}{brackets[1]}"
    space = "  " * (indent + 1)
    return brackets[0] + "\n" + ",\n".join(space + part for part in parts) + "\n" + "  " * indent + brackets[1]


# --- the examples ---------------------------------------------------------------------------------------------------------


def of_cbor() -> str:
    """Some values and their one encoding."""
    names = ("integers", "key-order", "key-order-of-text", "simple-values")
    rows = [f"| `{vector(f'cbor:{name}')['input']}` | {vector(f'cbor:{name}')['comment']} |" for name in names]
    return "\n".join(["| bytes | value |\n|---|---|", *rows])


def of_key() -> str:
    """A key, written both ways, and its names."""
    short, long = vector("key:p-256-compressed"), vector("key:p-256-uncompressed")
    value = cbor.decode(bytes.fromhex(short["input"]))
    key = decode_key(value)
    return block(
        diagnostic(value),
        f"as written   {short['input']}",
        "written out",
        wrapped(long["input"]),
        f"thumbprint   {short['thumbprint']}",
        f"kid          {key.kid.hex()}",
    )


SMALL = "prescription:kid-only"


def of_prescription() -> str:
    """A whole prescription whose prescriber's credential the site holds."""
    document = bytes.fromhex(vector(SMALL)["input"])
    protected, _, payload, signature = cbor.decode(document).value
    return "\n".join(
        [
            "A prescription without kcwt (vector `prescription:kid-only`), its parts, and the bytes that were signed:\n",
            block(
                f"protected  h'{protected.hex()}' = {diagnostic(cbor.decode(protected))}",
                f"payload    = {diagnostic(cbor.decode(payload), PRESCRIPTION)}",
                f"signature  h'{signature.hex()}'",
            ),
            f"\nThe document, {len(document)} bytes:\n",
            block(wrapped(document.hex())),
            "\nIts Sig_structure:\n",
            block(wrapped(cose.to_be_signed1(protected, payload).hex())),
            "\nIts claims in the JSON form:\n",
            "```json\n" + json.dumps(vector(SMALL)["claims"], ensure_ascii=False, indent=1) + "\n```",
        ]
    )


def of_root() -> str:
    """A first root, two of three, without its signatures."""
    one = vector("root:two-of-three")
    body, _, payload, signatures = cbor.decode(bytes.fromhex(one["input"])).value
    return "Vector `root:two-of-three`, without its two signatures:\n\n" + block(
        f"protected  h'{body.hex()}' = {diagnostic(cbor.decode(body))}",
        f"payload    = {diagnostic(cbor.decode(payload), ROOT)}",
        f"signed by  {', '.join(diagnostic(cbor.decode(header)) for header, *_ in signatures)}",
        f"fingerprint  {one['fingerprint']}",
    )


def of_snapshot() -> str:
    """The claims of a snapshot that names every kind of list."""
    payload = cbor.decode(bytes.fromhex(vector("snapshot:every-kind-of-list")["input"])).value[2]
    shown = diagnostic(cbor.decode(payload), SNAPSHOT)
    return (
        "The claims of vector `snapshot:every-kind-of-list`; its two issuer's lists have issuer `SE2321000016-T001` and uri\n"
        "`urn:dpr:status:SE2321000016-T001`:\n\n" + block(shown)
    )


def of_revocation() -> str:
    """The claims of a revocation."""
    payload = cbor.decode(bytes.fromhex(vector("revocation:two")["input"])).value[2]
    return "The claims of vector `revocation:two`:\n\n" + block(diagnostic(cbor.decode(payload), REVOCATIONS))


def of_trust_list() -> str:
    """The first issuer of a trust list and its signature."""
    message = cbor.decode(bytes.fromhex(vector("trust_list:one-of-one")["input"]))
    body, _, payload, signatures = message.value
    claims = cbor.decode(payload)
    claims[-65537][3] = claims[-65537][3][:1]
    shown = diagnostic(claims, TRUST_LIST)
    header, _, signature = signatures[0]
    return "Vector `trust_list:one-of-one`, the first of its issuers only:\n\n" + block(
        f"protected  h'{body.hex()}' = {diagnostic(cbor.decode(body))}",
        f"payload    = {shown}",
        f"signature  [h'{header.hex()}', {{}}, h'{signature.hex()}']",
        f"           its protected header = {diagnostic(cbor.decode(header))}",
    )


def of_qr() -> str:
    """A text whose body is DEFLATE, and one whose body is the document."""
    small, plain = vector("qr:deflated"), vector("qr:plain")
    document = bytes.fromhex(small["document"])
    assert plain["document"] == small["document"] == qr.from_text(plain["input"]).hex()
    assert qr.from_text(small["input"]) == document
    return "\n".join(
        [
            "A document, its text with DEFLATE (vector `qr:deflated`) and with the document itself (`qr:plain`):\n",
            block(wrapped(document.hex()), "", wrapped(small["input"]), "", wrapped(plain["input"])),
        ]
    )


def of_text() -> str:
    """The text of the small prescription in Swedish."""
    sections = vector(SMALL)["text"]["sv"]
    lines = [line for heading, rows in sections for line in (heading, *(f"  {label}: {value}" for label, value in rows))]
    return "The vector of section 4 in Swedish:\n\n" + block(*lines)


#: At least one of each layer.
REFUSED = (
    "cbor:keys-unsorted",
    "key:ed25519-order-4",
    "cose:crit-unknown",
    "qr:letter-inside",
    "parts:middle-missing",
    "root:next-by-new-keys-only",
    "trust_list:unprotected-in-signature",
    "snapshot:by-root-keys",
    "credential:physician-by-pharmacy-company",
    "status_list:lst-cut-off",
    "revocation:order",
    "dispensing:number-beyond",
    "prescription_bytes:unprotected",
    "prescription_chain:credential-ended",
    "prescription_claims:flag-false",
    "prescription_rules:benefit-missing",
    "prescription_site:special-status-stale",
    "prescription_revoked:signed-before-it-says",
    "prescription_grace:grace-over",
    "prescription_trust:expired-at-the-floor",
)


def of_refused() -> str:
    """Refused vectors, at least one of each layer."""
    rows = [f"| `{name}` | `{_cut(vector(name)['input'])}` | `{vector(name)['expect']}` | {_why(name)} |" for name in REFUSED]
    return "\n".join(["| vector | input | code | why |\n|---|---|---|---|", *rows])


def _cut(given: str | list[str]) -> str:
    text = given if isinstance(given, str) else " ".join(given)
    return text if len(text) <= 80 else f"{text[:32]}…{text[-24:]}"


def _why(name: str) -> str:
    return str(vector(name)["comment"]) or name.split(":")[1].replace("-", " ")


EXAMPLES: dict[str, Callable[[], str]] = {
    "cbor": of_cbor,
    "key": of_key,
    "prescription": of_prescription,
    "root": of_root,
    "trust_list": of_trust_list,
    "snapshot": of_snapshot,
    "revocation": of_revocation,
    "text": of_text,
    "qr": of_qr,
    "refused": of_refused,
}
