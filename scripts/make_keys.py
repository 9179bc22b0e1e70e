"""Makes the demo keys under keys/ and their thumbprints in dpr/core/demo_keys.py: the same bytes each time.

Rules: a demo key is derived from its public label, so anybody has it; every file says so; a production policy refuses them by
their thumbprints. `--check` compares.

Usage: python scripts/make_keys.py [--check]
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from dpr.adapters.key_files import KeyFile, private_pem

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("authority-1", "authority-2", "authority-3", "care-provider", "pharmacy-company", "veterinary")
NAMES += ("prescriber", "prescriber-revoked", "veterinarian", "pharmacist", "pharmacy")
ORDER = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
MARK = b"DEMO KEY of dpr: made from its public name, known to everybody, refused in production.\n"


def demo_key(name: str) -> ec.EllipticCurvePrivateKey:
    """The demo key of a name."""
    seed = int.from_bytes(hashlib.sha256(b"dpr demo key: " + name.encode()).digest(), "big")
    return ec.derive_private_key(seed % (ORDER - 1) + 1, ec.SECP256R1())


def main() -> None:
    """Writes or compares every file."""
    made = {ROOT / "keys" / f"demo-{name}.pem": MARK + private_pem(demo_key(name)) for name in NAMES}
    prints = [KeyFile(demo_key(name)).key.thumbprint.hex() for name in NAMES]
    rows = "".join(f'        bytes.fromhex("{print_}"),  # {name}\n' for name, print_ in zip(NAMES, prints, strict=True))
    module = (
        '"""The thumbprints of the demo keys under keys/, which production refuses. Made by scripts/make_keys.py.\n\n'
        "Rules: never edited; a key whose thumbprint is here is known to everybody.\n\n"
        'Example: `key.thumbprint in THUMBPRINTS`\n"""\n\n'
        f"THUMBPRINTS = frozenset(\n    (\n{rows}    )\n)\n"
    )
    made[ROOT / "dpr" / "core" / "demo_keys.py"] = module.encode()
    for path, content in made.items():
        if "--check" in sys.argv:
            if not path.exists() or path.read_bytes() != content:
                raise SystemExit(f"{path.relative_to(ROOT)} is not what scripts/make_keys.py makes")
        else:
            path.write_bytes(content)


if __name__ == "__main__":
    main()
