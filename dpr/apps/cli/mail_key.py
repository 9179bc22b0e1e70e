"""The commands for the key that messages to this site are sealed to: mail-key new, rotate, publish, show.

Rules: the private half is a file of its own, encrypted unless `--unencrypted` says otherwise; what goes to the authority is the
document that `publish` writes, and holds no secret.

Example: `dpr mail-key new`, then send keys/mail-key.cbor to the authority
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, check_out, show, show_json

if TYPE_CHECKING:
    from dpr.adapters.opening_keys import OpeningKeys
    from dpr.apps.compose import SiteFolder
    from dpr.apps.mail_keys import Published

mail_key = typer.Typer(no_args_is_help=True, help="The key that messages to this site are sealed to (docs/keys.md).")
_DAYS = typer.Option(400, min=1, max=1000, help="How long it counts; never longer than the credential that signs it.")
_PASSPHRASE_FILE = typer.Option(None, help="The passphrase is the only line of this file.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(mail_key, name="mail-key")


@mail_key.command("new", epilog="Example: dpr mail-key new")
def mail_key_new(
    context: typer.Context,
    passphrase_file: Path | None = _PASSPHRASE_FILE,
    unencrypted: bool = typer.Option(
        False, "--unencrypted", help="No passphrase: whoever gets the file can read the messages."
    ),
    days: int = _DAYS,
    as_json: bool = JSON,
) -> None:
    """Make the key, in the file that the policy names, and publish it where this site has its credential."""
    from dpr.adapters.secrets import PASSPHRASE
    from dpr.apps import mail_keys
    from dpr.core.errors import StorageError

    if unencrypted and passphrase_file:
        raise typer.BadParameter("one of --unencrypted and --passphrase-file", param_hint="--unencrypted")
    given: Context = context.obj
    site = given.site()
    path = site.mail_key_path()
    if path.exists():
        raise StorageError("key_file_exists", str(path))
    made = mail_keys.make(site, passphrase=None if unencrypted else PASSPHRASE.new(str(path), file=passphrase_file))
    _publish_where_possible(given, site, made, days, as_json=as_json)


@mail_key.command("rotate", epilog="Example: dpr mail-key rotate")
def mail_key_rotate(
    context: typer.Context, passphrase_file: Path | None = _PASSPHRASE_FILE, days: int = _DAYS, as_json: bool = JSON
) -> None:
    """Make the next key and publish it; what is sealed to the one before can still be opened for 60 days."""
    from dpr.apps import mail_keys

    given: Context = context.obj
    site = given.site()
    made = mail_keys.rotate(site, passphrase_file=passphrase_file)
    _publish_where_possible(given, site, made, days, as_json=as_json)


def _publish_where_possible(given: Context, site: SiteFolder, keys: OpeningKeys, days: int, *, as_json: bool) -> None:
    from dpr.apps import mail_keys
    from dpr.core.errors import SetupError

    path = site.mail_key_path()
    try:
        published = mail_keys.publish(site, keys, days=days)
    except SetupError as error:
        if error.code != "file_missing":
            raise
        if as_json:
            show_json({"key": str(path), "published": None})
            return
        show(f"✓ {path}")
        given.say(
            f"Behörighetsbeviset saknas ännu ({error.detail}). När det finns: dpr mail-key publish",
            f"The credential is not here yet ({error.detail}). When it is: dpr mail-key publish",
        )
        return
    if not as_json:
        show(f"✓ {path}")
    _show_published(given, path, published, as_json=as_json)


def _show_published(given: Context, key: Path, made: Published, *, as_json: bool) -> None:
    from dpr.core import days as calendar

    if as_json:
        valid = {"queue": made.value.content.queue, "valid_until": made.value.valid_until}
        show_json({"key": str(key), "published": str(made.path)} | valid)
        return
    until = calendar.shown(made.value.valid_until)
    show(f"✓ {made.path}  {made.value.content.queue}")
    given.say(
        f"  Gäller till {until}. Lämna filen till den som ger ut adressboken, och en ny i god tid före dess.",
        f"  Valid until {until}. Give the file to whoever publishes the address book, and a new one well before that.",
    )


@mail_key.command("publish", epilog="Example: dpr mail-key publish --days 365")
def mail_key_publish(
    context: typer.Context,
    days: int = _DAYS,
    out: Path | None = typer.Option(None, help="Where the document goes; keys/mail-key.cbor of the site unless named."),
    as_json: bool = JSON,
) -> None:
    """Sign the current key anew, as after the site's credential was renewed."""
    from dpr.apps import mail_keys

    given: Context = context.obj
    site = given.site()
    if out is not None:
        check_out(out, inputs=[site.mail_key_path()])
    made = mail_keys.publish(site, site.opener(), days=days, out=out)
    _show_published(given, site.mail_key_path(), made, as_json=as_json)


@mail_key.command("show", epilog="Example: dpr mail-key show keys/mail-key.cbor")
def mail_key_show(
    context: typer.Context,
    file: Path | None = typer.Argument(None, help="A published key; keys/mail-key.cbor of the site unless named."),
    as_json: bool = JSON,
) -> None:
    """Show a published key, and whether a sender would use it by the lists that this site holds."""
    from dpr.apps.mail_keys import described
    from dpr.core.codes import words

    given: Context = context.obj
    found: dict[str, Any] = described(given.site(), file)
    if as_json:
        show_json(found)
    else:
        for name, swedish, english in _LINES:
            value = found[name]
            given.say(f"{swedish:<15}{_text(value)}", f"{english:<15}{_text(value)}")
        if found["fault"]:
            told = words(found["fault"])
            given.say(f"✗ {told.sv} [{found['fault']}]", f"✗ {told.en} [{found['fault']}]")
            given.say(f"  → {told.do_sv}", f"  → {told.do_en}")
        else:
            given.say("✓ Går att försegla till.", "✓ Can be sealed to.")
    raise typer.Exit(REFUSED if found["fault"] else OK)


_LINES = (
    ("queue", "Brevlåda:", "Queue:"),
    ("holder", "Innehavare:", "Holder:"),
    ("signer", "Underskriven av:", "Signed by:"),
    ("environment", "Miljö:", "Environment:"),
    ("keys", "Nycklar:", "Keys:"),
    ("valid_until", "Gäller till:", "Valid until:"),
)


def _text(value: Any) -> str:
    return "  ".join(value) if isinstance(value, list) else str(value)
