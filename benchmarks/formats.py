"""The same prescription in five signed formats: bytes, characters in the QR code, QR version at level M.

Rules: one content (examples/prescriptions/measured), one signer, one issuer above the signer; every artefact is whole and is
verified by a library of its own field in `.venv-peers` (tests/peers/verify_formats.py), which says what it read. What proves
who signed is dpr's credential or one X.509 certificate that says the same, issued by the key that the reader already holds.
Where a format leaves a choice, the smaller is taken; segments of the QR code are as the format's specification says, and for
one without any (mdoc, SD-JWT) dense ones that a reader of today could take. All at level M.

Example: `artefacts(world, value)[0].version == 16`
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import qrcode
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from qrcode import constants, exceptions, util

from benchmarks import formats_cbor, formats_json
from benchmarks.verdict import MEASURED
from dpr.core import qr
from dpr.core.prescription import Prescription
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent
PEER_PYTHON = Path(f"{sys.prefix}-peers") / "bin" / "python"
#: (mode, content) of each segment; modes as the library `qrcode` numbers them.
Segments = Sequence[tuple[int, bytes]]


class Format(NamedTuple):
    """One way to write the prescription. `proof`: what travels along that proves who signed ("" for nothing); `shown`: it
    stands for its family in the rows of `make bench`; `family`: what the plots show together."""

    name: str
    family: str
    title: str
    proof: str
    shown: bool = False


_CARD, _CARD_FHIR = "SMART Health Card style, dpr's claims", "SMART Health Card style, FHIR"
#: Every format there is here, in the order of the tables.
FORMATS = (
    Format("dpr", "dpr", "dpr", "credential", True),
    Format("dpr_kid", "dpr", "dpr", ""),
    Format("dcc", "dcc", "EU DCC style", "credential", True),
    Format("dcc_x5chain", "dcc", "EU DCC style", "certificate"),
    Format("dcc_kid", "dcc", "EU DCC style", ""),
    Format("mdoc", "mdoc", "ISO 18013-5 mdoc", "certificate", True),
    Format("shc", "shc", _CARD, "certificate", True),
    Format("shc_kid", "shc", _CARD, ""),
    Format("shc_fhir", "shc_fhir", _CARD_FHIR, "certificate"),
    Format("shc_fhir_kid", "shc_fhir", _CARD_FHIR, ""),
    Format("sdjwt", "sdjwt", "SD-JWT", "certificate", True),
    Format("sdjwt_kid", "sdjwt", "SD-JWT", ""),
)


class Artefact(NamedTuple):
    """`data`: the signed thing; `segments`: what its QR code holds; `task`: what a peer needs to verify it."""

    format: Format
    data: bytes
    segments: Segments
    task: dict[str, Any]

    @property
    def characters(self) -> int:
        """Characters, digits or (in byte mode) bytes in the QR code."""
        return sum(len(content) for _, content in self.segments)

    @property
    def version(self) -> int | None:
        """QR version at level M; None when it needs more than version 40."""
        symbol = qrcode.QRCode(error_correction=constants.ERROR_CORRECT_M)
        for mode, content in self.segments:
            symbol.add_data(util.QRData(content, mode=mode))
        try:
            return int(symbol.best_fit())
        except (exceptions.DataOverflowError, ValueError):
            return None


def artefacts(world: World, value: Prescription) -> list[Artefact]:
    """`value` in every format of `FORMATS`, signed by the world's prescriber."""
    made: dict[str, tuple[bytes, Segments, dict[str, Any]]] = {}
    key = {"key": _pem(world.prescriber.key.key), "issuer": _pem(world.care.key.key)}
    for name, embedded in (("dpr", True), ("dpr_kid", False)):
        document = world.prescription_document(value, embedded=embedded)
        digits = qr.to_text(document).removeprefix(qr.PREFIX)
        segments = ((util.MODE_ALPHA_NUM, qr.PREFIX.encode()), (util.MODE_NUMBER, digits.encode()))
        made[name] = document, segments, {"task": "dpr", "document": document.hex()}
    made |= formats_cbor.made(world, value) | formats_json.made(world, value)
    return [Artefact(one, *made[one.name][:2], made[one.name][2] | key) for one in FORMATS]


def _pem(key: Any) -> str:
    return str(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def prescriptions(world: World, pattern: str) -> list[Prescription]:
    """The measured texts whose file names match."""
    return [world.prescription(json.loads(path.read_text("utf-8"))) for path in sorted(MEASURED.glob(pattern))]


def checked(made: Iterable[Artefact]) -> list[dict[str, Any]]:
    """What a peer's library read in each: `by` (library and version), `content`, `chain` (was the proof of who signed
    verified too?), or `error`."""
    script = ROOT / "tests" / "peers" / "verify_formats.py"
    tasks = json.dumps([one.task for one in made])
    ran = subprocess.run([PEER_PYTHON, script], input=tasks, capture_output=True, text=True, check=True)
    answers: list[dict[str, Any]] = json.loads(ran.stdout)
    return answers


def measured() -> list[dict[str, Any]]:
    """Every format with its sizes for one and three items: the largest of each set of texts, as in benchmarks.sizes."""
    world = World()
    sets = {
        name: [artefacts(world, value) for value in prescriptions(world, f"{name}-item*.json")] for name in ("one", "three")
    }
    every = [one for texts in sets.values() for made in texts for one in made]
    answers = checked(every)
    for one, answer in zip(every, answers, strict=True):
        if "error" in answer or answer["chain"] is not bool(one.format.proof):
            raise RuntimeError(f"{one.format.name} is no such document: {answer}")
    rows = []
    for index, form in enumerate(FORMATS):
        row: dict[str, Any] = {**form._asdict(), "verified_by": answers[index]["by"]}
        for name, made in sets.items():
            versions = [texts[index].version for texts in made]
            row[name] = {
                "bytes": max(len(texts[index].data) for texts in made),
                "characters": max(texts[index].characters for texts in made),
                "version": None if None in versions else max(version for version in versions if version),
            }
        rows.append(row)
    return rows
