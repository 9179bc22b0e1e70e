"""The prescriber's commands: prescribe, print.

Example: `dpr prescribe draft.json --key prescriber.pem --credential prescriber.cbor --out rx.cbor`
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from dpr.apps.cli.common import JSON, Context, check_out, plain, show, show_json, write_out
from dpr.apps.cli.inputs import read_input, read_one_document

if TYPE_CHECKING:
    from dpr.apps.compose import SiteFolder


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(epilog="Example: dpr prescribe draft.json --key p.pem --credential p.cbor --out rx.cbor")(prescribe)
    app.command("print", epilog="Example: dpr print rx.cbor --pdf rx.pdf --png rx.png")(print_)


def prescribe(
    context: typer.Context,
    draft: str = typer.Argument(help="The prescription as JSON (schemas/prescription.schema.json), or - for standard input."),
    key: str = typer.Option(..., help="The prescriber's private key: a file (PEM), or pkcs11:token=…;object=…"),
    credential: Path = typer.Option(..., help="The prescriber's credential."),
    out: Path = typer.Option(..., help="Where the signed prescription goes."),
    kid_only: bool = typer.Option(False, "--kid-only", help="Leave the credential out: the pharmacy must hold it already."),
    as_json: bool = JSON,
) -> None:
    """Sign a prescription, after judging it as a pharmacy will."""
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
    texts = qr.to_texts(signed.document)
    write_out(out, signed.document, inputs=[draft, key, credential])
    if as_json:
        written = {"file": str(out), "bytes": len(signed.document), "qr_texts": texts}
        show_json(verdict_json(signed.verdict) | written | {"qr_text": texts[0] if len(texts) == 1 else None})
        return
    id = signed.verdict.prescription.id.hex()
    given.say(f"✓ Signerat: {id} → {out}", f"✓ Signed: {id} → {out}")
    if len(texts) > 1:
        given.say(
            f"Receptet är för långt för en kod: det skrivs ut som {len(texts)} koder.",
            f"The prescription is too long for one code: it is printed as {len(texts)} codes.",
        )
    told = warnings(signed.verdict)
    if told:
        given.say("Apoteket kommer att varnas för:", "The pharmacy will be warned of:")
        show_checks(told, given.language)


def print_(
    context: typer.Context,
    documents: list[str] = typer.Argument(
        metavar="DOCUMENT...", help="A signed prescription: file, images, PDF, or - for QR text."
    ),
    pdf: str | None = typer.Option(None, metavar="PATH", help="Printable page: human text beside the code or codes."),
    png: str | None = typer.Option(
        None, metavar="PATH", help="The code as a PNG image; several codes as NAME-1.png, NAME-2.png, …"
    ),
    svg: str | None = typer.Option(None, metavar="PATH", help="The code as an SVG image; several codes as for --png."),
    paper: str = typer.Option("A4", help="A4 or A5."),
) -> None:
    """Print a prescription. A page for the patient, or the code as an image."""
    from dpr.adapters import qr_write
    from dpr.core import qr

    given: Context = context.obj
    if paper not in ("A4", "A5"):
        raise typer.BadParameter("A4 or A5", param_hint="--paper")
    page, *images = [_file(one, option) for one, option in ((pdf, "--pdf"), (png, "--png"), (svg, "--svg"))]
    if not (page or any(images)):
        raise typer.BadParameter("name at least one of --pdf, --png, --svg", param_hint="--pdf")
    site = given.site()
    data = read_one_document(documents, given.language)
    texts = qr.to_texts(data)
    pngs, svgs = [_code_files(path, len(texts)) if path else [] for path in images]
    for one in ([page] if page else []) + pngs + svgs:
        check_out(one, inputs=documents)
    if page:
        write_out(page, _page(given, site, data, texts, paper), inputs=documents)  # type: ignore[arg-type]
        show(f"✓ {page}")
    if pngs:
        _write_codes(given, pngs, [qr_write.png(text) for text in texts], documents)
    if svgs:
        _write_codes(given, svgs, [qr_write.svg(text).encode() for text in texts], documents)


def _page(given: Context, site: SiteFolder, data: bytes, texts: tuple[str, ...], paper: Literal["A4", "A5"]) -> bytes:
    """The sheet as a PDF. SetupError `prescription_would_be_refused`."""
    from dpr.adapters.print_pdf import prescription_pdf
    from dpr.apps.sheet import sheet_of
    from dpr.core.errors import SetupError
    from dpr.core.verify import Refused
    from dpr.flows.prescribe import judge_for_addressee

    catalogue = site.catalogue()
    verdict = judge_for_addressee(data, site.trust(), site.now(), policy=site.policy, catalogue=catalogue)
    if isinstance(verdict, Refused):
        raise SetupError("prescription_would_be_refused", verdict.code)
    sheet = sheet_of(verdict, texts, given.language, environment=site.policy.environment, catalogue=catalogue)
    return prescription_pdf(sheet, paper=paper)


def _file(written: str | None, option: str) -> Path | None:
    """The file that an option names; one that can only be a folder is misuse."""
    if written is None:
        return None
    path = Path(written)
    if path.name in ("", "..") or written.endswith(("/", os.sep)):
        raise typer.BadParameter(
            f"'{plain(written)}' is a folder or nothing: name a file, such as rx.{option[2:]}", param_hint=option
        )
    return path


def _code_files(path: Path, total: int) -> list[Path]:
    """Where the codes go: one to `path`, of several each to a file of its own, numbered as the codes are.

    StorageError `other_codes_there` where files of an earlier print would stand among them: another patient's, perhaps.
    """
    from dpr.core import qr
    from dpr.core.errors import StorageError

    numbered = [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, qr.MAX_PARTS + 1)]
    written = [path] if total == 1 else numbered[:total]
    left = [str(one) for one in (path, *numbered) if one not in written and one.exists()]
    if left:
        raise StorageError("other_codes_there", ", ".join(left))
    return written


def _write_codes(given: Context, paths: list[Path], images: list[bytes], inputs: list[str]) -> None:
    """Each image to its file, and what to do with several."""
    for number, (one, image) in enumerate(zip(paths, images, strict=True), 1):
        write_out(one, image, inputs=inputs)
        if len(paths) == 1:
            show(f"✓ {one}")
            return
        given.say(f"✓ {one}: kod {number} av {len(paths)}", f"✓ {one}: code {number} of {len(paths)}")
    given.say(
        f"Receptet står i {len(paths)} koder: visa alla på apoteket, i vilken ordning som helst.",
        f"The prescription stands in {len(paths)} codes: show them all at the pharmacy, in any order.",
    )
