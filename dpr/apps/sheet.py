"""What is shown and printed of an accepted prescription: its text from the signed bytes, with the product file's names.

Rules: the same text on screen and on paper. The sheet says plainly when it is a test, and how a protected identity is handled.

Example: `sheet_of(verdict, to_texts(document), "sv", environment=policy.environment, catalogue=catalogue)`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpr.core import human, qr
from dpr.core.codes import words
from dpr.core.prescription import Protection
from dpr.core.qr_parts import mark_of
from dpr.core.trust_list import Environment
from dpr.core.wording import Language

if TYPE_CHECKING:
    from dpr.adapters.print_pdf import Sheet
    from dpr.core.verify import Accepted
    from dpr.ports import Catalogue

_TITLES: dict[Language, str] = {"sv": "Digitalt pappersrecept", "en": "Digital paper prescription"}


def sections_of(verdict: Accepted, language: Language, *, catalogue: Catalogue | None) -> tuple[human.Section, ...]:
    """The human text, with names from the product file by code where it is held."""
    products = {}
    for number, item in enumerate(verdict.prescription.content.items, 1):
        product = catalogue.product_of(item) if catalogue else None
        if product is not None:
            products[number] = product
    holder = verdict.prescriber.holder
    return human.sections(verdict.prescription, holder, verdict.issuer.name, language=language, products=products)


def sheet_of(
    verdict: Accepted, texts: tuple[str, ...], language: Language, *, environment: Environment, catalogue: Catalogue | None
) -> Sheet:
    """The printed sheet of a prescription with its QR texts."""
    from dpr.adapters.print_pdf import Section, Sheet

    patient = verdict.prescription.content.patient
    protected = patient is not None and patient.protected is not Protection.NONE
    found = words("protected_identity")
    return Sheet(
        language=language,
        title=_TITLES[language],
        qr_texts=texts,
        set_mark=_set_mark(texts[0]),
        short_id=verdict.prescription.id.hex()[:8],
        sections=tuple(
            Section(section.heading, section.rows) for section in sections_of(verdict, language, catalogue=catalogue)
        ),
        marks=((found.sv if language == "sv" else found.en),) if protected else (),
        phone=verdict.prescriber.holder.phone or "",
        test=environment is Environment.TEST,
    )


def _set_mark(text: str) -> str:
    found = qr.read(text)
    return mark_of(found.set_id) if isinstance(found, qr.Part) else ""
