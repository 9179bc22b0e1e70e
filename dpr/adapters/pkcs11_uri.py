"""PKCS #11 URIs (RFC 7512): which key in which token, through which module, and which file holds the PIN.

Rules: an attribute that is not known here is refused, since leaving it out could choose another key; so is `pin-value`, since
it would stand in arguments and logs. What is shown of a URI (`str`) is its token and key, never a query.

Example: `Pkcs11Uri.parse("pkcs11:token=dpr;object=pharmacy?module-path=/usr/lib/softhsm/libsofthsm2.so")`
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from dpr.core.errors import SetupError

SCHEME = "pkcs11:"
_PATH = ("token", "serial", "manufacturer", "model", "object", "id", "type")
_QUERY = ("module-path", "pin-source")
_LIMIT = 2_000
#: RFC 7512 §2.3, pk11-pchar and pk11-qchar, a little wider: what is printable and does not separate.
_VALUE = re.compile(r"(?:[^%;?&#\x00-\x20\x7f]|%[0-9A-Fa-f]{2})*")


class Pkcs11Uri(NamedTuple):
    """A parsed URI; None where an attribute is not given."""

    token: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    object: str | None = None
    id: bytes | None = None
    module_path: str | None = None
    pin_source: Path | None = None

    @classmethod
    def parse(cls, uri: str) -> Pkcs11Uri:
        """The parts. SetupError `pkcs11_uri_invalid`, `pkcs11_pin_in_uri`; neither shows the URI's values."""
        if not uri.startswith(SCHEME) or len(uri) > _LIMIT:
            raise SetupError("pkcs11_uri_invalid", "pkcs11:token=…;object=…")
        path, _, query = uri.removeprefix(SCHEME).partition("?")
        if "pin-value" in unquote_to_bytes(uri).decode("latin-1").lower():
            raise SetupError("pkcs11_pin_in_uri", "pin-value")
        parts = _attributes(path, ";", _PATH) | _attributes(query, "&", _QUERY)
        texts = {name: _text(name, parts.get(name)) for name in (*_PATH, *_QUERY) if name != "id"}
        if texts["type"] not in (None, "private"):
            raise SetupError("pkcs11_uri_invalid", "type")
        source = texts["pin-source"]
        return cls(
            token=texts["token"],
            serial=texts["serial"],
            manufacturer=texts["manufacturer"],
            model=texts["model"],
            object=texts["object"],
            id=parts.get("id"),
            module_path=texts["module-path"],
            pin_source=None if source is None else _file(source),
        )

    def __str__(self) -> str:
        shown = {"token": self.token, "serial": self.serial, "object": self.object}
        parts = [f"{name}={quote(value)}" for name, value in shown.items() if value is not None]
        if self.id is not None:
            parts.append("id=" + "".join(f"%{byte:02X}" for byte in self.id))
        return SCHEME + ";".join(parts)


def _attributes(written: str, separator: str, known: tuple[str, ...]) -> dict[str, bytes]:
    """Every attribute by name, its value unquoted."""
    found: dict[str, bytes] = {}
    for part in written.split(separator) if written else ():
        name, equals, value = part.partition("=")
        if not equals or name not in known or name in found or not _VALUE.fullmatch(value):
            raise SetupError("pkcs11_uri_invalid", name if name in known else "; ".join(known))
        found[name] = unquote_to_bytes(value)
    return found


def _text(name: str, value: bytes | None) -> str | None:
    try:
        text = None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        raise SetupError("pkcs11_uri_invalid", name) from None
    if text is not None and not (text and text.isprintable()):
        raise SetupError("pkcs11_uri_invalid", name)
    return text


def _file(source: str) -> Path:
    """`pin-source` is a file here, never a command to run (RFC 7512 §2.4 leaves both open)."""
    path = Path(source.removeprefix("file://").removeprefix("file:"))
    if not path.is_absolute():
        raise SetupError("pkcs11_uri_invalid", "pin-source=file:/…")
    return path
