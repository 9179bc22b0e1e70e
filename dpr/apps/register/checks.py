"""What the reference register asks of headers and resources (domain.md §7; docs/nll-mapping.md).

Rules: everything that is wrong is said at once, in words with a code like EHM's check codes; nothing is repaired.

Example: `faults_of_request(resource)` → ["F.001 giltig förskrivarkod saknas"]
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dpr.core import fhir, identifiers

REQUIRED_HEADERS = (
    "Authorization",
    "x-purpose",
    "x-access",
    "x-org-info",
    "x-provenance",
    "x-context-id",
    "x-request-id",
    "x-user-agent",
)
_NUMBERS = {
    fhir.SYSTEMS["personnummer"]: identifiers.personnummer_fault,
    fhir.SYSTEMS["samordningsnummer"]: identifiers.samordningsnummer_fault,
}


def faults_of_headers(headers: Mapping[str, str]) -> list[str]:
    """What is missing or wrong in a request's headers."""
    faults = [f"header {name} is missing" for name in REQUIRED_HEADERS if not headers.get(name)]
    if not headers.get("Authorization", "Bearer x").startswith("Bearer "):
        faults.append("Authorization is not a bearer token")
    provenance = headers.get("x-provenance", "")
    try:
        if provenance and json.loads(base64.b64decode(provenance, validate=True)).get("resourceType") != "Provenance":
            faults.append("x-provenance is no Provenance")
    except (binascii.Error, ValueError, AttributeError, RecursionError):
        faults.append("x-provenance is not base64 of a JSON Provenance")
    return faults


def patient_number(token: str) -> str | None:
    """The number of an identifier `system|value` that names a patient, or None."""
    system, _, value = token.partition("|")
    rule = _NUMBERS.get(system)
    if rule is not None:
        return None if rule(value) else value
    oid = system.removeprefix("urn:oid:")
    return value if system != oid and identifiers.reservnummer_fault(oid, value) is None else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _contained(resource: dict[str, Any], type_: str) -> dict[str, Any]:
    return next((one for one in _dicts(resource.get("contained")) if one.get("resourceType") == type_), {})


def _codes(resource: dict[str, Any]) -> set[str]:
    codings = _dicts(_dict(_contained(resource, "Medication").get("code")).get("coding"))
    return {str(coding.get("system")) for coding in codings if coding.get("code")}


def faults_of_request(resource: dict[str, Any]) -> list[str]:
    """What is wrong in a MedicationRequest."""
    faults = []
    practitioner = _contained(resource, "Practitioner")
    system = fhir.SYSTEMS["prescriber_code"]
    codes = [str(one.get("value")) for one in _dicts(practitioner.get("identifier")) if one.get("system") == system]
    if not any(identifiers.prescriber_code_fault(code) is None for code in codes):
        faults.append("F.001 giltig förskrivarkod saknas")
    if not _codes(resource) and not _dict(_contained(resource, "Medication").get("code")).get("text"):
        faults.append("F.010 läkemedel eller vara saknas")
    if not re.fullmatch(r"Patient/\S+|#patient", str(_dict(resource.get("subject")).get("reference"))):
        faults.append("F.020 patient saknas")
    request = _dict(resource.get("dispenseRequest"))
    period = _dict(request.get("validityPeriod"))
    if not _is_date(period.get("start")) or not _is_date(period.get("end")) or period["start"] > period["end"]:
        faults.append("F.030 giltighetstid saknas eller är felaktig")
    if type(request.get("numberOfRepeatsAllowed")) is not int or request["numberOfRepeatsAllowed"] < 0:
        faults.append("F.031 antal uttag saknas")
    if resource.get("status") != "active" or resource.get("intent") != "order":
        faults.append("F.040 status och intent ska vara active och order")
    if not _dicts(resource.get("dosageInstruction")):
        faults.append("F.050 dosering saknas")
    return faults


def faults_of_dispense(resource: dict[str, Any]) -> list[str]:
    """What is wrong in a MedicationDispense by itself."""
    faults = []
    names = {str(one.get("url", "")).rsplit("/", 1)[-1] for one in _dicts(resource.get("extension"))}
    for name in ("nllActorDispatchId", "nllDispatchRowNo", "nllNumberOfPackagesDispensed"):
        if name not in names:
            faults.append(f"U.001 {name} saknas")
    if not _is_instant(resource.get("whenHandedOver")):
        faults.append("U.010 whenHandedOver saknas eller är felaktig")
    references = _dicts(resource.get("authorizingPrescription"))
    if len(references) != 1:
        faults.append("U.020 authorizingPrescription ska vara en")
    elif references[0].get("reference") == "#prescription":
        faults += faults_of_request({**_contained(resource, "MedicationRequest"), "contained": resource.get("contained")})
    return faults


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None


def _is_instant(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
