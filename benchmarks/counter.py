"""What a person waits for: help, a printed page, reading a clean image and a photo, a durable dispensing."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from PIL import Image

from benchmarks.__main__ import Row
from benchmarks.measure import median_seconds
from dpr.adapters.ledger_sql import SqlLedger
from dpr.adapters.print_pdf import prescription_pdf
from dpr.adapters.qr_read import read_codes
from dpr.adapters.qr_write import png
from dpr.apps.demo.damage import damage
from dpr.apps.sheet import sheet_of
from dpr.core import qr
from dpr.core.trust_list import Environment
from tests.flows.counter import Counter


def rows() -> list[Row]:
    """help_seconds (goal 0.4), print_ms, scan_clean_ms, scan_photo_ms, dispense_ms."""
    counter = Counter()
    text = qr.to_text(counter.world.prescription_document())
    verdict = counter.receive().verdict
    sheet = sheet_of(verdict, (text,), "sv", environment=Environment.TEST, catalogue=None)
    clean = png(text)
    photo = io.BytesIO()
    damage(Image.open(io.BytesIO(clean)), "rotation", strength=0.4, seed=1).save(photo, "JPEG", quality=70)
    command = [str(Path(sys.executable).with_name("dpr")), "--help"]
    return [
        Row("help_seconds", median_seconds(lambda: subprocess.run(command, capture_output=True, check=True)), "s", 0.4),
        Row("print_ms", 1e3 * median_seconds(lambda: prescription_pdf(sheet)), "ms"),
        Row("scan_clean_ms", 1e3 * median_seconds(lambda: read_codes(clean)), "ms"),
        Row("scan_photo_ms", 1e3 * median_seconds(lambda: read_codes(photo.getvalue())), "ms"),
        Row("dispense_ms", 1e3 * _dispense_seconds(), "ms"),
    ]


def _dispense_seconds() -> float:
    """A whole dispensing: judge again, make and sign the record, durable commit."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = SqlLedger.open(Path(folder) / "ledger.db", now=0)
        counter = Counter(ledger=ledger)
        prescriptions = [counter.world.prescription(authored_at=counter.now - second) for second in range(60, 80)]
        ids = []
        for number, value in enumerate(prescriptions):
            fresh = msgspec.structs.replace(value, id=number.to_bytes(16, "big"))
            counter.receive(counter.world.prescription_document(fresh))
            ids.append(fresh.id)
        waiting = iter(ids)
        seconds = median_seconds(lambda: counter.dispense(prescription_id=next(waiting)), rounds=15)
        ledger.close()
        return seconds
