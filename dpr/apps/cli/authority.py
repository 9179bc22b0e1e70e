"""The commands that set up trust: authority, issuer, key, trust.

Example: `dpr key new p.pem`, then `dpr issuer credential chain p.pem.request --holder p.json --out p.cbor`
"""

from __future__ import annotations

from pathlib import Path

import typer

from dpr.apps.cli.common import JSON, OK, Context, age_words, check_out, plain, show, show_json

authority = typer.Typer(no_args_is_help=True, help="The authority: who may vouch for prescribers and pharmacies.")
issuer = typer.Typer(no_args_is_help=True, help="An issuer: a care provider, pharmacy company or veterinary organisation.")
key = typer.Typer(no_args_is_help=True, help="Private keys in files.")
trust = typer.Typer(no_args_is_help=True, help="The trust data that this site holds.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(authority, name="authority")
    app.add_typer(issuer, name="issuer")
    app.add_typer(key, name="key")
    app.add_typer(trust, name="trust")


@authority.command("init", epilog="Example: dpr authority init authority --name se-test --environment test")
def authority_init(
    context: typer.Context,
    folder: Path = typer.Argument(help="A new folder for the authority's keys and lists."),
    name: str = typer.Option(..., help="The authority's name."),
    environment: str = typer.Option("test", help="test or production; the two never mix."),
    keys: int = typer.Option(1, min=1, max=16, help="How many keys to make."),
    threshold: int = typer.Option(1, min=1, max=16, help="How many of them must sign."),
) -> None:
    """Make the authority's keys and the anchor that every site is installed with."""
    from dpr.apps.trust_setup import Authority

    made = Authority.create(folder, name=name, environment=environment, keys=keys, threshold=threshold)
    show(f"✓ {made.folder / 'anchor.json'}")


@authority.command("add-issuer", epilog="Example: dpr authority add-issuer authority region/issuer.json --days 365")
def authority_add(
    context: typer.Context,
    folder: Path = typer.Argument(help="The authority's folder."),
    description: Path = typer.Argument(help="The issuer's issuer.json (from dpr issuer init)."),
    days: int = typer.Option(365, min=1, max=3650, help="How long the issuer is in force."),
) -> None:
    """Admit an issuer, with its key and scope. It counts from the next `dpr authority publish`."""
    from dpr.apps.trust_setup import Authority

    given: Context = context.obj
    admitted = Authority(folder).add_issuer(description, days=days, now=given.site().now())
    show(f"✓ {admitted.id}  {admitted.name}  {admitted.role.name.lower()}")
    given.say(f"Gäller från nästa: dpr authority publish {folder}", f"Counts from the next: dpr authority publish {folder}")


@authority.command("publish", epilog="Example: dpr authority publish authority --next-update-days 7")
def authority_publish(
    context: typer.Context,
    folder: Path = typer.Argument(help="The authority's folder."),
    next_update_days: int = typer.Option(7, min=1, max=400, help="When the next version is due at the latest."),
) -> None:
    """Sign the next version of the trust list with every key in the folder."""
    from dpr.apps.trust_setup import Authority

    given: Context = context.obj
    published = Authority(folder).publish(next_update_days=next_update_days, now=given.site().now())
    show(f"✓ {folder / 'trust-list.cbor'}  version {published.content.version}")


@issuer.command("init", epilog="Example: dpr issuer init region --id SE2321000016-T001 --name Region --role care_provider")
def issuer_init(
    context: typer.Context,
    folder: Path = typer.Argument(help="A new folder for the issuer's key and records."),
    id: str = typer.Option(..., help="The issuer's id: the iss of its credentials."),
    name: str = typer.Option(..., help="The issuer's name."),
    role: str = typer.Option(..., help="care_provider, pharmacy_company or veterinary."),
    gln: list[str] = typer.Option([], help="A pharmacy that it may vouch for; may be repeated."),
) -> None:
    """Make an issuer's key, and the issuer.json that the authority admits."""
    from dpr.apps.trust_setup import IssuerFolder

    IssuerFolder.create(folder, id=id, name=name, role=role, glns=gln)
    show(f"✓ {folder / 'issuer.json'}")


@issuer.command("credential", epilog="Example: dpr issuer credential region p.pem.request --holder p.json --out p.cbor")
def issuer_credential(
    context: typer.Context,
    folder: Path = typer.Argument(help="The issuer's folder."),
    request: Path = typer.Argument(help="The request made with the key (dpr key new)."),
    holder: Path = typer.Option(..., help="Who holds the key, as JSON (role, name, profession, …)."),
    out: Path = typer.Option(..., help="Where the credential goes."),
    days: int = typer.Option(90, min=1, max=3650, help="How long it is valid."),
    as_json: bool = JSON,
) -> None:
    """Vouch for a person or a pharmacy who has shown to hold a key."""
    from dpr.apps.trust_setup import IssuerFolder

    given: Context = context.obj
    check_out(out, inputs=[request, holder])
    credential = IssuerFolder(folder).issue(request, holder, out, days=days, now=given.site().now())
    if as_json:
        show_json({"id": credential.id, "status_index": credential.status.idx, "file": str(out)})
    else:
        show(f"✓ {out}  id {credential.id}  status {credential.status.idx}")


@issuer.command("revoke", epilog="Example: dpr issuer revoke region p.cbor")
def issuer_revoke(
    context: typer.Context,
    folder: Path = typer.Argument(help="The issuer's folder."),
    credential: Path = typer.Argument(help="The credential to revoke."),
    suspend: bool = typer.Option(False, "--suspend", help="Suspend, which can be lifted with --lift."),
    lift: bool = typer.Option(False, "--lift", help="Lift a suspension."),
) -> None:
    """Revoke or suspend a credential. It counts from the next `dpr issuer publish`."""
    from dpr.apps.trust_setup import IssuerFolder

    if suspend and lift:
        raise typer.BadParameter("one of --suspend and --lift", param_hint="--lift")
    given: Context = context.obj
    status = IssuerFolder(folder).set_status(credential, suspend=suspend, lift=lift)
    show(f"✓ {status.name.lower()}")
    given.say(f"Gäller från nästa: dpr issuer publish {folder}", f"Counts from the next: dpr issuer publish {folder}")


@issuer.command("publish", epilog="Example: dpr issuer publish region")
def issuer_publish(context: typer.Context, folder: Path = typer.Argument(help="The issuer's folder.")) -> None:
    """Sign the status list of all this issuer's credentials."""
    from dpr.apps.trust_setup import IssuerFolder

    given: Context = context.obj
    show(f"✓ {IssuerFolder(folder).publish(now=given.site().now())}")


@key.command("new", epilog="Example: dpr key new prescriber.pem")
def key_new(
    context: typer.Context,
    path: Path = typer.Argument(help="Where the private key goes; PATH.request is what the issuer gets."),
    algorithm: str = typer.Option("ES256", help="ES256 or EdDSA."),
) -> None:
    """Make a private key and the request for a credential, which proves that its holder has the key."""
    from dpr.adapters.key_files import KeyFile, write_new
    from dpr.core.errors import StorageError
    from dpr.core.key_request import make

    if algorithm not in ("ES256", "EdDSA"):
        raise typer.BadParameter("ES256 or EdDSA", param_hint="--algorithm")
    request = path.with_name(path.name + ".request")
    if request.exists():
        raise StorageError("key_file_exists", str(request))
    made = KeyFile.create(path, algorithm=algorithm)
    write_new(request, make(made), mode=0o644)
    show(f"✓ {path}  {request}")


@trust.command("add", epilog="Example: dpr trust add authority/anchor.json authority/trust-list.cbor region/status.cbor")
def trust_add(
    context: typer.Context,
    files: list[Path] = typer.Argument(help="anchor.json (first time), trust lists, status lists, credentials."),
) -> None:
    """Bring trust data into this site, by file or stick; only what verifies is kept, and nothing older than what is held."""
    import sys

    from dpr.apps.cli.failing import fail
    from dpr.apps.site_trust import add, in_order
    from dpr.core.errors import DprError

    given: Context = context.obj
    site, code = given.site(), OK
    for path in in_order(files):  # one that is refused does not keep the others out
        try:
            for _, kind in add(site, [path]):
                show(f"✓ {path}  {kind}")
        except DprError as error:
            print(plain(f"✗ {path}"), file=sys.stderr)
            code = max(code, fail(error, sys.argv[1:]))
    raise typer.Exit(code)


@trust.command("export", epilog="Example: dpr trust export")
def trust_export(context: typer.Context) -> None:
    """What this site judges by, as JSON: for another verifier, such as js/."""
    from dpr.apps.site_trust import exported

    given: Context = context.obj
    show_json(exported(given.site()))


@trust.command("show", epilog="Example: dpr trust show")
def trust_show(context: typer.Context, as_json: bool = JSON) -> None:
    """What is held, and how old each part is."""
    from dpr.apps.site_trust import held

    given: Context = context.obj
    site = given.site()
    rows = held(site, int(site.now().timestamp()))
    if as_json:
        show_json(rows)
        return
    for row in rows:
        age = age_words(row["age_seconds"], given.language)
        more = (f", {age} gammal" if given.language == "sv" else f", {age} old") if age else ""
        if row["due"]:
            more += f", {'nästa väntas senast' if given.language == 'sv' else 'next due by'} {row['due']}"
        show(f"{_KINDS[row['kind']][0 if given.language == 'sv' else 1]}: {row['name']}{more}")


_KINDS = {
    "trust_list": ("Lista över utfärdare", "List of issuers"),
    "issuer": ("Utfärdare", "Issuer"),
    "status_list": ("Spärrlista", "Revocation list"),
    "credential": ("Behörighetsbevis", "Credential"),
    "left_out": ("! UTELÄMNAD", "! LEFT OUT"),
}
