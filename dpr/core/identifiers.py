"""Swedish identifiers: what is well formed, and nothing about whether it was ever issued.

Rules: identifiers are text of ASCII digits (`str.isdigit` takes other scripts' digits, so it is never used alone); each
`…_fault` function returns a stable code of dpr.core.codes or None; none raises, whatever the text.
Sources: domain.md §4; Luhn is ISO/IEC 7812-1 annex B; GLN is GS1 General Specifications §7.9.

Example: `personnummer_fault("191212121212") is None`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
#: Two digits → what they add to a Luhn sum when the first of them is doubled.
_PAIRS = {f"{first}{second}": _DOUBLED[first] + second for first in range(10) for second in range(10)}

#: Reservnummer: the region's OID → what its numbers look like. Others under 1.2.752 are taken as 10 to 12 signs.
RESERVNUMMER_FORMATS: dict[str, re.Pattern[str]] = {
    "1.2.752.97.3.1.3": re.compile(r"99[0-9]{10}"),  # Region Stockholm
    "1.2.752.113.11.0.2.1.1.1": re.compile(r"(18|19|20)[0-9]{6}[0-9A-Z]{4}"),  # Västra Götalandsregionen
}
_RESERVNUMMER_OTHER = re.compile(r"[0-9A-Z]{10,12}")
_OID_SWEDEN = re.compile(r"1\.2\.752(\.(0|[1-9][0-9]{0,9})){1,12}")


def is_digits(text: str, length: int) -> bool:
    """True when `text` is exactly `length` ASCII digits."""
    return len(text) == length and text.isascii() and text.isdigit()


def luhn_ok(digits: str) -> bool:
    """True when the last of the ASCII `digits` is the Luhn check digit of the others."""
    digits = digits if len(digits) % 2 == 0 else "0" + digits
    return sum([_PAIRS[digits[place : place + 2]] for place in range(0, len(digits), 2)]) % 10 == 0


def gs1_ok(digits: str) -> bool:
    """True when the last of the ASCII `digits` is the GS1 check digit (weights 3 and 1 from the right)."""
    values = [*map(int, digits)]
    return (sum(values[-1::-2]) + 3 * sum(values[-2::-2])) % 10 == 0


def birth_date(digits: str) -> date | None:
    """The date in `digits` (8, YYYYMMDD, century 18, 19 or 20), or None when there is no such day."""
    if digits[:2] not in ("18", "19", "20"):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def personnummer_fault(text: str) -> str | None:
    """12 digits, a real date of birth, Luhn over the last ten (OID 1.2.752.129.2.1.3.1)."""
    if not is_digits(text, 12):
        return "personnummer_form"
    if birth_date(text[:8]) is None:
        return "personnummer_date"
    return None if luhn_ok(text[2:]) else "personnummer_check_digit"


def samordningsnummer_fault(text: str) -> str | None:
    """As a personnummer with 60 added to the day (OID 1.2.752.129.2.1.3.3)."""
    if not is_digits(text, 12):
        return "samordningsnummer_form"
    day = int(text[6:8]) - 60
    if day < 1 or birth_date(f"{text[:6]}{day:02}") is None:
        return "samordningsnummer_date"
    return None if luhn_ok(text[2:]) else "samordningsnummer_check_digit"


_LIKE_A_PERSON = re.compile(r"(?<![0-9])((?:[0-9]{2})?[0-9]{6})[-+ ]?([0-9]{4})(?![0-9])")


def holds_personal_number(text: str) -> bool:
    """Does free text hold what is a personnummer or samordningsnummer, with or without its century?"""
    for match in _LIKE_A_PERSON.finditer(text):
        digits = match[1] + match[2]
        for number in (digits,) if len(digits) == 12 else ("19" + digits, "20" + digits):
            if personnummer_fault(number) is None or samordningsnummer_fault(number) is None:
                return True
    return False


def reservnummer_fault(oid: str, number: str) -> str | None:
    """A regional reserve number: `oid` names the region's series, `number` has that region's form."""
    if not _OID_SWEDEN.fullmatch(oid):
        return "reservnummer_oid"
    return None if RESERVNUMMER_FORMATS.get(oid, _RESERVNUMMER_OTHER).fullmatch(number) else "reservnummer_form"


def gln_fault(text: str) -> str | None:
    """13 digits with the GS1 check digit."""
    if not is_digits(text, 13):
        return "gln_form"
    return None if gs1_ok(text) else "gln_check_digit"


def organisation_number_fault(text: str) -> str | None:
    """10 digits and Luhn; a sole trader has a personnummer's last ten."""
    if not is_digits(text, 10):
        return "organisation_number_form"
    return None if luhn_ok(text) else "organisation_number_check_digit"


def _plain(length: int, code: str) -> Callable[[str], str | None]:
    return lambda text: None if is_digits(text, length) else code


npl_id_fault = _plain(14, "npl_id_form")
npl_pack_id_fault = _plain(14, "npl_pack_id_form")
varunummer_fault = _plain(6, "varunummer_form")
prescriber_code_fault = _plain(7, "prescriber_code_form")
workplace_code_fault = _plain(13, "workplace_code_form")

_ATC = re.compile(r"Q?[A-Z](?:[0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?)?")
_SNOMED = re.compile(r"[1-9][0-9]{5,17}")
_HSA_ID = re.compile(r"SE[0-9]{10}-[A-Z0-9]{1,20}")
_ORGANISATION = re.compile(r"SE[0-9]{10}")
_PHONE = re.compile(r"\+?[0-9](?:[ -]?[0-9]){4,18}")


def _pattern(pattern: re.Pattern[str], code: str) -> Callable[[str], str | None]:
    return lambda text: None if pattern.fullmatch(text) else code


atc_fault = _pattern(_ATC, "atc_form")
snomed_fault = _pattern(_SNOMED, "snomed_form")
hsa_id_fault = _pattern(_HSA_ID, "hsa_id_form")
organisation_fault = _pattern(_ORGANISATION, "organisation_form")
phone_fault = _pattern(_PHONE, "phone_form")
