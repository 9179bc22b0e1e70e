"""The commands of an authority: its issuers, what it publishes, and (dpr.apps.cli.ceremony) what its custodians sign.

Example: `dpr authority add-issuer authority region/issuer.json`, then `dpr authority draft-list authority`
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from dpr.apps.cli import authority_book, ceremony
from dpr.apps.cli.common import JSON, OK, Context, plain, show, show_json

authority = typer.Typer(no_args_is_help=True, help="The authority: who may vouch for prescribers and pharmacies.")


FOLDER = typer.Argument(help="The authority's folder.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    ceremony.add_to(authority)
    authority_book.add_to(authority)
    app.add_typer(authority, name="authority")


@authority.command("init", epilog="Example: dpr authority init authority --name se-test --keys 3 --threshold 2")
def authority_init(
    context: typer.Context,
    folder: Path = typer.Argument(help="A new folder for the authority's keys and lists."),
    name: str = typer.Option(..., help="The authority's name."),
    environment: str = typer.Option("test", help="test or production; the two never mix."),
    keys: int = typer.Option(1, min=1, max=16, help="How many keys to make."),
    threshold: int = typer.Option(1, min=1, max=16, help="How many of them must sign."),
) -> None:
    """Make an authority whose keys all lie on this machine, for rehearsals, and the root that every site is installed with."""
    from dpr.apps.authority_folder import Authority
    from dpr.apps.ceremony_words import groups
    from dpr.core.documents import fingerprint

    given: Context = context.obj
    now = given.site().now()
    made = Authority.create(folder, name=name, environment=environment, keys=keys, threshold=threshold, now=now)
    path = made.published.path("root")
    show(f"✓ {path}")
    show(f"  {groups(fingerprint(path.read_bytes()))}")
    given.say(
        "Alla nycklar ligger oskyddade på den här datorn: bara för övning.",
        "Every key lies unprotected on this machine: for rehearsals only.",
    )


@authority.command("add-issuer", epilog="Example: dpr authority add-issuer authority region/issuer.json --days 365")
def authority_add(
    context: typer.Context,
    folder: Path = FOLDER,
    description: Path = typer.Argument(help="The issuer's issuer.json (from dpr issuer init)."),
    days: int = typer.Option(365, min=1, max=3650, help="How long the issuer is in force."),
) -> None:
    """Admit an issuer, with its key and scope, or admit it anew. It counts from the next list."""
    from dpr.apps.authority_folder import Authority
    from dpr.apps.ceremony_words import role_words, when

    given: Context = context.obj
    admitted = Authority(folder).add_issuer(description, days=days, now=given.site().now())
    show(f"✓ {admitted.id}  {admitted.name}  {role_words(admitted.role, given.language)}")
    begins, ends = when(admitted.valid_from), when(admitted.valid_until)
    given.say(
        f"  Gäller {begins} – {ends}. Början ligger en timme före första godkännandet, för klockor som går efter.",
        f"  In force {begins} – {ends}. It begins an hour before it was first admitted, for clocks that are behind.",
    )
    _counts_from_the_next(given)


@authority.command("remove-issuer", epilog="Example: dpr authority remove-issuer authority SE2321000016-T001")
def authority_remove(
    context: typer.Context, folder: Path = FOLDER, id: str = typer.Argument(help="The issuer's id (dpr authority issuers).")
) -> None:
    """Admit an issuer no more. Whatever it vouched for stops counting with the next list, wherever that has come."""
    from dpr.apps.authority_folder import Authority

    Authority(folder).remove_issuer(id)
    show(f"✓ {id}")
    _counts_from_the_next(context.obj)


def _counts_from_the_next(given: Context) -> None:
    given.say("Gäller från nästa lista: dpr authority draft-list", "Counts from the next list: dpr authority draft-list")


@authority.command("issuers", epilog="Example: dpr authority issuers authority")
def authority_issuers(context: typer.Context, folder: Path = FOLDER, as_json: bool = JSON) -> None:
    """List who is admitted, and what of that the published list does not say yet."""
    from dpr.apps.admitted import rows
    from dpr.apps.authority_folder import Authority

    given: Context = context.obj
    found = rows(Authority(folder), given.language)
    if as_json:
        show_json(found)
        return
    for row in found:
        mark = {"published": " ", "new": "+", "removed": "-", "changed": "~"}[row["state"]]
        show(f"{mark} {row['id']}  {row['name']}  {row['role']}  – {row['until']}")


@authority.command("publish", epilog="Example: dpr authority publish authority")
def authority_publish(
    context: typer.Context,
    folder: Path = FOLDER,
    next_update_days: int = typer.Option(14, min=1, max=400, help="When the next version is due at the latest."),
    next_update_hours: int = typer.Option(48, min=1, max=9600, help="When the next snapshot is due at the latest."),
) -> None:
    """Sign the next list of issuers and a snapshot with every key in the folder (rehearsals)."""
    from dpr.apps.authority_folder import Authority

    given: Context = context.obj
    made, now = Authority(folder), given.site().now()
    published = made.publish(next_update_days=next_update_days, now=now, snapshot_hours=next_update_hours)
    show(f"✓ {made.published.path('trust-list')}  version {published.content.version}")


@authority.command("collect", epilog="Example: dpr authority collect authority region/published chain/published")
def authority_collect(
    context: typer.Context,
    folder: Path = FOLDER,
    lists: list[Path] = typer.Argument(help="Issuers' status lists and revocations, or the folders that they publish."),
) -> None:
    """Take issuers' lists into the published folder: what verifies, and nothing older than what is there."""
    from dpr.apps.authority_folder import Authority
    from dpr.apps.cli.failing import fail

    given: Context = context.obj
    code = OK
    for one in Authority(folder).published.collect(lists, now=int(given.site().now().timestamp())):
        if one.error is None:
            show(f"✓ {one.path}  {one.name}")
            continue
        print(plain(f"✗ {one.path}"), file=sys.stderr)
        code = max(code, fail(one.error, sys.argv[1:]))
    raise typer.Exit(code)


@authority.command("snapshot", epilog="Example: dpr authority snapshot authority --key online.pem")
def authority_snapshot(
    context: typer.Context,
    folder: Path = FOLDER,
    key: list[str] = typer.Option([], help="The online key; keys/online.pem in the folder unless named."),
    next_update_hours: int = typer.Option(48, min=1, max=9600, help="When the next snapshot is due at the latest."),
    clock_was_ahead: bool = typer.Option(False, "--clock-was-ahead", help="The snapshot before was dated by a wrong clock."),
) -> None:
    """Sign, with the online key, which lists are the latest: for cron, every hour or so."""
    from dpr.apps.authority_folder import Authority
    from dpr.apps.signers import open_signer
    from dpr.core.codes import CODES

    given: Context = context.obj
    made, now = Authority(folder), given.site().now()
    signers = [open_signer(one) for one in key] or [open_signer(str(folder / "keys" / "online.pem"))]
    done = made.publish_snapshot(signers, next_update_hours=next_update_hours, now=now, clock_was_ahead=clock_was_ahead)
    show(f"✓ {made.published.path('snapshot')}  version {done.merged.draft.edition.version}")
    for one in done.left_out:
        words = CODES[one.code]
        said, advice = (words.sv, words.do_sv) if given.language == "sv" else (words.en, words.do_en)
        show(f"! {one.name}  {said} [{one.code}] {one.detail}".rstrip())
        show(f"  → {advice}")
    for path in done.moved:
        given.say(f"  Flyttad till {path}", f"  Moved to {path}")
