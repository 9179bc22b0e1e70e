"""The pharmacy's command at the hand-over: dispense.

Rules: what was recorded is said at once and before the register is asked anything more, so that nothing that happens after it
can hide that the medicine is counted as handed over.

Example: `dpr dispense 39b1922d --item 1 --as demo/people/pharmacist.cbor`
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, Context, show, show_json

if TYPE_CHECKING:
    from dpr.apps.compose import SiteFolder
    from dpr.flows.dispense import Dispensed, Order
    from dpr.ports import Ledger

#: How the beginning of a disturbance may be written.
_TIMES = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: dpr dispense 39b1922d5a6a --item 1 --as demo/people/pharmacist.cbor --collector patient")(
        dispense
    )


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
    product_text: str | None = typer.Option(None, help="Its name, form, strength and pack, where the product file lacks it."),
    substitution_reason: str | None = typer.Option(None, help="Why another product than prescribed."),
    batch: str | None = typer.Option(None, help="Batch number."),
    serial: str | None = typer.Option(None, help="Serial number of the package."),
    amount_ore: int | None = typer.Option(None, min=0, max=100_000_000, help="Charged amount in öre."),
    basis: str = typer.Option("ordinary", help="ordinary, flat or deferred: what the amount rests on."),
    decided_by: str | None = typer.Option(None, help="Offline: who decided to dispense without the register."),
    reason: str | None = typer.Option(None, help="Offline: why (synnerliga skäl)."),
    since: datetime | None = typer.Option(None, formats=_TIMES, help="Offline: since when, in Swedish time."),
    override: list[str] = typer.Option([], help="CODE=reason, for a warning that needs a reason; may be repeated."),
    as_json: bool = JSON,
) -> None:
    """Dispense one item. It is recorded, signed and queued for the register."""
    from dpr.apps.dispensing import Typed, order_of
    from dpr.apps.reporting import report_now
    from dpr.flows.dispense import dispense as make

    given: Context = context.obj
    site = given.site()
    credential, trust, catalogue = site.credential(pharmacist), site.trust(), site.catalogue()
    pharmacy = site.pharmacy(catalogue)
    typed = Typed(
        prescription=prescription,
        item=item,
        collector=collector,
        identity_check=identity_check,
        packages=packages,
        npl_pack_id=npl_pack_id,
        varunummer=varunummer,
        product_text=product_text,
        substitution_reason=substitution_reason,
        batch=batch,
        serial=serial,
        amount_ore=amount_ore,
        basis=basis,
        decided_by=decided_by,
        reason=reason,
        since=since,
        override=tuple(override),
    )
    with site.ledger() as ledger:
        order = order_of(typed, ledger, catalogue, pharmacist_credential=credential, now=site.now())
        register_up = report_now(site, ledger, acting=credential).reachable and _was_taken(order, ledger)
        done = make(order, site=pharmacy, trust=trust, ledger=ledger, now=site.now(), register_up=register_up)
        if not as_json:
            _show_done(done, given)
        register = _reported(site, ledger, given, quiet=as_json)
    if as_json:
        from dpr.core.dispensing import DISPENSING

        record = DISPENSING.to_json(done.record.content)
        show_json({"id": done.record.id.hex(), "record": record, "left": done.left, "register": register})


def _was_taken(order: Order, ledger: Ledger) -> bool:
    """Did the register take the item, or say no to it? One that answers and does neither (a network's sign-in page, a token
    that has run out) is as good as down: the pharmacist may go on under a ground."""
    from dpr.core.backreg import OPEN_STATES

    row = ledger.queue_row(order.prescription_id, order.item, 0)
    return row is None or row.state not in OPEN_STATES


def _show_done(done: Dispensed, given: Context) -> None:
    content = done.record.content
    given.say(
        f"✓ UTLÄMNAT: {content.product_text} × {content.packages}", f"✓ DISPENSED: {content.product_text} × {content.packages}"
    )
    given.say(
        f"  uttag {content.number} av {content.of}, kvar: {done.left}",
        f"  dispensing {content.number} of {content.of}, left: {done.left}",
    )


def _reported(site: SiteFolder, ledger: Ledger, given: Context, *, quiet: bool) -> dict[str, Any]:
    """Registers what was just dispensed; where that fails the queue has it, and the hand-over stands."""
    from dpr.apps.reporting import report_now
    from dpr.core.errors import DprError

    try:
        reported = report_now(site, ledger)
    except DprError as error:
        if not quiet:
            given.say(
                f"! Utlämnandet är sparat, men rapporteringen till registret avbröts [{error.code}]. Kör: dpr report",
                f"! The hand-over is kept, but reporting it to the register broke off [{error.code}]. Run: dpr report",
            )
        return {"error": error.code}
    if not quiet:
        show(reported.words(given.language))
    return reported.summary()
