"""The commands for receipts as evidence: receipt verify, show, compare (docs/howto-send.md).

Rules: verifying needs no network: the fingerprint of the authority's root with `--root`, or what this site holds.

Example: `dpr receipt verify answer.bundle --root 4f1c…`
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, show, show_json

if TYPE_CHECKING:
    from dpr.core.wording import Language

receipt = typer.Typer(no_args_is_help=True, help="Receipts as evidence: what was received by whom, and when.")
_ROOT = typer.Option(None, "--root", help="Fingerprint of the authority's root, 64 digits; else what this site holds.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(receipt, name="receipt")


def _read(path: Path) -> bytes:
    from dpr.adapters import files
    from dpr.core.cbor import MAX_SIGNED_BYTES

    return files.read(path, limit=MAX_SIGNED_BYTES)


@receipt.command("verify", epilog="Example: dpr receipt verify answer.bundle --root 4f1c…")
def receipt_verify(
    context: typer.Context,
    bundle: Path = typer.Argument(help="The file that the sender made with: dpr mail bundle."),
    root: str | None = _ROOT,
    as_json: bool = JSON,
) -> None:
    """Does this file prove that the recipient got exactly this document, and what it answered? Offline."""
    from dpr.apps import receipt_words
    from dpr.apps.receipt_proof import judge
    from dpr.core.mail.bundle_verify import Proven

    given: Context = context.obj
    finding = judge(_read(bundle), given.site(), root=root)
    if as_json:
        show_json(receipt_words.as_json(finding))
    else:
        for line in receipt_words.lines(finding, given.language):
            show(line)
    raise typer.Exit(OK if isinstance(finding, Proven) else REFUSED)


@receipt.command("show", epilog="Example: dpr receipt show answer.bundle")
def receipt_show(
    context: typer.Context,
    files: list[Path] = typer.Argument(help="Receipts, or bundles."),
    as_json: bool = JSON,
) -> None:
    """What stands in receipts, in words. Nothing is verified: that is `dpr receipt verify`."""
    from dpr.apps.receipt_content import as_json as written
    from dpr.apps.receipt_content import contents, in_words

    given: Context = context.obj
    found = [one for path in files for one in contents(_read(path))]
    if as_json:
        show_json([written(one) for one in found])
        return
    given.say("! Inget är prövat här: det gör dpr receipt verify.", "! Nothing is verified here: dpr receipt verify does that.")
    for one in found:
        for line in in_words(one, given.language):
            show(line)


@receipt.command("compare", epilog="Example: dpr receipt compare ours.bundle theirs.cbor")
def receipt_compare(
    context: typer.Context,
    one: Path = typer.Argument(help="A receipt, or a bundle."),
    other: Path = typer.Argument(help="Another, of the same relay or recipient."),
    root: str | None = _ROOT,
    as_json: bool = JSON,
) -> None:
    """Can both be true? Where they cannot, they are evidence against whoever signed them. Exit code 1 where they cannot."""
    from dpr.apps.receipt_proof import compare

    given: Context = context.obj
    found = compare([_read(one), _read(other)], given.site(), root=root)
    if as_json:
        show_json({"contradictions": [_pair_json(pair) for pair in found]})
    else:
        _show_pairs(found, given.language)
    raise typer.Exit(REFUSED if found else OK)


def _pair_json(pair: tuple[Any, Any, str]) -> dict[str, Any]:
    from dpr.apps.receipt_words import signer_json

    one, other, code = pair
    return {
        "code": code,
        "signer": signer_json(one.signer),
        "receipts": [{"type": each.content.type.name, "at": each.at, "document": each.document.hex()} for each in (one, other)],
    }


def _show_pairs(found: list[tuple[Any, Any, str]], language: Language) -> None:
    from dpr.apps.receipt_words import attested
    from dpr.core.codes import words

    def said(code: str) -> tuple[str, str]:
        spoken = words(code)
        return (spoken.sv, spoken.do_sv) if language == "sv" else (spoken.en, spoken.do_en)

    if not found:
        show(f"✓ {said('receipts_not_comparable')[0]}")
    for one, other, code in found:
        what, action = said(code)
        show(f"✗ {what} [{code}]")
        show(f"    {attested(one, language)}")
        show(f"    {attested(other, language)}")
        show(f"  → {action}")
