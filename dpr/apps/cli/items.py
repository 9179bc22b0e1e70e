"""The commands of the product file: import, find, about.

Example: `dpr products import examples/products.csv`
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dpr.apps.cli.common import JSON, Context, show, show_json

if TYPE_CHECKING:
    from dpr.adapters.products_file import ProductFile

products = typer.Typer(no_args_is_help=True, help="The product file: what the codes stand for.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(products, name="products")


@products.command("import", epilog="Example: dpr products import examples/products.csv")
def import_(
    context: typer.Context,
    source: Path = typer.Argument(help="A CSV file: UTF-8, a header row, the columns of docs/products.md."),
    mapping: str | None = typer.Option(None, help="`vara`, or a mapping file, for another file's columns."),
    as_json: bool = JSON,
) -> None:
    """Read a product file into products.db; the old one stays in force if anything is wrong."""
    import msgspec
    from rich.console import Console
    from rich.progress import Progress

    from dpr.adapters.products_import import import_products

    given: Context = context.obj
    site = given.site().existing()
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=as_json or not console.is_terminal) as bar:
        task = bar.add_task(source.name, total=None)
        report = import_products(
            source,
            given.folder / "products.db",
            mapping=mapping,
            imported_at=site.now(),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if as_json:
        show_json(msgspec.to_builtins(report))
        return
    given.say(f"✓ {report.rows} produkter inlästa", f"✓ {report.rows} products read")
    if report.skipped:
        given.say(
            f"! {report.skipped} rader med fel är utelämnade, {len(report.problems)} av dem i --json",
            f"! {report.skipped} faulty rows are left out, {len(report.problems)} of them in --json",
        )


@products.command(epilog="Example: dpr products find alvedon")
def find(
    context: typer.Context,
    text: str = typer.Argument(help="Beginning of words in the name, or a code of 6 or 14 digits."),
    as_json: bool = JSON,
) -> None:
    """Find products by name or code."""
    import msgspec

    with _held(context) as catalogue:
        digits = text.strip()
        exact = catalogue.find(npl_pack_id=digits, npl_id=digits, varunummer=digits) if digits.isdigit() else None
        found = [exact] if exact else catalogue.search(text)
    if as_json:
        show_json([msgspec.to_builtins(product) for product in found])
        return
    for product in found:
        codes = "  ".join(filter(None, (product.npl_pack_id, product.npl_id, product.varunummer, product.atc)))
        show(f"{product.name}, {product.form} {product.strength}, {product.pack}  {codes}")
    if not found:
        context.obj.say("Inget hittades.", "Nothing found.")


@products.command(epilog="Example: dpr products about")
def about(context: typer.Context, as_json: bool = JSON) -> None:
    """Where the product file comes from and how old it is."""
    import msgspec

    with _held(context) as catalogue:
        fields: dict[str, Any] = msgspec.to_builtins(catalogue.about)
    if as_json:
        show_json(fields)
        return
    for name, value in fields.items():
        show(f"{name}: {value}")


def _held(context: typer.Context) -> ProductFile:
    from dpr.core.errors import SetupError

    catalogue = context.obj.site().catalogue()
    if catalogue is None:
        raise SetupError("products_not_imported", str(context.obj.folder / "products.db"))
    return catalogue  # type: ignore[no-any-return]
