"""How a public key is written in a record: a COSE_Key map in CBOR, its encoding as hexadecimal text in JSON.

Rules: as dpr.core.keys; a weak or private key is a fault of the field.

Example: `Field(8, "key", Wrapped(1, KeyType()))`
"""

from __future__ import annotations

from typing import Any

from dpr.core import cbor
from dpr.core.errors import DocumentError, Problem
from dpr.core.fields import Problems, kind_of
from dpr.core.keys import PublicKey, decode_key


class KeyType:
    """A COSE_Key (RFC 9052 §7)."""

    expected = "a COSE_Key in hexadecimal"

    def from_cbor(self, value: Any) -> PublicKey:
        return decode_key(value)

    def to_cbor(self, value: PublicKey) -> dict[int, Any]:
        return value.to_cose()

    def from_json(self, value: Any, path: str, problems: Problems) -> PublicKey | None:
        try:
            return decode_key(cbor.decode(bytes.fromhex(value)))
        except DocumentError as error:
            problems.append(Problem(path, error.code, "not a usable key", self.expected))
        except (ValueError, TypeError):
            problems.append(Problem(path, "field_type", kind_of(value), self.expected))
        return None

    def to_json(self, value: PublicKey) -> str:
        return cbor.encode(value.to_cose()).hex()

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^([0-9a-f]{2})+$"}
