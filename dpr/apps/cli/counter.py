"""The pharmacy's commands: scan, verify, receive, dispense, status.

Example: `dpr receive photo.jpg`, then `dpr dispense 39b1922d… --item 1 --as keys/pharmacist.cbor`
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import (
    JSON,
    OK,
    REFUSED,
    Context,
    checks_json,
    read_documents,
    read_input,
    read_one_document,
    scan,
    show,
    show_checks,
    show_json,
    show_refused,
    typed_text,
    verdict_json,
)

if TYPE_CHECKING:
    from dpr.core.verify import Accepted

_INPUT = typer.Argument(help="Photo, screenshot, PDF, document file, or - for what a scanner types.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("scan", epilog="Example: dpr scan photo.jpg; dpr scan --raw any-code.png")(scan_)
    app.command(epilog="Example: dpr verify photo.jpg")(verify)
    app.command(epilog="Example: dpr receive photo.jpg")(receive)
    app.command(epilog="Example: dpr dispense 39b1922d5a6a --item 1 --as keys/pharmacist.cbor --collector patient")(dispense)
    app.command(epilog="Example: dpr status")(status)


def scan_(
    context: typer.Context,
    image: str = _INPUT,
    raw: bool = typer.Option(False, "--raw", help="Print the text of any QR code, without looking into it."),
    out: Path | None = typer.Option(None, help="Write the document here."),
    as_json: bool = JSON,
) -> None:
    """Read a code: from an image, a PDF page or typed text."""
    given: Context = context.obj
    if raw:
        data = read_input(image)
        texts = [typed_text(data)] if typed_text(data) is not None else list(scan(data, given.language, raw=True))
        if as_json:
            show_json(texts)
        else:
            for text in texts:
                show((text or "").strip())
        return
    documents = read_documents(image, given.language)
    if out:
        from dpr.adapters import files

        files.replace(out, read_one_document(image, given.language) if len(documents) != 1 else documents[0])
    if as_json:
        show_json([{"document": document.hex(), "bytes": len(document)} for document in documents])
    else:
        for document in documents:
            size = len(document)
            show(f"dpr-dokument, {size} byte" if given.language == "sv" else f"dpr document, {size} bytes")
        show("Pröva det med: dpr verify" if given.language == "sv" else "Judge it with: dpr verify")


def verify(context: typer.Context, image: str = _INPUT, as_json: bool = JSON) -> None:
    """Judge a prescription offline: is it authentic, and currently allowed here?"""
    from dpr.core.verify import Refused
    from dpr.core.verify import verify as judge

    given: Context = context.obj
    site = given.site()
    catalogue = site.catalogue()
    document = read_one_document(image, given.language)
    verdict = judge(document, site.trust(), site.now(), policy=site.policy, catalogue=catalogue)
    if as_json:
        show_json(verdict_json(verdict))
    elif isinstance(verdict, Refused):
        show_refused(verdict, given.language)
    else:
        _show_accepted(verdict, given, catalogue)
        show_checks(verdict.checks, given.language)
    raise typer.Exit(REFUSED if isinstance(verdict, Refused) else OK)


def _show_accepted(verdict: Accepted, given: Context, catalogue: Any) -> None:
    from dpr.apps.sheet import sections_of

    show("✓ GODTAS: äkta och giltigt här och nu" if given.language == "sv" else "✓ ACCEPTED: authentic and valid here and now")
    for section in sections_of(verdict, given.language, catalogue=catalogue):
        show(f"\N{BLACK SQUARE} {section.heading}")
        for name, value in section.rows:
            show(f"    {name}: {value}")


def receive(context: typer.Context, image: str = _INPUT, as_json: bool = JSON) -> None:
    """Judge a prescription and keep it in the ledger; register it at once where the register answers."""
    from dpr.apps.reporting import report_now
    from dpr.core.ledger import Allowed
    from dpr.core.verify import Refused
    from dpr.flows.receive import receive as keep

    given: Context = context.obj
    site = given.site()
    catalogue = site.catalogue()
    document = read_one_document(image, given.language)
    path = "file" if document == read_input(image) else "qr"
    with site.ledger() as ledger:
        received = keep(
            document, path=path, trust=site.trust(), ledger=ledger, now=site.now(), policy=site.policy, catalogue=catalogue
        )
        if isinstance(received, Refused):
            show_json(verdict_json(received)) if as_json else show_refused(received, given.language)
            raise typer.Exit(REFUSED)
        reported = report_now(site, ledger)
    left = {number: left.number - 1 for number, left in received.items.items() if isinstance(left, Allowed)}
    if as_json:
        show_json(
            verdict_json(received.verdict)
            | {"checks": checks_json(received.checks), "may_be_dispensed": sorted(left), "register": reported.summary()}
        )
        return
    _show_accepted(received.verdict, given, catalogue)
    show_checks(received.checks, given.language)
    show(reported.words(given.language))


def dispense(
    context: typer.Context,
    prescription: str = typer.Argument(help="The prescription's id (the first characters do where they are unique)."),
    pharmacist: Path = typer.Option(..., "--as", help="The acting pharmacist's credential."),
    item: int = typer.Option(1, help="Which receptrad; 1 is the first."),
    collector: str = typer.Option("patient", help="patient, representative, guardian or owner."),
    identity_check: str = typer.Option("id_card", help="id_card, known, certified_by_other or personbevis."),
    packages: int | None = typer.Option(None, min=1, max=999, help="Packages handed over, where other than prescribed."),
    npl_pack_id: str | None = typer.Option(None, help="What was handed over, where substituted."),
    varunummer: str | None = typer.Option(None, help="What was handed over, where substituted."),
    substitution_reason: str | None = typer.Option(None, help="Why another product than prescribed."),
    batch: str | None = typer.Option(None, help="Batch number."),
    serial: str | None = typer.Option(None, help="Serial number of the package."),
    amount_ore: int | None = typer.Option(None, min=0, help="Charged amount in öre."),
    basis: str = typer.Option("ordinary", help="ordinary, flat or deferred: what the amount rests on."),
    decided_by: str | None = typer.Option(None, help="Offline: who decided to dispense without the register."),
    reason: str | None = typer.Option(None, help="Offline: why (synnerliga skäl)."),
    since: datetime | None = typer.Option(None, help="Offline: since when, in Swedish time."),
    override: list[str] = typer.Option([], help="CODE=reason, for a warning that needs a reason; may be repeated."),
    as_json: bool = JSON,
) -> None:
    """Dispense one item: record, sign and queue it for the register."""
    from dpr.apps.dispensing import order_of
    from dpr.apps.reporting import register_answers, report_now
    from dpr.core.dispensing import DISPENSING
    from dpr.flows.dispense import dispense as make

    given: Context = context.obj
    site = given.site()
    with site.ledger() as ledger:
        catalogue = site.catalogue()
        order = order_of(
            ledger,
            catalogue,
            prescription=prescription,
            item=item,
            pharmacist_credential=site.credential(pharmacist),
            collector=collector,
            identity_check=identity_check,
            packages=packages,
            npl_pack_id=npl_pack_id,
            varunummer=varunummer,
            substitution_reason=substitution_reason,
            batch=batch,
            serial=serial,
            amount_ore=amount_ore,
            basis=basis,
            decided_by=decided_by,
            reason=reason,
            since=since,
            override=override,
        )
        register_up = register_answers(site)
        if register_up:
            report_now(site, ledger)
        done = make(
            order,
            site=site.pharmacy(catalogue),
            trust=site.trust(),
            ledger=ledger,
            now=site.now(),
            register_up=register_up,
        )
        reported = report_now(site, ledger)
    if as_json:
        record = DISPENSING.to_json(done.record.content)
        show_json({"id": done.record.id.hex(), "record": record, "left": done.left, "register": reported.summary()})
        return
    content = done.record.content
    swedish = given.language == "sv"
    show(f"✓ {'UTLÄMNAT' if swedish else 'DISPENSED'}: {content.product_text} × {content.packages}")
    show(
        f"  {'uttag' if swedish else 'dispensing'} {content.number}/{content.of}, {'kvar' if swedish else 'left'}: {done.left}"
    )
    show(reported.words(given.language))


def status(
    context: typer.Context,
    prescription: str | None = typer.Argument(None, help="One prescription's id; all of them where left out."),
    as_json: bool = JSON,
) -> None:
    """What the ledger holds: prescriptions, what is left of each item, and what is owed to the register."""
    from dpr.apps.dispensing import found_by_id, status_of

    given: Context = context.obj
    site = given.site()
    with site.ledger() as ledger:
        wanted = [found_by_id(ledger, prescription)] if prescription else list(ledger.prescriptions())
        rows = status_of(wanted, ledger, int(site.now().timestamp()))
    if as_json:
        show_json(rows)
        return
    swedish = given.language == "sv"
    if not rows:
        show("Inga recept är mottagna." if swedish else "No prescriptions have been received.")
    for row in rows:
        show(f"\N{BLACK SQUARE} {row['id']}  {row['received']}")
        for item in row["items"]:
            words = (
                f"uttag {item['dispensed']}/{item['dispensings']}" if swedish else f"{item['dispensed']}/{item['dispensings']}"
            )
            show(f"    {item['item']}. {words}  {item['register']}  {item['next']}")
