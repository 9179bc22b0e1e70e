"""What a profession may prescribe (domain.md §5 check 3).

Rules: physicians may prescribe everything for people, veterinarians for animals only, and only they. Dentists, hygienists,
midwives, nurses and opticians are limited: the groups below summarise the regulation (HSLF-FS 2021:75 with annexes) by
ATC prefix. Since a summary can lag behind the regulation, a product outside the groups is a warning for the pharmacist to
judge; what no reading allows (narcotics for those without dentist's or physician's right, animals) stops.

Example: `fault(Profession.OP, PrescriptionKind.PRESCRIPTION, item)` → ("authority_limited", Outcome.WARN)
"""

from __future__ import annotations

from dpr.core.credential import Profession
from dpr.core.dispensing import Outcome
from dpr.core.prescription import Item, PrescriptionKind
from dpr.core.products import ControlClass


def _groups(prefixes: str) -> tuple[str, ...]:
    return tuple(prefixes.split())


#: Profession → ATC prefixes that it may prescribe to people; None is everything.
ATC_GROUPS: dict[Profession, tuple[str, ...] | None] = {
    Profession.LK: None,
    Profession.TL: _groups("A01 A02 A03 A04 A07 B02 C01 D01 D06 D07 D08 H02 J01 J02 J05 M01 N01 N02 N03AF01 N05 R01 R06 S02"),
    Profession.TH: _groups("A01AA A01AB D08AC02 N01B"),
    Profession.BM: _groups("G02 G03 A11CC B02AA02 B03A D06BB J01CA08 J01CE02 M01A N02BE01 P01"),
    Profession.SJ: _groups("A02 A06 A07 A11 B03 B05 C05 D G01 G03A G04 J07 M01A N02BE01 N07BA P02 P03 R01 R05 R06 S01 S02 V"),
    Profession.OP: _groups("S01H S01FA S01JA"),
    Profession.VT: None,
}
#: ATC groups whose products are narcotics in Sweden, for a site that holds no product file.
NARCOTIC_GROUPS = _groups("N02A N03AE N05BA N05CD N05CF N06BA N07BC")
_NARCOTICS = frozenset((ControlClass.NARCOTIC_II, ControlClass.NARCOTIC_III, ControlClass.NARCOTIC_IV, ControlClass.NARCOTIC_V))
_MAY_PRESCRIBE_NARCOTICS = frozenset((Profession.LK, Profession.TL, Profession.VT))


def fault(profession: Profession, kind: PrescriptionKind, item: Item, control: ControlClass) -> tuple[str, Outcome] | None:
    """(code, WARN or STOP) when `profession` may not, or may not surely, prescribe `item`; None when it may.

    `control` is the item's control class, as compared with the product file.
    """
    if (kind is PrescriptionKind.ANIMAL) != (profession is Profession.VT):
        return "authority_animals", Outcome.STOP
    if profession not in ATC_GROUPS:
        return "authority_profession", Outcome.STOP
    if control in _NARCOTICS and profession not in _MAY_PRESCRIBE_NARCOTICS:
        return "authority_narcotics", Outcome.STOP
    groups = ATC_GROUPS[profession]
    if groups is None or kind is PrescriptionKind.CONSUMABLES:
        return None
    if item.atc is None:
        return "authority_unknown_product", Outcome.WARN
    return None if item.atc.startswith(groups) else ("authority_limited", Outcome.WARN)
