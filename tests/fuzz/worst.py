"""The worst inputs that we know for each decoder: large, deep, colliding, inflating, with endless numbers or faults.

Rules: an entry makes its input and returns what is to be measured; what a decoder answers does not matter here, only what it
costs. Inputs are as large as the decoder's callers let through, or larger.

Example: `WORST["cbor: nested"]()()`
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

from cbor2 import CBORTag, dumps

from dpr.adapters import policy_toml, products_mapping, register_answers
from dpr.adapters.key_files import KeyFile
from dpr.adapters.products_csv import Reading
from dpr.apps.pasted import typed_text
from dpr.apps.register import calls
from dpr.core import cbor, cose, documents, drafts, key_request, qr, qr_parts, text
from dpr.core.errors import DprError
from dpr.core.keys import decode_key
from dpr.core.verify import verify
from tests import hostile
from tests.fuzz.of_files import folder
from tests.fuzz.site import SITE
from tests.world import ONE_ITEM, signer

Measured = Callable[[], Any]
WORST: dict[str, Callable[[], Measured]] = {}
KIB, MIB = 1024, 1024 * 1024
ENTRY = cbor.MAX_BYTES


def worst(name: str) -> Callable[[Callable[[], Measured]], Callable[[], Measured]]:
    """Enters a maker under `name`."""

    def enter(make: Callable[[], Measured]) -> Callable[[], Measured]:
        WORST[name] = make
        return make

    return enter


def quiet(action: Measured) -> Measured:
    """`action`, whose named errors are an answer like any other."""

    def measured() -> Any:
        try:
            return action()
        except (DprError, ValueError):
            return None

    return measured


def _each(group: str, inputs: dict[str, Callable[[], Any]], decoder: Callable[[Any], Any]) -> None:
    for name, make in inputs.items():

        def maker(make: Callable[[], Any] = make) -> Measured:
            data = make()
            return quiet(lambda: decoder(data))

        WORST[f"{group}: {name}"] = maker


# --- CBOR and what is signed in it ----------------------------------------------------------------------------------------


def _colliding_lists(count: int) -> bytes:
    """A map whose keys are lists with one hash, since -1 and -2 have: each insertion is compared with all before it."""
    keys = [list(one) for _, one in zip(range(count), product((-1, -2), repeat=12), strict=False)]
    return b"\xb9" + len(keys).to_bytes(2, "big") + b"".join(dumps(key) + b"\0" for key in keys)


def _int_map(keys: list[int]) -> bytes:
    return cbor.encode(dict.fromkeys(keys, 0))


TREES: dict[str, Callable[[], bytes]] = {
    "nested lists": lambda: b"\x81" * (ENTRY - 1) + b"\0",
    "nested maps": lambda: b"\xa1\0" * (ENTRY // 2 - 1) + b"\0",
    "sixteen levels everywhere": lambda: b"\x99\x0f\x00" + (b"\x81" * 15 + b"\0") * 3840,
    "small numbers": lambda: b"\x99\xff\xf0" + bytes(0xFFF0),
    "empty lists": lambda: b"\x99\xff\xf0" + b"\x80" * 0xFFF0,
    "empty maps": lambda: b"\x99\xff\xf0" + b"\xa0" * 0xFFF0,
    "empty texts": lambda: b"\x99\xff\xf0" + b"\x60" * 0xFFF0,
    "numbers as keys": lambda: _int_map(list(range(16_000))),
    "numbers as keys that share their low bits": lambda: _int_map([n << 40 for n in range(6000)]),
    "texts as keys": lambda: cbor.encode({f"{n:06}": 0 for n in range(8000)}),
    "numbers as keys that share a hash": lambda: _int_map([n + m * (2**61 - 1) for n in range(700) for m in range(8)]),
    "lists as keys with one hash": lambda: _colliding_lists(4096),
    "keys in the wrong order": lambda: b"\xb9\x3e\x80" + b"".join(dumps(n) + b"\0" for n in reversed(range(16_000))),
    "a list said to be endless": lambda: b"\x9b" + b"\x7f" + b"\xff" * 7 + bytes(1000),
    "a text said to be endless": lambda: b"\x7b" + b"\x00\x00\x00\x7f" + b"\xff" * 4 + bytes(1000),
    "indefinite chunks": lambda: b"\x5f" + b"\x41a" * 30_000 + b"\xff",
    "a number of thousands of digits": lambda: b"\xc2\x59\xff\x00" + b"\xff" * 0xFF00,
    "32 MiB": lambda: b"\x5a\x02\x00\x00\x00" + bytes(32 * MIB),
    "4 MiB of lists": lambda: b"\x9a\x00\x3f\xff\x00" + b"\x80" * 0x3FFF00,
}
_each("cbor.decode", TREES, cbor.decode)
_each("cbor.encode", {"16,000 keys": lambda: {n: [] for n in range(16_000)}}, cbor.encode)


def _frame(payload: bytes, unprotected: bytes = b"\xa0") -> bytes:
    header = cose.protected_header(SITE.key.key, {})
    return b"\xd2\x84" + dumps(header) + unprotected + dumps(payload) + dumps(bytes(64))


def _many_signatures(count: int, payload: bytes = b"x") -> bytes:
    entry = [cbor.encode({1: -7}), {}, bytes(31) + b"\1" + bytes(31) + b"\1"]
    return bytes(dumps(CBORTag(98, [b"", {}, payload, [entry] * count])))


_COSE: dict[str, Callable[[], bytes]] = {
    f"{name} unprotected": lambda make=make: _frame(b"x", make()) for name, make in TREES.items()
}
_DEAREST = ("lists as keys with one hash", "sixteen levels everywhere", "empty lists", "empty maps", "texts as keys", "32 MiB")
_COSE |= {f"{name} as the header": lambda make=TREES[name]: cose.assemble1(make(), b"x", bytes(64)) for name in _DEAREST}
_COSE |= {
    "16 MiB of payload": lambda: _frame(bytes(16 * MIB - 200)),
    "32 MiB of payload": lambda: _frame(bytes(32 * MIB)),
    "64 KiB of payload": lambda: _frame(bytes(64_000)),
}
_each("cose.verify1", _COSE, lambda data: cose.verify1(data, SITE.key.key))
_FEW = {name: make for name, make in _COSE.items() if name.startswith(("lists as keys", "32 MiB of", "sixteen", "empty lists"))}
_each("key_request.read", _FEW, key_request.read)
_SIGN: dict[str, Callable[[], bytes]] = {
    "32 signatures": lambda: _many_signatures(32),
    "1,000 signatures": lambda: _many_signatures(900),
    "32 signatures over 64 KiB": lambda: _many_signatures(32, bytes(60_000)),
    "32 signatures over 3 MiB": lambda: _many_signatures(32, bytes(3 * MIB)),
    "32 signatures over 16 MiB": lambda: _many_signatures(32, bytes(15 * MIB)),
    **{f"{name} for signatures": lambda make=make: b"\xd8\x62\x84\x40\xa0\x41x" + make() for name, make in TREES.items()},
}
_EIGHT_KEYS = tuple(signer(f"authority {n}").key for n in range(1, 9))
_each("cose.verify with 8 keys", _SIGN, lambda data: cose.verify(data, _EIGHT_KEYS))
_each("documents.open_trust_list", _SIGN, lambda data: documents.open_trust_list(data, SITE.world.anchor))
_each(
    "documents.open",
    {name: make for name, make in _COSE.items() if name.startswith(_DEAREST)},
    lambda data: documents.open(data, SITE.trust),
)
_each("verify", _FEW, lambda data: verify(data, SITE.trust, SITE.now, policy=SITE.world.policy))
_each(
    "keys.decode_key",
    {"a compressed point": lambda: _EIGHT_KEYS[0].to_cose(), "of 64 KiB": lambda: {1: 2, -1: 1, -2: bytes(65_000)}},
    decode_key,
)

# --- what a real signer could make ------------------------------------------------------------------------------------------


def _signed_list(lst: bytes) -> bytes:
    claims = {2: "urn:x", 6: 1, 65533: {"bits": 1, "lst": lst}}
    return hostile.signed(claims, SITE.world.care, {cose.TYP: documents.STATUS_LIST.typ})


def _bomb(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


_each(
    "signed status list",
    {
        "that inflates to its cap": lambda: _signed_list(_bomb(12_500_000)),
        "that inflates to 1 GiB": lambda: _signed_list(_bomb(1024 * MIB)),
        "of 1 MiB that does not deflate": lambda: _signed_list(
            zlib.compress(b"".join(n.to_bytes(3, "big") for n in range(349_525)), 1)
        ),
    },
    lambda data: documents.open(data, SITE.trust, expected_kind=documents.STATUS_LIST),
)


def _prescription_with(items: int) -> bytes:
    prescription = SITE.world.prescription(ONE_ITEM | {"items": ONE_ITEM["items"] * items})
    return SITE.world.prescription_document(prescription)


_each(
    "signed prescription",
    {
        "of 20 items": lambda: _prescription_with(20),
        **{
            f"{name} as claims": lambda make=make: hostile.prescription(SITE.world, make()[:40_000])
            for name, make in TREES.items()
        },
    },
    lambda data: verify(data, SITE.trust, SITE.now, policy=SITE.world.policy),
)

# --- QR codes ---------------------------------------------------------------------------------------------------------------


def _digits(body: bytes) -> str:
    return f"DPR1{int.from_bytes(bytes([1]) + body, 'big')}"


def _deflate_bomb(size: int) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (deflater.compress(bytes(size)) + deflater.flush())[:1700]


_CODES: dict[str, Callable[[], str]] = {
    "4,296 digits": lambda: "DPR1" + "9" * 4296,
    "4,301 digits": lambda: "DPR1" + "9" * 4301,
    "a million digits": lambda: "DPR1" + "9" * 1_000_000,
    "17,000 spaces": lambda: " " * 17_000 + "DPR1",
    "digits of another script": lambda: "DPR1" + "\u0663" * 17_000,
    "a bomb of 1.7 MB": lambda: _digits(_deflate_bomb(1_700_000)),
    "32 MiB": lambda: "DPR1" * (8 * MIB),
}
_each("qr.from_text", _CODES, qr.from_text)
_each("qr.to_texts", {"16 KiB": lambda: bytes(range(256)) * 64}, lambda data: qr.to_texts(data))


def _full_sets() -> list[str]:
    sets = [qr.to_texts(n.to_bytes(2, "big") * 1000 + bytes(range(256)) * 50, max_digits=2200) for n in range(8)]
    return [text for texts in sets for text in texts[:-1]]


_each("qr_parts.from_texts", {"8 sets without their end": _full_sets}, qr_parts.from_texts)
_each("typed_text", {"32 MiB": lambda: b"DPR1 " * (6 * MIB), "100,000 bytes": lambda: b"DPR1" * 25_000}, typed_text)

# --- JSON, TOML, CSV ----------------------------------------------------------------------------------------------------------

#: Just under what is read at all: what is larger costs nothing.
_MOST = drafts.MAX_BYTES - 100
_JSON: dict[str, Callable[[], bytes]] = {
    "nested lists": lambda: b"[" * _MOST,
    "nested objects": lambda: b'{"a":' * (_MOST // 5),
    "nested in an item": lambda: b'{"items":' + b"[" * 900 + b"]" * 900 + b"}",
    "a number of 262,000 digits": lambda: b'{"a":' + b"9" * (_MOST - 8) + b"}",
    "a fraction of 262,000 digits": lambda: b'{"a":0.' + b"9" * (_MOST - 9) + b"}",
    "numbers of 4,300 digits": lambda: b'{"a":[' + b",".join([b"9" * 4300] * 60) + b"]}",
    "unknown members": lambda: json.dumps({f"m{n}": 0 for n in range(22_000)}).encode(),
    "unknown members in items": lambda: json.dumps(ONE_ITEM | {"items": [{f"m{n}": 0 for n in range(1000)}] * 20}).encode(),
    "a member a thousand times": lambda: b'{"a":0' + b',"a":0' * (_MOST // 6 - 2) + b"}",
    "empty objects": lambda: b'{"items":[' + b",".join([b"{}"] * (_MOST // 3 - 9)) + b"]}",
    "lists in a list": lambda: b'{"items":[' + b",".join([b"[]"] * (_MOST // 3 - 9)) + b"]}",
    "escapes": lambda: b'{"kind":"' + b"\\ud83d" * (_MOST // 6 - 3) + b'"}',
    "a long name": lambda: json.dumps(ONE_ITEM | {"patient": {"name": "å" * 130_000}}, ensure_ascii=False).encode(),
    "32 MiB": lambda: b"{" + b" " * (32 * MIB) + b"}",
}
_each("drafts.read", _JSON, lambda data: drafts.read(data, id=bytes(16), authored_at=SITE.world.now))


def _bundle(entry: bytes, size: int) -> bytes:
    return b'{"resourceType":"Bundle","entry":[' + b",".join([entry] * (size // (len(entry) + 1))) + b"]}"


_HIT = b'{"resource":{"resourceType":"X"}}'
_ANSWERS: dict[str, Callable[[int], bytes]] = {
    "empty objects": lambda size: _bundle(b"{}", size),
    "hits": lambda size: _bundle(_HIT, size),
    "empty lists in a hit": lambda size: (
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"X","a":' + b"[" + b"[]," * (size // 3) + b"[]]}}]}"
    ),
    "nested lists": lambda size: b"[" * size,
    "texts": lambda size: b'{"resourceType":"Bundle","x":[' + b'"ab",' * min(size // 5 - 9, size // 27) + b"0]}",
    "large numbers": lambda size: b'{"resourceType":"Bundle","x":[' + b"1e99," * min(149_900, size // 26) + b"0]}",
    "objects just below the cap": lambda size: _bundle(b'{"a":[],"b":{}}' + b" " * (size // 19_990 - 16), size),
    "digits": lambda size: b'{"resourceType":"OperationOutcome","issue":[{"diagnostics":"' + b"19 12-" * (size // 6) + b'"}]}',
    "spaced digits": lambda size: (
        b'{"resourceType":"OperationOutcome","issue":[{"diagnostics":"' + b"1 2 " * (size // 4) + b'"}]}'
    ),
    "issues": lambda size: b'{"resourceType":"OperationOutcome","issue":[' + b'{"code":"a"},' * (size // 13) + b"{}]}",
}
ANSWER = 4_000_000
_each(
    "register_answers",
    {name: lambda make=make: make(ANSWER) for name, make in _ANSWERS.items()},
    lambda data: (
        register_answers.no(422, data) if b"Outcome" in data[:60] else register_answers.page_of(data, "MedicationRequest")
    ),
)
_each("reference register", {name: lambda make=make: make(1_000_000) for name, make in _ANSWERS.items()}, calls.parsed)


def _file(name: str, data: bytes) -> Path:
    path = folder() / name
    path.write_bytes(data)
    return path


_TOML: dict[str, Callable[[], bytes]] = {
    "nested lists": lambda: b"a = " + b"[" * 15_000,
    "dotted keys": lambda: b"a" + b".a" * 7900 + b" = 1",
    "many dotted keys": lambda: b"".join(b"a.b.c.d.e.f.g.k%d = 1\n" % n for n in range(700)),
    "nested tables": lambda: b"".join(b"[" + b".".join([b"a"] * n) + b"]\n" for n in range(1, 120)),
    "a number of thousands of digits": lambda: b"a = " + b"9" * 15_000,
    "a float of thousands of digits": lambda: b"a = 0." + b"9" * 15_000,
    "underscores": lambda: b"a = 1" + b"_1" * 7900,
    "quotes": lambda: b'a = """' + b'"' * 15_000,
    "unknown keys": lambda: b"".join(b"k%d = 1\n" % n for n in range(1700)),
    "32 MiB": lambda: b"#" * (32 * MIB),
}
_each("policy_toml.load", {name: lambda make=make: _file("p.toml", make()) for name, make in _TOML.items()}, policy_toml.load)
_each(
    "products_mapping.load",
    {name: lambda make=make: _file("m.toml", make()) for name, make in _TOML.items()},
    lambda path: products_mapping.load(str(path)),
)
_each(
    "KeyFile.load",
    {
        "16 KiB": lambda: _file("k.pem", b"-----BEGIN PRIVATE KEY-----\n" + b"A" * 16_000),
        "32 MiB": lambda: _file("k.pem", b"-----BEGIN PRIVATE KEY-----\n" + b"A" * (32 * MIB)),
        "encrypted, blank": lambda: _file("k.pem", b"-----BEGIN ENCRYPTED PRIVATE KEY-----" + b"\n" * 16_000),
        "encrypted, cut off": lambda: _file("k.pem", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + b"A" * 16_000),
    },
    KeyFile.load,
)

_HEADER = b"npl_pack_id;npl_id;varunummer;atc;name;form;strength;pack;control_class\n"
_TABLES: dict[str, Callable[[], bytes]] = {
    "a line of 32 MiB": lambda: _HEADER + b"9" * (32 * MIB),
    "a header of 32 MiB": lambda: b";" * (32 * MIB),
    "a header of 60,000 columns": lambda: b";".join(b"c%d" % n for n in range(9000)),
    "quotes": lambda: _HEADER + b'"' * 60_000 + b"\n",
    "numbers of 4,300 digits": lambda: _HEADER + b";".join([b"9" * 4300] * 9) + b"\n",
    "2,000 faulty rows": lambda: _HEADER + b"x;x;x;x;;;;;x\n" * 2000,
}
_each("products_csv", _TABLES, lambda data: list(Reading(io.BytesIO(data))))
_each("text.fault", {"250 marks": lambda: "a" + "\u0323" * 250, "250 letters": lambda: "å" * 250}, text.fault)
_each(
    "fields.from_json",
    {"a name of 1 MB": lambda: {"name": "\u0301" * 1_000_000, "role": "prescriber"}},
    lambda data: documents.CREDENTIAL_KIND.claims.from_json({"holder": data}, "$", []),
)
