"""The examples of docs/protocol.md, each from a named vector of tests/vectors/.

Rules: as in scripts/format_examples.py.

Example: `EXAMPLES["sealed"]()`
"""

from __future__ import annotations

from collections.abc import Callable

from dpr.core import cbor
from dpr.core.byte_strings import byte_string_at
from dpr.core.mail import sealing
from dpr.core.mail.receipt import RECEIPT
from scripts.format_examples import block, diagnostic, vector


def of_sealed() -> str:
    """The header of a sealed message and what is bound by it."""
    data = bytes.fromhex(vector("sealed:smallest-bucket")["input"])
    protected, _ = byte_string_at(data, 2)
    header = cbor.decode(protected)
    shown = diagnostic({label: value for label, value in header.items() if label != 15})
    claims = diagnostic(header[15], sealing.OUTER)
    ciphertext = sealing.read(data).ciphertext
    return "Vector `sealed:smallest-bucket`, whose private key is in vector `opened:one-prescription`:\n\n" + block(
        f"protected   h'{protected.hex()}'",
        f"            = {shown}, and 15: {claims}",
        f"info        h'{sealing.info_of(protected).hex()}'",
        f"ciphertext  {len(ciphertext)} bytes: h'{ciphertext[:16].hex()}…{ciphertext[-16:].hex()}'",
    )


def of_receipt() -> str:
    """An R1 and an R4."""
    lines = []
    for name in ("r1-second", "r4-rejected"):
        payload = cbor.decode(bytes.fromhex(vector(f"receipt:{name}")["input"])).value[2]
        lines.append(f"{name}  {diagnostic(cbor.decode(payload), RECEIPT)}")
    return "The claims of vectors `receipt:r1-second` and `receipt:r4-rejected`:\n\n" + block(*lines)


EXAMPLES: dict[str, Callable[[], str]] = {"sealed": of_sealed, "receipt": of_receipt}
