"""What reading a picture gives, wherever it is read: dpr.adapters.qr_read in this process, dpr.adapters.qr_process in another.

Rules: nothing heavy is imported here.

Example: `Reading(("DPR1…",), ("zxing",))`
"""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """`texts`: distinct, in the order found; `readers`: the steps that found them; `notes`: codes of dpr.core.codes;
    `embedded`: documents that a PDF holds as files, in hexadecimal."""

    texts: tuple[str, ...]
    readers: tuple[str, ...]
    notes: tuple[str, ...] = ()
    embedded: tuple[str, ...] = ()

    @property
    def documents(self) -> tuple[bytes, ...]:
        """What is embedded, to be compared with what the codes hold (dpr.core.attached)."""
        return tuple(map(bytes.fromhex, self.embedded))
