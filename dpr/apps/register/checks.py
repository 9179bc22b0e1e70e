"""What the checks of prescriptions and dispensings share: reading a resource of unknown quality, and collecting findings.

Rules: nothing here raises, whatever the resource; a part of the wrong type counts as missing. Findings name places, never
content. `now`: aware.

Example: `checks = Checks(resource, "Patient", now, "NLLPatient"); checks.need(has_name(resource), "required", "name")`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from dpr.apps.register.outcomes import Finding
from dpr.core import identifiers
from dpr.core.credential import PHARMACISTS, Profession
from dpr.core.fhir_names import SYSTEMS, Resource, listed
from dpr.core.fhir_names import identifiers as identifiers_of

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_SKEW = timedelta(minutes=5)
_PRESCRIBERS = {profession.name for profession in Profession if profession not in PHARMACISTS} - {"VT"}
_PRODUCTS: dict[str, Callable[[str], str | None]] = {
    SYSTEMS["npl_pack_id"]: identifiers.npl_pack_id_fault,
    SYSTEMS["npl_id"]: identifiers.npl_id_fault,
    SYSTEMS["varunummer"]: identifiers.varunummer_fault,
}
#: Products in these systems are medicines.
MEDICINES = frozenset((SYSTEMS["npl_pack_id"], SYSTEMS["npl_id"]))


class Checks:
    """Collects `findings` about one resource, which must be of `type` and claim one of NLL's `profiles`."""

    def __init__(self, resource: Resource, type: str, now: datetime, *profiles: str) -> None:
        self.resource = resource
        self.now = now
        self.findings: list[Finding] = []
        self._type = type
        self.need(resource.get("resourceType") == type, "resource-type", "resourceType")
        self.need("id" not in resource, "id-given", "id")
        self.need(self.has_profile(*profiles), "required", "meta.profile")

    def need(self, good: bool, key: str, where: str) -> bool:
        """A finding unless `good`; returns `good`."""
        if not good:
            self.findings.append(Finding(key, f"{self._type}.{where}"))
        return good

    def has_profile(self, *names: str) -> bool:
        """Does the resource claim one of NLL's profiles `names`?"""
        meta = self.resource.get("meta")
        profiles = meta.get("profile") if isinstance(meta, dict) else None
        claimed = {one.rsplit("/", 1)[-1] for one in profiles if isinstance(one, str)} if isinstance(profiles, list) else set()
        return not claimed.isdisjoint(names)

    def contained(self, reference: Any, type: str) -> Resource | None:
        """The contained resource that a Reference names, when it is of `type`."""
        target = reference.get("reference") if isinstance(reference, dict) else None
        for one in listed(self.resource, "contained"):
            if isinstance(target, str) and target == f"#{one.get('id')}" and one.get("resourceType") == type:
                return one
        return None

    def prescriber(self, reference: Any, where: str) -> None:
        """A contained Practitioner with a prescriber code, a known profession and a name."""
        found = self.contained(reference, "Practitioner")
        if found is None:
            self.need(False, "required", where)
            return
        codes = [value for system, value in identifiers_of(found) if system == SYSTEMS["prescriber_code"]]
        self.need(any(identifiers.prescriber_code_fault(one) is None for one in codes), "prescriber-code", where)
        codings = [one for each in listed(found, "qualification") for one in listed(each.get("code"), "coding")]
        professions = {str(one.get("code")) for one in codings if one.get("system") == SYSTEMS["profession"]}
        self.need(bool(professions & _PRESCRIBERS), "profession-code", where)
        self.need(
            any(is_text(one.get("text")) or is_text(one.get("family")) for one in listed(found, "name")), "required", where
        )

    def named_patient(self, where: str) -> None:
        """A contained Patient with a name and a date of birth."""
        found = self.contained(self.resource.get("subject"), "Patient") or {}
        self.need(has_name(found) and to_date(found.get("birthDate")) is not None, "patient-details", where)

    def products(self, where: str) -> set[str]:
        """The systems of the well-formed product codes, in the contained Medication or the concept; at least one."""
        medication = self.contained(self.resource.get("medicationReference"), "Medication") or {}
        concept = medication.get("code") or self.resource.get("medicationCodeableConcept")
        systems = {
            str(one.get("system"))
            for one in listed(concept, "coding")
            if (fault := _PRODUCTS.get(str(one.get("system")))) and fault(str(one.get("code"))) is None
        }
        self.need(bool(systems), "product-code", where)
        return systems

    def past(self, value: Any, where: str) -> datetime | None:
        """A dateTime with an offset that is not in the future."""
        found = to_instant(value)
        if self.need(found is not None, "required", where) and found is not None:
            self.need(found <= self.now + _SKEW, "future", where)
        return found


def has_name(person: Resource) -> bool:
    """Has a Practitioner or Patient a name?"""
    return any(is_text(one.get("text")) or is_text(one.get("family")) for one in listed(person, "name"))


def is_text(value: Any) -> bool:
    """Text that says something."""
    return isinstance(value, str) and 0 < len(value.strip()) <= 4096


def is_count(value: Any, most: int) -> bool:
    """An integer from 1 to `most` (true is none)."""
    return type(value) is int and 1 <= value <= most


def to_date(value: Any) -> date | None:
    """A FHIR date of whole days."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        return None


def to_instant(value: Any) -> datetime | None:
    """A FHIR dateTime with a time and an offset."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and _DATE_TIME.fullmatch(value) else None
    except ValueError:
        return None
