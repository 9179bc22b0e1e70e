"""A key reference becomes a signer: one syntax wherever a private key is named (docs/keys.md).

Rules: a reference is the path of a PEM file, a `pkcs11:` URI (RFC 7512), or the address of a signing service (`https://`). A
key file that others may read is refused, the published demo keys excepted. Passphrases and PINs come from
dpr.adapters.secrets, never from the reference. A token is opened once in a process and stays open; its PIN is kept in memory,
since a lost session must be opened again with nobody there, and read again where a file has it, which may have changed.

Example: `open_signer("pkcs11:token=dpr;object=pharmacy", where=site.folder).sign(data)`
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dpr.adapters.key_files import KeyFile, check_private
from dpr.adapters.pkcs11_uri import SCHEME, Pkcs11Uri
from dpr.adapters.secrets import PASSPHRASE, PIN
from dpr.core import demo_keys
from dpr.core.errors import SetupError
from dpr.ports import Signer

if TYPE_CHECKING:
    from dpr.adapters.pkcs11_token import Token


def is_file(reference: str) -> bool:
    """Is it a path, and nothing that has a scheme of its own?"""
    return not reference.startswith((SCHEME, "https://", "http://"))


def shown(reference: str, *, where: Path = Path()) -> str:
    """How an error or a person is told of it: without a URI's query."""
    return str(where / reference) if is_file(reference) else reference.partition("?")[0]


def open_signer(reference: str, *, where: Path = Path()) -> Signer:
    """The signer that `reference` names; `where`: the folder that a relative path starts from.

    SetupError `key_file_…`, `secret_…`, `pkcs11_…`, `token_…`, `signer_…`; StorageError `token_…`.
    """
    if is_file(reference):
        return open_key_file(where / reference)
    if not reference.startswith(SCHEME):
        from dpr.adapters.signer_http import Access, HttpSigner

        return HttpSigner(reference, Access.of(os.environ))
    uri = Pkcs11Uri.parse(reference)
    return _token(uri).signer_of(uri)


def open_key_file(path: Path, *, passphrase_file: Path | None = None) -> KeyFile:
    """The key in a file. SetupError `key_file_…`, `secret_…`."""

    def passphrase() -> bytes:
        check_private(path)  # before anybody is asked
        return PASSPHRASE.get(str(path), file=passphrase_file)

    signer = KeyFile.load(path, passphrase)
    if signer.key.thumbprint not in demo_keys.THUMBPRINTS:
        check_private(path)
    return signer


def open_key_store(reference: str) -> Token:
    """The token that a `pkcs11:` URI names, as a `KeyStore`. SetupError `pkcs11_…`, `token_…`, StorageError `token_…`."""
    return _token(Pkcs11Uri.parse(reference))


def create_key(reference: str, *, algorithm: str, passphrase: Callable[[], bytes] | None) -> Signer:
    """A new key (`ES256` or `EdDSA`) where `reference` says. `passphrase` for a file; None leaves it unencrypted.

    SetupError and StorageError as `KeyFile.create` and `KeyStore.create`.
    """
    if is_file(reference):
        return KeyFile.create(Path(reference), algorithm=algorithm, passphrase=passphrase() if passphrase else None)
    uri = Pkcs11Uri.parse(reference)
    if uri.object is None or uri.id is not None:
        raise SetupError("pkcs11_uri_invalid", "pkcs11:token=…;object=…")
    return _token(uri).create(uri.object, algorithm=algorithm)


def _token(uri: Pkcs11Uri) -> Token:
    """The open token of a URI, whatever key it names."""
    return _opened(uri._replace(object=None, id=None))


@cache
def _opened(uri: Pkcs11Uri) -> Token:
    try:
        from dpr.adapters.pkcs11_token import Token
    except ModuleNotFoundError as error:
        raise SetupError("pkcs11_not_installed", error.name or "") from None
    return Token.open(uri, _Pin(uri), module=os.environ.get("DPR_PKCS11_MODULE"))


class _Pin:
    """The PIN of a token each time its session must be opened: from its file as it is now; asked for once where it has none."""

    def __init__(self, uri: Pkcs11Uri) -> None:
        self._uri, self._held = uri, b""

    def __call__(self) -> bytes:
        if not self._held or PIN.file(self._uri.pin_source):
            try:
                self._held = PIN.get(str(self._uri), file=self._uri.pin_source)
            except SetupError:
                if not self._held:
                    raise
        return self._held
