"""Makes tests/vectors/: documents and texts, each with at most one fault, and what dpr says of them. The same bytes each time.

Rules: keys are derived from labels and ECDSA is deterministic (RFC 6979), so nothing is random; expected codes are written
by hand beside each fault, never taken from what the code says. `--check` compares.

Usage: python scripts/make_vectors.py [--check]
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from vectors import (
    of_address_book,
    of_body,
    of_carriage,
    of_cbor,
    of_chain,
    of_cose,
    of_credential,
    of_dispensing,
    of_keys,
    of_mail_key,
    of_message,
    of_parts,
    of_prescription,
    of_prescription_bytes,
    of_prescription_chain,
    of_prescription_content,
    of_prescription_grace,
    of_prescription_revoked,
    of_prescription_trust,
    of_qr,
    of_receipt,
    of_revocation,
    of_root,
    of_sealed,
    of_snapshot,
    of_status_list,
    of_token,
    of_trust_list,
)

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "vectors"


def files() -> dict[str, dict[str, Any]]:
    """Every file, by name."""
    return {
        "cbor": of_cbor.made(),
        "key": of_keys.made(),
        "cose": of_cose.made(),
        "qr": of_qr.made(),
        "parts": of_parts.made(),
        "credential": of_credential.made(),
        "status_list": of_status_list.made(),
        "revocation": of_revocation.made(),
        "root": of_root.made(),
        "trust_list": of_trust_list.made(),
        "snapshot": of_snapshot.made(),
        "dispensing": of_dispensing.made(),
        "message": of_message.made(),
        **of_sealed.made(),
        "mail_key": of_mail_key.made(),
        "token": of_token.made(),
        "receipt": of_receipt.made(),
        "chain": of_chain.made(),
        "carriage": of_carriage.made(),
        "address_book": of_address_book.made(),
        "body": of_body.made(),
        "prescription": of_prescription.made(),
        "prescription_bytes": of_prescription_bytes.made(),
        **of_prescription_chain.made(),
        **of_prescription_content.made(),
        "prescription_trust": of_prescription_trust.made(),
        "prescription_revoked": of_prescription_revoked.made(),
        "prescription_grace": of_prescription_grace.made(),
    }


#: A row of label and value, which stands on a line of its own.
_ROW = re.compile(r'\[\n\s+("(?:[^"\\]|\\.)*"),\n\s+("(?:[^"\\]|\\.)*")\n\s+\]')


def written(file: dict[str, Any]) -> str:
    """A file as text."""
    return _ROW.sub(r"[\1, \2]", json.dumps(file, ensure_ascii=False, indent=1)) + "\n"


def main() -> None:
    """Writes or compares every file."""
    made = {FOLDER / f"{name}.json": written(file) for name, file in files().items()}
    stray = set(FOLDER.glob("*.json")) - made.keys()
    if "--check" not in sys.argv:
        for path, text in made.items():
            path.write_text(text, encoding="utf-8")
        for path in stray:
            path.unlink()
        return
    differing = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if stray or differing:
        names = ", ".join(sorted(path.name for path in [*stray, *differing]))
        raise SystemExit(f"not what scripts/make_vectors.py makes: {names}")


if __name__ == "__main__":
    main()
