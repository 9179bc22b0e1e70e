"""The pharmacy's commands before a hand-over: scan, verify, receive, status.

Example: `dpr receive photo.jpg`, then `dpr status`
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, OK, REFUSED, Context, show, show_json, write_out
from dpr.apps.cli.inputs import one_document, read_documents, read_input, read_one_document, scan
from dpr.apps.pasted import typed_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpr.apps.compose import SiteFolder
    from dpr.core.trust import Trust
    from dpr.core.verify import Refused
    from dpr.core.wording import Language

_INPUT = typer.Argument(
    help="Photo, screenshot, PDF, document file, or - for what a scanner types. Several where a prescription has several codes."
)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("scan", epilog="Example: dpr scan photo.jpg; dpr scan --raw any-code.png")(scan_)
    app.command(epilog="Example: dpr verify photo.jpg")(verify)
    app.command(epilog="Example: dpr receive photo.jpg")(receive)
    app.command(epilog="Example: dpr status; dpr status 39b1922d")(status)


def scan_(
    context: typer.Context,
    images: list[str] = _INPUT,
    raw: bool = typer.Option(False, "--raw", help="Print the text of any QR code, without looking into it."),
    out: Path | None = typer.Option(None, help="Write the document here."),
    as_json: bool = JSON,
) -> None:
    """Read a code. From an image, a PDF page or typed text."""
    given: Context = context.obj
    if raw:
        texts = [text for name in images for text in _raw(name, given.language)]
        if as_json:
            show_json(texts)
        else:
            for text in texts:
                show(text)
        return
    found = read_documents(images, given.language)
    if out:
        write_out(out, one_document(found), inputs=images)
    if as_json:
        show_json([{"document": document.hex(), "bytes": len(document)} for document in found.documents])
        return
    for document in found.documents:
        given.say(f"dpr-dokument, {len(document)} byte", f"dpr document, {len(document)} bytes")
    given.say("Pröva det med: dpr verify", "Judge it with: dpr verify")


def _raw(name: str, language: Language) -> Sequence[str]:
    data = read_input(name, language)
    text = typed_text(data)
    return scan(data, language, raw=True) if text is None else [text.strip()]


def verify(context: typer.Context, images: list[str] = _INPUT, as_json: bool = JSON) -> None:
    """Judge a prescription offline. Is it authentic, and currently allowed here?"""
    from dpr.apps.cli.verdicts import show_accepted, show_refused, verdict_json
    from dpr.core.verify import Refused
    from dpr.core.verify import verify as judge

    given: Context = context.obj
    site = given.site()
    document = read_one_document(images, given.language)
    catalogue = site.catalogue()
    trust, now, policy = site.trust(), site.now(), site.policy
    verdict = judge(document, trust, now, policy=policy, catalogue=catalogue)
    if isinstance(verdict, Refused) and (since := _known_since(site, verdict, document, trust)):
        verdict = judge(document, trust, now, policy=policy, catalogue=catalogue, known_since=since)
    if as_json:
        show_json(verdict_json(verdict))
    elif isinstance(verdict, Refused):
        show_refused(verdict, given.language)
    else:
        show_accepted(verdict, verdict.checks, given, catalogue)
        given.say(
            "Om det finns uttag kvar syns först när receptet tas emot: dpr receive",
            "Whether dispensings are left shows when the prescription is received: dpr receive",
        )
    raise typer.Exit(REFUSED if isinstance(verdict, Refused) else OK)


def _known_since(site: SiteFolder, refused: Refused, document: bytes, trust: Trust) -> int | None:
    """When this site's ledger received it, where it did: evidence against a later revocation."""
    from dpr.flows.receive import known_since

    if not refused.id or not site.has_ledger:
        return None
    with site.ledger() as ledger:
        return known_since(refused, document, ledger, trust, policy=site.policy, now=site.now())


def receive(
    context: typer.Context,
    images: list[str] = _INPUT,
    pharmacist: Path | None = typer.Option(None, "--as", help="The acting pharmacist's credential, for the register."),
    as_json: bool = JSON,
) -> None:
    """Judge a prescription and keep it. It is registered at once where the register answers."""
    from dpr.apps.cli.verdicts import checks_json, show_accepted, show_refused, verdict_json
    from dpr.apps.reporting import report_now
    from dpr.core.ledger import Allowed
    from dpr.core.verify import Refused
    from dpr.flows.receive import receive as keep

    given: Context = context.obj
    site = given.site()
    site.require_gln()  # a clinic has no ledger, and must not begin one
    found = read_documents(images, given.language)
    document = one_document(found)
    acting = site.credential(pharmacist) if pharmacist else None
    catalogue, trust, policy = site.catalogue(), site.trust(), site.policy
    with site.ledger() as ledger:
        received = keep(
            document, path=found.path, trust=trust, ledger=ledger, now=site.now(), policy=policy, catalogue=catalogue
        )
        if isinstance(received, Refused):
            show_json(verdict_json(received)) if as_json else show_refused(received, given.language)
            raise typer.Exit(REFUSED)
        allowed = sorted(number for number, left in received.items.items() if isinstance(left, Allowed))
        if not as_json:
            show_accepted(received.verdict, received.checks, given, catalogue)
            _show_next(given, received.verdict.prescription.id.hex(), allowed)
        reported = report_now(site, ledger, acting=acting)
    if as_json:
        show_json(
            verdict_json(received.verdict)
            | {"checks": checks_json(received.checks), "may_be_dispensed": allowed, "register": reported.summary()}
        )
    else:
        show(reported.words(given.language))


def _show_next(given: Context, id: str, allowed: list[int]) -> None:
    if not allowed:
        given.say(
            "✗ INGET KAN LÄMNAS UT NU: se punkt 6 ovan.",
            "✗ NOTHING MAY BE DISPENSED NOW: see step 6 above.",
        )
        return
    numbers = ", ".join(map(str, allowed))
    given.say(
        f"Kan lämnas ut: rad {numbers}. Lämna ut med: dpr dispense {id[:12]} --item {allowed[0]} --as <ditt bevis>",
        f"May be dispensed: item {numbers}. Dispense with: dpr dispense {id[:12]} --item {allowed[0]} --as <your credential>",
    )


def status(
    context: typer.Context,
    prescription: str | None = typer.Argument(None, help="One prescription's id; all of them where left out."),
    as_json: bool = JSON,
) -> None:
    """What the ledger holds. Prescriptions, what is left of each item, and what is owed to the register."""
    from dpr.apps.dispensing import found_by_id, status_of

    given: Context = context.obj
    site = given.site()
    rows = []
    if site.has_ledger or prescription is not None:
        with site.ledger() as ledger:
            wanted = list(ledger.prescriptions()) if prescription is None else [found_by_id(ledger, prescription)]
            rows = status_of(wanted, ledger, int(site.now().timestamp()))
    if as_json:
        show_json(rows)
        return
    if not rows:
        given.say("Inga recept är mottagna.", "No prescriptions have been received.")
    for row in rows:
        received = "mottaget" if given.language == "sv" else "received"
        show(f"\N{BLACK SQUARE} {row['id']}  {received} {row['received'][:16].replace('T', ' ')}")
        for item in row["items"]:
            _show_item(given, item)


def _show_item(given: Context, item: dict[str, Any]) -> None:
    from dpr.apps.queue_words import row_words, state_words
    from dpr.core.backreg import State
    from dpr.core.codes import words

    swedish = given.language == "sv"
    if item["next"] == "may_be_dispensed":
        following = "kan lämnas ut" if swedish else "may be dispensed"
    else:
        found = words(item["next"])
        following = (found.sv if swedish else found.en).rstrip(".")
        if item["earliest"]:
            following += f", {'tidigast' if swedish else 'at the earliest'} {item['earliest']}"
    given.say(
        f"    {item['item']}. {item['dispensed']} av {item['dispensings']} uttag gjorda; {following}",
        f"    {item['item']}. {item['dispensed']} of {item['dispensings']} dispensings made; {following}",
    )
    for row in item["register"]:
        what = ("uttag" if swedish else "dispensing") + f" {row['number']}" if row["number"] else "recept" if swedish else ""
        what = what or "prescription"
        said = f": {row_words(row['words'], given.language)}" if row["words"] else ""
        state = state_words(State(row["state"]), given.language)
        given.say(f"       registret: {what} {state}{said}", f"       register: {what} {state}{said}")
