"""The commands of an issuer about its own key: issuer init, exchange-key, use-key.

Rules: a new key signs only when the authority's published list has it; until then the key before does.

Example: `dpr issuer exchange-key region`, then `dpr issuer use-key region authority/published/trust-list.cbor`
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dpr.apps.cli.common import Context, show

if TYPE_CHECKING:
    from dpr.ports import Signer

_FOLDER = typer.Argument(help="The issuer's folder.")


def add_to(issuer: typer.Typer) -> None:
    """Adds the commands."""
    issuer.command("init", epilog="Example: dpr issuer init region --id SE2321000016-T001 --name Region --role care_provider")(
        issuer_init
    )
    issuer.command("exchange-key", epilog="Example: dpr issuer exchange-key region")(issuer_exchange_key)
    issuer.command("use-key", epilog="Example: dpr issuer use-key region authority/published/trust-list.cbor")(issuer_use_key)


def issuer_init(
    context: typer.Context,
    folder: Path = typer.Argument(help="A new folder for the issuer's key and records."),
    id: str = typer.Option(..., help="The issuer's id: the iss of its credentials."),
    name: str = typer.Option(..., help="The issuer's name."),
    role: str = typer.Option(..., help="care_provider, pharmacy_company, veterinary, relay_operator or register."),
    gln: list[str] = typer.Option([], help="A pharmacy that it may vouch for; may be repeated."),
    organisation: list[str] = typer.Option([], help="Whose HSA-ids its workplaces may have (SE2321000016); may be repeated."),
    key: str | None = typer.Option(None, help="A key that there is (a file or pkcs11:…); else FOLDER/key.pem is made."),
    passphrase_file: Path | None = typer.Option(None, help="The passphrase for key.pem is the only line of this file."),
    unencrypted: bool = typer.Option(False, "--unencrypted", help="key.pem without a passphrase: whoever gets it can sign."),
) -> None:
    """Make an issuer's key and records, and the issuer.json that the authority admits."""
    from dpr.apps.issuer_description import Description
    from dpr.apps.issuer_folder import IssuerFolder

    given: Context = context.obj
    Description.of(id=id, name=name, role=role, glns=gln, organisations=organisation)  # before anybody is asked
    IssuerFolder.check_new(folder)
    signer, passphrase = _new_key(folder, key, passphrase_file, unencrypted)
    IssuerFolder.create(
        folder, id=id, name=name, role=role, glns=gln, organisations=organisation, signer=signer, passphrase=passphrase
    )
    show(f"✓ {folder / 'issuer.json'}")
    given.say("Skicka issuer.json till myndigheten.", "Send issuer.json to the authority.")


def issuer_exchange_key(
    context: typer.Context,
    folder: Path = _FOLDER,
    key: str | None = typer.Option(None, help="A key that there is (a file or pkcs11:…); else FOLDER/key.next.pem is made."),
    passphrase_file: Path | None = typer.Option(None, help="The passphrase for key.pem is the only line of this file."),
    unencrypted: bool = typer.Option(False, "--unencrypted", help="key.pem without a passphrase: whoever gets it can sign."),
    stolen: bool = typer.Option(False, "--stolen", help="The keys before are to count no more."),
) -> None:
    """Prepare the issuer's next key, for the authority to admit. The key before signs until dpr issuer use-key."""
    from dpr.apps.issuer_folder import IssuerFolder
    from dpr.apps.issuer_key import NEXT, prepare

    given: Context = context.obj
    signer, passphrase = _new_key(folder, key, passphrase_file, unencrypted)
    made = prepare(IssuerFolder(folder), signer=signer, passphrase=passphrase, stolen=stolen)
    path, command = folder / NEXT, f"dpr issuer use-key {shlex.quote(str(folder))} trust-list.cbor"
    show(f"✓ {path}  kid {made.kid.hex()}")
    given.say(
        f"Skicka {path} till myndigheten. När dess nya lista är ute: {command}",
        f"Send {path} to the authority. When its new list is out: {command}",
    )


def issuer_use_key(
    context: typer.Context,
    folder: Path = _FOLDER,
    trust_list: Path = typer.Argument(help="The list of issuers that the authority has published: it must have the key."),
) -> None:
    """Take the key of dpr issuer exchange-key into use, once the authority's published list has it."""
    from dpr.apps.issuer_folder import IssuerFolder
    from dpr.apps.issuer_key import take_into_use

    given: Context = context.obj
    made = take_into_use(IssuerFolder(folder), trust_list)
    show(f"✓ {folder / 'issuer.json'}  kid {made.kid.hex()}")
    given.say(
        "Från nu skriver den nya nyckeln under: dpr issuer renew --all, dpr issuer publish.",
        "The new key signs from here on: dpr issuer renew --all, dpr issuer publish.",
    )


def _new_key(
    folder: Path, key: str | None, passphrase_file: Path | None, unencrypted: bool
) -> tuple[Signer | None, bytes | None]:
    """A key that there is, or the passphrase of one to be made."""
    from dpr.adapters.secrets import PASSPHRASE
    from dpr.apps.signers import open_signer

    if sum((bool(key), bool(passphrase_file), unencrypted)) > 1:
        raise typer.BadParameter("one of --key, --passphrase-file and --unencrypted", param_hint="--key")
    if key:
        return open_signer(key), None
    return None, None if unencrypted else PASSPHRASE.new(str(folder / "key.pem"), file=passphrase_file)
