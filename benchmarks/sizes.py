"""Bytes and QR versions of realistic prescriptions: the largest of each set, so that a goal holds for all of them."""

from __future__ import annotations

import json

from benchmarks.__main__ import Row
from benchmarks.verdict import MEASURED
from dpr.adapters.qr_write import version_of
from dpr.core import qr
from tests.world import World


def rows() -> list[Row]:
    """qr_one_item_version, qr_three_items_version, qr_one_item_kid_version, and bytes."""
    found = []
    for name, pattern, embedded, goal in (
        ("qr_one_item", "one-item*.json", True, 16),
        ("qr_three_items", "three-items*.json", True, 19),
        ("qr_one_item_kid", "one-item*.json", False, 12),
    ):
        texts, sizes = [], []
        for path in sorted(MEASURED.glob(pattern)):
            world = World()
            value = world.prescription(json.loads(path.read_text("utf-8")))
            document = world.prescription_document(value, embedded=embedded)
            texts.append(qr.to_text(document))
            sizes.append(len(document))
        found.append(Row(f"{name}_version", max(map(version_of, texts)), "version, largest of the set", goal))
        found.append(Row(f"{name}_digits", max(map(len, texts)) - len(qr.PREFIX), "digits, largest of the set"))
        found.append(Row(f"{name}_bytes", max(sizes), "bytes of the document, largest of the set"))
    return found
