"""Makes the preset dictionary of the QR text's DEFLATE: schemas/dictionary/dpr1.bin and dpr/core/qr_dictionary.py.

Rules: made from schemas/dictionary/training.json and words.json alone, never from a text that is measured; the same input
makes the same bytes. Whole documents are encoded as they are on paper, with what is random left out, so that structure is
learned with the words. What earns most stands last: DEFLATE writes near distances in fewer bits.

The dictionary is normative and fixed by the prefix DPR1: `--check` compares, and only a new prefix may change it.

Usage: python scripts/make_dictionary.py [--check]
"""

from __future__ import annotations

import base64
import json
import sys
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from dpr.core import cbor, cose, days, documents
from dpr.core.credential import CREDENTIAL, Credential, Holder, Profession, Role, StatusReference, Workplace
from dpr.core.keys import PublicKey
from dpr.core.prescription import CONTENT, PRESCRIPTION, Prescription

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "schemas" / "dictionary"
SIZE = 20_000
GRAM = 7
SEGMENT = 40
GAP = b"\x00"


def training_samples() -> list[bytes]:
    """Every training prescription as protected header ‖ payload, with the random parts cut out."""
    key = PublicKey(ec.derive_private_key(1, ec.SECP256R1()).public_key())
    samples = []
    for number, written in enumerate(json.loads((FOLDER / "training.json").read_text(encoding="utf-8"))):
        samples.append(_sample(written, number, key))
    return samples


def _sample(written: dict[str, Any], number: int, key: PublicKey) -> bytes:
    prescriber, workplace = written["prescriber"], written["workplace"]
    issuer = f"SE2321000{number:03}-"
    credential = Credential(
        issuer=issuer,
        valid_from=1_790_000_000,
        valid_until=1_800_000_000,
        key=key,
        status=StatusReference(idx=70_000 + number, uri=f"urn:dpr:status:{issuer}"),
        holder=Holder(
            role=Role.PRESCRIBER,
            name=prescriber["name"],
            prescriber_code=prescriber["prescriber_code"] or None,
            profession=Profession[prescriber["profession"]],
            phone=prescriber["phone"],
            workplace=Workplace(name=workplace["name"], place=workplace["place"], code=workplace["workplace_code"] or None),
        ),
    )
    problems: list[Any] = []
    content = CONTENT.from_json(_content(written), "$", problems)
    if content is None:
        raise SystemExit(f"training {number}: {problems}")
    prescription = Prescription(
        id=bytes(16), authored_at=1_795_000_000, expires_at=days.end_of(days.day_of(1_826_000_000)), content=content
    )
    claims = cbor.encode(CREDENTIAL.to_cbor(credential))
    inner = cose.assemble1(cose.protected_header(key, {cose.TYP: documents.CREDENTIAL_KIND.typ}), claims, bytes(64))
    header = cose.protected_header(key, {cose.TYP: documents.PRESCRIPTION.typ, cose.KCWT: cbor.decode(inner)})
    document = cose.assemble1(header, cbor.encode(PRESCRIPTION.to_cbor(prescription)), bytes(64))
    for random in (bytes(64), bytes(16), key.to_cose()[-2], key.kid):
        document = document.replace(random, GAP)
    return document


def _content(written: dict[str, Any]) -> dict[str, Any]:
    kind = written.get("kind", "prescription")
    content: dict[str, Any] = {"kind": kind, "items": [_item(item, kind) for item in written["items"]]}
    if kind == "prescription":
        content["reason"] = "technical_failure"
    if kind == "animal":
        owner = {"personnummer": written["patient"]["personnummer"], "name": written["patient"]["name"]}
        content["animal"] = {"species": written["animal"]["species"], "owner": owner}
    else:
        content["patient"] = written["patient"]
    return content


def _item(written: dict[str, Any], kind: str) -> dict[str, Any]:
    item = {name: value for name, value in written.items() if value not in ("", None)}
    refusal = item.pop("substitution", "allowed")
    item["substitution"] = {"allowed": True} if refusal == "allowed" else {"allowed": False, "reason": refusal}
    if item.get("benefit"):
        item["benefit_conditions"] = True
    if kind == "animal":
        item.pop("benefit", None)
        item.pop("benefit_conditions", None)
    return item


def segments(samples: list[bytes], size: int) -> list[bytes]:
    """Segments of the samples by how much they repeat over samples, best first, together about `size` bytes."""
    frequency: Counter[bytes] = Counter()
    for sample in samples:
        frequency.update({sample[i : i + GRAM] for i in range(len(sample) - GRAM + 1)})
    chosen: list[bytes] = []
    taken = 0
    pool = [sample[i : i + SEGMENT] for sample in samples for i in range(0, len(sample) - GRAM, SEGMENT // 4)]
    scores = {segment: _score(segment, frequency) for segment in pool}
    while taken < size:
        best = max(scores, key=lambda segment: (scores[segment], segment))
        if scores[best] == 0:
            break
        fresh = _score(best, frequency)
        if fresh < scores[best]:  # an earlier choice already covers part of it
            scores[best] = fresh
            continue
        trimmed = best
        chosen.append(trimmed)
        taken += len(trimmed)
        for i in range(len(best) - GRAM + 1):
            frequency[best[i : i + GRAM]] = 0
        del scores[best]
    return chosen


def _score(segment: bytes, frequency: Counter[bytes]) -> int:
    return sum(max(frequency[segment[i : i + GRAM]] - 1, 0) for i in range(len(segment) - GRAM + 1))


def make(samples: list[bytes], *, size: int = SIZE) -> bytes:
    """The dictionary: rarer words first, then learned segments, the best last."""
    learned: list[bytes] = []
    for segment in reversed(segments(samples, size // 2)):
        learned.append(segment)
    tail = b"".join(learned) + samples[0]
    words = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
    head: list[bytes] = []
    seen: set[bytes] = set()
    room = size - len(tail)
    longest = max(len(entries) for entries in words.values())
    for place in range(longest):
        for entries in words.values():
            if place < len(entries):
                text = cbor.encode(entries[place])
                if text not in seen and entries[place].encode() not in tail and room >= len(text):
                    seen.add(text)
                    head.append(text)
                    room -= len(text)
    return b"".join(reversed(head)) + tail


def deflated(sample: bytes, dictionary: bytes) -> int:
    """Bytes of raw DEFLATE, best strategy."""
    sizes = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_FIXED):
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy, zdict=dictionary)
        sizes.append(len(deflater.compress(sample) + deflater.flush()))
    return min(sizes)


def main() -> None:
    """Writes both files, or compares them."""
    dictionary = make(training_samples())
    lines = base64.b85encode(dictionary).decode("ascii")
    rows = "\n".join(f'    b"{lines[i : i + 100]}"' for i in range(0, len(lines), 100)).replace("\\", "\\\\")
    module = (
        '"""The preset dictionary of `DPR1` QR texts. Made by scripts/make_dictionary.py; normative, never edited.\n\n'
        "Rules: fixed by the prefix DPR1; a copy of schemas/dictionary/dpr1.bin, here because core reads no files.\n\n"
        'Example: `zlib.decompressobj(-15, zdict=DICTIONARY)`\n"""\n\nfrom base64 import b85decode\n\n'
        f"DICTIONARY = b85decode(\n{rows}\n)\n"
    )
    for path, content in ((FOLDER / "dpr1.bin", dictionary), (ROOT / "dpr/core/qr_dictionary.py", module.encode())):
        if "--check" in sys.argv:
            if path.read_bytes() != content:
                raise SystemExit(f"{path.relative_to(ROOT)} is not what the training texts make")
        else:
            path.write_bytes(content)
    print(f"{len(dictionary)} bytes")


if __name__ == "__main__":
    main()
