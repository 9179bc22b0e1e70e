"""A product of the product file (VARA or the documented CSV): what a code stands for.

Rules: identifiers are text of digits as printed (NPL ids 14, varunummer 6); a field that the source lacks is "" (never
None); `control_class` is None where the source does not say, which counts as the strictest class.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import msgspec


class ControlClass(IntEnum):
    """Special medicines (domain.md §4): the number is what is signed."""

    NONE = 0
    NARCOTIC_II = 2
    NARCOTIC_III = 3
    NARCOTIC_IV = 4
    NARCOTIC_V = 5
    OTHER_SPECIAL = 9

    @property
    def special(self) -> bool:
        """True for everything that the stricter policy of domain.md §5 check 9 covers."""
        return self is not ControlClass.NONE


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One package of one product."""

    npl_pack_id: str = ""
    npl_id: str = ""
    varunummer: str = ""
    atc: str = ""
    name: str
    form: str = ""
    strength: str = ""
    pack: str = ""
    control_class: ControlClass | None = None


#: What an unknown control class counts as.
STRICTEST = ControlClass.NARCOTIC_II


class Described(Protocol):
    """The part of a prescribed item that a product file can contradict (dpr.core.prescription.Item)."""

    @property
    def atc(self) -> str | None: ...
    @property
    def control_class(self) -> ControlClass: ...
    @property
    def name(self) -> str: ...
    @property
    def form(self) -> str | None: ...
    @property
    def strength(self) -> str | None: ...
    @property
    def pack(self) -> str | None: ...


def differences(item: Described, product: Product) -> tuple[str, ...]:
    """The fields in which what was prescribed differs from the product file, beyond case and spacing: of name, form,
    strength, pack, atc, control_class. What either side leaves out is no difference."""
    found = [
        field
        for field in ("name", "form", "strength", "pack", "atc")
        if _differ(getattr(item, field) or "", getattr(product, field))
    ]
    if product.control_class is not None and product.control_class != item.control_class:
        found.append("control_class")
    return tuple(found)


def _differ(signed: str, held: str) -> bool:
    return bool(signed and held) and "".join(signed.split()).casefold() != "".join(held.split()).casefold()
