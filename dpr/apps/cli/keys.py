"""The commands for private keys: key new, request, show, passphrase, list.

Rules: a key is a PEM file or in a token (`pkcs11:…`); files are encrypted unless `--unencrypted` says otherwise. Passphrases
and PINs come from files or are asked for, never from arguments.

Example: `dpr key new prescriber.pem`
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import JSON, Context, check_out, show, show_json, write_out

if TYPE_CHECKING:
    from dpr.core.keys import PublicKey
    from dpr.ports import KeyStore

key = typer.Typer(no_args_is_help=True, help="Private keys, in files or in an HSM (docs/keys.md).")
_REFERENCE = "A key file (PEM), or pkcs11:token=…;object=…"


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(key, name="key")


@key.command("new", epilog="Example: dpr key new prescriber.pem")
def key_new(
    context: typer.Context,
    reference: str = typer.Argument(metavar="KEY", help=f"Where the key goes. {_REFERENCE}."),
    algorithm: str = typer.Option("ES256", help="ES256 or EdDSA."),
    passphrase_file: Path | None = typer.Option(None, help="The passphrase is the only line of this file."),
    unencrypted: bool = typer.Option(False, "--unencrypted", help="No passphrase: whoever gets the file can sign."),
    request: Path | None = typer.Option(None, help="What the issuer gets; for a file KEY.request unless named."),
) -> None:
    """Make a private key and the request for a credential, which proves that its holder has the key."""
    from dpr.adapters.key_files import write_new
    from dpr.adapters.secrets import PASSPHRASE
    from dpr.apps.signers import create_key, is_file, shown
    from dpr.core.errors import StorageError
    from dpr.core.key_request import make

    given: Context = context.obj
    if algorithm not in ("ES256", "EdDSA"):
        raise typer.BadParameter("ES256 or EdDSA", param_hint="--algorithm")
    if unencrypted and passphrase_file:
        raise typer.BadParameter("one of --unencrypted and --passphrase-file", param_hint="--unencrypted")
    path = Path(reference) if is_file(reference) else None
    if path is None and (unencrypted or passphrase_file):
        raise typer.BadParameter("the key is in a token, which has a PIN", param_hint="--passphrase-file")
    if path is not None:
        request = request or path.with_name(path.name + ".request")
    for one in (path, request):
        if one is not None and one.exists():
            raise StorageError("key_file_exists", str(one))
    passphrase = None if unencrypted else lambda: PASSPHRASE.new(reference, file=passphrase_file)
    made = create_key(reference, algorithm=algorithm, passphrase=passphrase)
    if request is None:
        show(f"✓ {shown(reference)}")
        given.say("Begäran till utfärdaren: dpr key request … --out FIL", "The request: dpr key request … --out FILE")
        return
    write_new(request, make(made), mode=0o644)
    show(f"✓ {shown(reference)}  {request}")


@key.command("request", epilog="Example: dpr key request prescriber.pem --out prescriber.request")
def key_request(
    context: typer.Context,
    reference: str = typer.Argument(metavar="KEY", help=f"{_REFERENCE}."),
    out: Path = typer.Option(..., help="Where the request goes; the issuer gets this file."),
) -> None:
    """Make the request for a credential anew, from a key that there is."""
    from dpr.apps.signers import open_signer
    from dpr.core.key_request import make

    check_out(out, inputs=[reference])
    write_out(out, make(open_signer(reference)), inputs=[reference])
    show(f"✓ {out}")


@key.command("show", epilog="Example: dpr key show prescriber.pem.request")
def key_show(
    context: typer.Context,
    reference: str = typer.Argument(metavar="KEY", help=f"{_REFERENCE}, a request or a credential."),
    as_json: bool = JSON,
) -> None:
    """Show the public half of a key: to be compared by eye or over the telephone."""
    given: Context = context.obj
    found = _public_key(reference)
    members = _members(found)
    if as_json:
        show_json(members)
        return
    given.say(f"Algoritm:     {members['algorithm']}", f"Algorithm:    {members['algorithm']}")
    show(f"Kid:          {members['kid']}")
    groups = [members["thumbprint"][at : at + 4] for at in range(0, 64, 4)]
    given.say(f"Nyckelavtryck: {' '.join(groups[:8])}", f"Thumbprint:    {' '.join(groups[:8])}")
    show(f"               {' '.join(groups[8:])}")


@key.command("passphrase", epilog="Example: dpr key passphrase prescriber.pem")
def key_passphrase(
    context: typer.Context,
    path: Path = typer.Argument(metavar="KEY", help="The key file."),
    passphrase_file: Path | None = typer.Option(None, help="The passphrase that it has is the only line of this file."),
    new_passphrase_file: Path | None = typer.Option(None, help="The passphrase that it gets is the only line of this file."),
    unencrypted: bool = typer.Option(False, "--unencrypted", help="Take the passphrase away."),
) -> None:
    """Change the passphrase of a key file, or encrypt one that has none; the key stays the same."""
    from dpr.adapters.secrets import NEW_PASSPHRASE
    from dpr.apps.signers import open_key_file

    if unencrypted and new_passphrase_file:
        raise typer.BadParameter("one of --unencrypted and --new-passphrase-file", param_hint="--unencrypted")
    opened = open_key_file(path, passphrase_file=passphrase_file)
    opened.reencrypt(path, None if unencrypted else NEW_PASSPHRASE.new(str(path), file=new_passphrase_file))
    show(f"✓ {path}")


@key.command("list", epilog="Example: dpr key list pkcs11:token=dpr")
def key_list(
    context: typer.Context,
    reference: str = typer.Argument(metavar="TOKEN", help="pkcs11:token=…"),
    as_json: bool = JSON,
) -> None:
    """List the keys in a token: label, kid and algorithm."""
    from dpr.apps.signers import open_key_store

    store = open_key_store(reference)
    rows = [{"label": label, **_in_token(store, label)} for label in store.labels()]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        show("  ".join(str(row[name]) for name in ("label", "kid", "algorithm", "error") if name in row))


def _in_token(store: KeyStore, label: str) -> dict[str, str]:
    """What is shown of a key; one that cannot be used is named with its code and hides no other."""
    from dpr.core.errors import SetupError

    try:
        return _members(store.signer(label).key)
    except SetupError as error:
        return {"error": error.code}


def _members(found: PublicKey) -> dict[str, str]:
    from dpr.core.keys import ALGORITHMS

    return {"kid": found.kid.hex(), "thumbprint": found.thumbprint.hex(), "algorithm": ALGORITHMS[found.alg]}


def _public_key(reference: str) -> PublicKey:
    """Of a private key, a request or a credential. SetupError, StorageError, DocumentError."""
    from dpr.adapters import files
    from dpr.apps.signers import is_file, open_signer
    from dpr.core import documents, key_request
    from dpr.core.errors import DocumentError, SetupError

    if not is_file(reference):
        return open_signer(reference).key
    content = files.read(Path(reference), limit=documents.MAX_DOCUMENT_BYTES)
    if content[:1] != b"\xd2":  # no COSE_Sign1
        return open_signer(reference).key
    for read in (key_request.read, _of_credential):
        try:
            return read(content)
        except DocumentError:
            continue
    raise SetupError("key_show_nothing", reference)


def _of_credential(content: bytes) -> PublicKey:
    """Says nothing about its signature."""
    from dpr.core import documents

    credential = documents.read_claims(documents.CREDENTIAL_KIND, documents.split(content)[1])
    return credential.key
