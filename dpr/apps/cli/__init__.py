"""The command line `dpr`: one command, one story; what a command needs is imported when it runs, so that help is instant.

Rules: every reading command takes `--json`. Exit codes: 0 accepted or done, 1 refused or the world said no, 2 misuse or not set
up; anything else is a crash. Errors are one named line with what to do next, in the language of `--lang` or DPR_LANG.

Example: `dpr --site apotek verify photo.jpg`
"""

from __future__ import annotations

import sys

import typer

from dpr.apps.cli import authority, counter, items, prescriber, registers
from dpr.apps.cli.common import Context, fail

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help="dpr, the digital paper prescription: sign, carry as QR, verify offline, dispense, back-register.",
    epilog="Example: dpr demo",
)


@app.callback()
def root(
    context: typer.Context,
    site: str = typer.Option("site", "--site", envvar="DPR_SITE", help="Folder of this pharmacy or clinic."),
    lang: str = typer.Option("sv", "--lang", envvar="DPR_LANG", help="sv or en: the language of words for people."),
) -> None:
    """Where this site's files are, and in which language to speak."""
    context.obj = Context.of(site, lang)


for module in (authority, items, prescriber, counter, registers):
    module.add_to(app)


def main() -> None:
    """The entry point: a DprError becomes a line and an exit code, never a traceback."""
    try:
        app(standalone_mode=True)
    except Exception as error:
        sys.exit(fail(error))
