"""The command line `dpr`: one command, one story; what a command needs is imported when it runs, so that help is instant.

Rules: every reading command takes `--json`. Exit codes: 0 accepted or done, 1 refused or the world said no, 2 misuse or not set
up, 130 interrupted; anything else is a crash (70). An error is a named line, what exactly is wrong, and what to do next, in the
language of `--lang` or DPR_LANG.

Example: `dpr --site apotek verify photo.jpg`
"""

from __future__ import annotations

import sys

import typer

from dpr.apps.cli import (
    audit,
    authority,
    book,
    conformance,
    counter,
    hand_over,
    inbox,
    issuer,
    items,
    keys,
    mail,
    mail_key,
    prescriber,
    receipts,
    registers,
    relay,
    sdk,
    send,
    signer,
    streams,
    trust,
)
from dpr.apps.cli.common import Context, show

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help="dpr, the digital paper prescription: sign, carry as QR, verify offline, dispense, back-register.",
    epilog="Example: dpr demo",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        show(f"dpr {version('dpr')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    site: str = typer.Option("site", "--site", envvar="DPR_SITE", help="Folder of this pharmacy or clinic."),
    lang: str = typer.Option("sv", "--lang", envvar="DPR_LANG", help="sv or en: the language of words for people."),
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Which version this is."),
) -> None:
    """Where this site's files are, and in which language to speak."""
    context.obj = Context.of(site, lang)


for module in (
    authority,
    issuer,
    keys,
    mail_key,
    book,
    items,
    prescriber,
    counter,
    hand_over,
    registers,
    send,
    inbox,
    mail,
    receipts,
    relay,
    sdk,
    signer,
    trust,
    conformance,
    audit,
):
    module.add_to(app)


def main() -> None:
    """The entry point: whatever goes wrong becomes a few lines and an exit code, never a traceback."""
    streams.prepare()
    try:
        try:
            app(standalone_mode=True)
        finally:
            streams.flush()
    except Exception as error:
        sys.exit(_ended(error, sys.argv[1:]))


def _ended(error: Exception, arguments: list[str]) -> int:
    from dpr.apps.cli.failing import crash, fail
    from dpr.core.errors import DprError, StorageError

    if isinstance(error, DprError):
        return fail(error, arguments)
    if isinstance(error, OSError) and error.errno is not None:  # a path that the system cannot take, a full disk
        if error.filename is None:
            streams.abandon()  # no file of ours: it was standard output that could not be written
        where = f"{error.filename}: " if error.filename else ""
        return fail(StorageError("file_unusable", f"{where}{error.strerror}"), arguments)
    return crash(error, arguments)
