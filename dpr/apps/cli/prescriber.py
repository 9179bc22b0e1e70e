"""The prescriber's commands: prescribe, print.

Example: `dpr prescribe draft.json --key prescriber.pem --credential prescriber.cbor --out rx.cbor`
"""

from __future__ import annotations

from pathlib import Path

import typer

from dpr.apps.cli.common import JSON, Context, show, show_json, write_out
from dpr.apps.cli.inputs import read_input, read_one_document


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(epilog="Example: dpr prescribe draft.json --key p.pem --credential p.cbor --out rx.cbor")(prescribe)
    app.command("print", epilog="Example: dpr print rx.cbor --pdf rx.pdf --png rx.png")(print_)


def prescribe(
    context: typer.Context,
    draft: str = typer.Argument(help="The prescription as JSON (schemas/prescription.schema.json), or - for standard input."),
    key: Path = typer.Option(..., help="The prescriber's private key (PEM)."),
    credential: Path = typer.Option(..., help="The prescriber's credential."),
    out: Path = typer.Option(..., help="Where the signed prescription goes."),
    kid_only: bool = typer.Option(False, "--kid-only", help="Leave the credential out: the pharmacy must hold it already."),
    as_json: bool = JSON,
) -> None:
    """Sign a prescription, after judging it as a pharmacy will."""
    import os

    from dpr.apps.cli.verdicts import show_checks, verdict_json
    from dpr.core import qr
    from dpr.flows.prescribe import prescribe as sign
    from dpr.flows.prescribe import warnings

    given: Context = context.obj
    site = given.site()
    signed = sign(
        read_input(draft, given.language),
        signer=site.signer(key),
        credential=site.credential(credential),
        trust=site.trust(),
        now=site.now(),
        id=os.urandom(16),
        policy=site.policy,
        catalogue=site.catalogue(),
        embed=not kid_only,
    )
    text = qr.to_text(signed.document)
    write_out(out, signed.document, inputs=[draft, key, credential])
    if as_json:
        show_json(verdict_json(signed.verdict) | {"file": str(out), "bytes": len(signed.document), "qr_text": text})
        return
    id = signed.verdict.prescription.id.hex()
    given.say(f"✓ Signerat: {id} → {out}", f"✓ Signed: {id} → {out}")
    told = warnings(signed.verdict)
    if told:
        given.say("Apoteket kommer att varnas för:", "The pharmacy will be warned of:")
        show_checks(told, given.language)


def print_(
    context: typer.Context,
    document: str = typer.Argument(help="A signed prescription (file, image, PDF, or - for QR text)."),
    pdf: Path | None = typer.Option(None, help="Printable page: human text beside the code."),
    png: Path | None = typer.Option(None, help="The code as a PNG image."),
    svg: Path | None = typer.Option(None, help="The code as an SVG image."),
    paper: str = typer.Option("A4", help="A4 or A5."),
) -> None:
    """Print a prescription. A page for the patient, or the code as an image."""
    from dpr.adapters import qr_write
    from dpr.adapters.print_pdf import prescription_pdf
    from dpr.apps.sheet import sheet_of
    from dpr.core import qr
    from dpr.core.errors import SetupError
    from dpr.core.verify import Refused
    from dpr.flows.prescribe import judge_for_addressee

    given: Context = context.obj
    if paper not in ("A4", "A5"):
        raise typer.BadParameter("A4 or A5", param_hint="--paper")
    if not (pdf or png or svg):
        raise typer.BadParameter("name at least one of --pdf, --png, --svg", param_hint="--pdf")
    site = given.site()
    data = read_one_document(document, given.language)
    text = qr.to_text(data)
    if pdf:
        catalogue = site.catalogue()
        verdict = judge_for_addressee(data, site.trust(), site.now(), policy=site.policy, catalogue=catalogue)
        if isinstance(verdict, Refused):
            raise SetupError("prescription_would_be_refused", verdict.code)
        sheet = sheet_of(verdict, text, given.language, environment=site.policy.environment, catalogue=catalogue)
        write_out(pdf, prescription_pdf(sheet, paper=paper), inputs=[document])  # type: ignore[arg-type]
    if png:
        write_out(png, qr_write.png(text), inputs=[document])
    if svg:
        write_out(svg, qr_write.svg(text).encode(), inputs=[document])
    for path in (pdf, png, svg):
        if path:
            show(f"✓ {path}")
