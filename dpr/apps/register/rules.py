"""What the reference register asks of a prescription and of a dispensing before it keeps them.

Rules: what NLL is known to need (docs/nll-mapping.md), and nothing that only a product register or a population register
could know. Everything wrong is found at once. What depends on other resources (is the prescription there, is anything
left) is for `against`, inside the transaction that keeps the dispensing.

Example: `findings = request_findings(resource, now)`
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from dpr.apps.register.checks import MEDICINES, Checks, is_count, is_text, to_date, to_instant
from dpr.apps.register.outcomes import Finding
from dpr.core import days, identifiers
from dpr.core.fhir_names import PAPER_PARTS, SYSTEMS, Resource, extension_value, listed

MAX_DISPENSINGS = 99
_YEAR = timedelta(days=366)


def request_findings(resource: Resource, now: datetime) -> list[Finding]:
    """What is wrong with a MedicationRequest."""
    checks = Checks(resource, "MedicationRequest", now, "NLLMedicationRequest")
    checks.need(resource.get("status") == "active", "required", "status")
    checks.need(is_text(resource.get("intent")), "required", "intent")
    checks.prescriber(resource.get("requester"), "requester")
    checks.products("medication")
    checks.past(resource.get("authoredOn"), "authoredOn")
    checks.need(any(is_text(one.get("text")) for one in listed(resource, "dosageInstruction")), "required", "dosageInstruction")
    for name in ("prescription_format", "registration_basis"):
        coding = extension_value(resource, name)
        checks.need(isinstance(coding, dict) and is_text(coding.get("code")), "required", f"extension({name})")
    request = resource.get("dispenseRequest")
    _dispense_request(checks, request if isinstance(request, dict) else {})
    if literal_patient(resource) is None:
        checks.named_patient("subject")
        pharmacy = extension_value(request, "receiving_pharmacy")
        checks.need(_is_gln(pharmacy), "receiving-pharmacy", "dispenseRequest.extension(receiving_pharmacy)")
    return checks.findings


def _dispense_request(checks: Checks, request: Resource) -> None:
    period = request.get("validityPeriod")
    start, end = (to_date(period.get(name)) if isinstance(period, dict) else None for name in ("start", "end"))
    good = start is not None and end is not None and start <= end <= start + _YEAR
    checks.need(good, "validity", "dispenseRequest.validityPeriod")
    checks.need(dispensings_of({"dispenseRequest": request}) > 0, "dispensings", "dispenseRequest.numberOfRepeatsAllowed")
    packages = extension_value(request, "packages_prescribed")
    checks.need(is_count(packages, 999), "required", "dispenseRequest.extension(packages_prescribed)")
    benefit = extension_value(request, "benefit")
    checks.need(type(benefit) is bool, "benefit", "dispenseRequest.extension(benefit)")
    if benefit is True:
        workplace = str(extension_value(request, "workplace_code"))
        where = "dispenseRequest.extension(workplace_code)"
        checks.need(identifiers.workplace_code_fault(workplace) is None, "workplace-code", where)
    interval = request.get("dispenseInterval")
    if interval is not None:
        good = isinstance(interval, dict) and is_count(interval.get("value"), 365) and interval.get("code") == "d"
        checks.need(good, "required", "dispenseRequest.dispenseInterval")


def dispensings_of(request: Resource) -> int:
    """How many times a prescription may be dispensed: repeats and one; 0 where that is not said, or said in two ways."""
    element = request.get("dispenseRequest")
    repeats = element.get("numberOfRepeatsAllowed") if isinstance(element, dict) else None
    allowed = extension_value(element, "dispensings_allowed")
    if type(repeats) is not int or not 0 <= repeats < MAX_DISPENSINGS or allowed not in (None, repeats + 1):
        return 0
    return repeats + 1


def literal_patient(resource: Resource) -> str | None:
    """The id in the literal reference `Patient/…` of a resource's subject."""
    return _literal(resource.get("subject"), "Patient")


def literal_prescription(resource: Resource) -> str | None:
    """The id in the one literal reference to a MedicationRequest that authorises a dispensing."""
    found = listed(resource, "authorizingPrescription")
    return _literal(found[0], "MedicationRequest") if len(found) == 1 else None


def _literal(reference: Any, type: str) -> str | None:
    target = reference.get("reference") if isinstance(reference, dict) else None
    prefix = f"{type}/"
    return target[len(prefix) :] if isinstance(target, str) and target.startswith(prefix) else None


def _is_gln(reference: Any) -> bool:
    found = reference.get("identifier") if isinstance(reference, dict) else None
    if not isinstance(found, dict) or found.get("system") != SYSTEMS["gln"]:
        return False
    return identifiers.gln_fault(str(found.get("value"))) is None


def dispense_findings(resource: Resource, now: datetime) -> list[Finding]:
    """What is wrong with a MedicationDispense, as far as it tells by itself."""
    checks = Checks(resource, "MedicationDispense", now, "NLLMedicationDispense", "NLLDispensePaperPrescription")
    checks.need(resource.get("status") == "completed", "required", "status")
    systems = checks.products("medication")
    handed_over = checks.past(resource.get("whenHandedOver"), "whenHandedOver")
    actor, row = extension_value(resource, "actor_dispatch_id"), extension_value(resource, "dispatch_row")
    checks.need(is_text(actor) and len(actor) <= 64, "required", "extension(actor_dispatch_id)")
    checks.need(type(row) in (int, float) and 1 <= row <= 9999, "required", "extension(dispatch_row)")
    packages = extension_value(resource, "packages_dispensed")
    checks.need(is_count(packages, 999), "required", "extension(packages_dispensed)")
    substitution = resource.get("substitution")
    stated = isinstance(substitution, dict) and type(substitution.get("wasSubstituted")) is bool
    checks.need(stated, "required", "substitution.wasSubstituted")
    if checks.has_profile("NLLDispensePaperPrescription"):
        _paper(checks, systems, handed_over)
    else:
        checks.need(literal_prescription(resource) is not None, "prescription", "authorizingPrescription")
        checks.need(literal_patient(resource) is not None, "required", "subject")
    return checks.findings


def _paper(checks: Checks, systems: set[str], handed_over: datetime | None) -> None:
    where = "extension(paper_prescription)"
    checks.need("authorizingPrescription" not in checks.resource, "prescription", "authorizingPrescription")
    checks.named_patient("subject")
    checks.need(not systems or not systems.isdisjoint(MEDICINES), "medicines-only", "medication")
    details = {"extension": extension_value(checks.resource, "paper_prescription")}
    parts = {str(one.get("url")): one for one in listed(details, "extension")}
    if not checks.need(bool(parts), "prescription", where):
        return
    value = {name: parts.get(name, {}).get(f"value{kind}") for name, kind in PAPER_PARTS.items()}
    checks.prescriber(value["prescriber"], f"{where}.prescriber")
    checks.need(checks.contained(value["medication"], "Medication") is not None, "required", f"{where}.medication")
    authored, valid_to = checks.past(value["authoredOn"], f"{where}.authoredOn"), to_date(value["validTo"])
    checks.need(valid_to is not None, "validity", f"{where}.validTo")
    most = value["dispensings"]
    counted = type(most) is int and is_count(most, MAX_DISPENSINGS) and is_count(value["dispensing"], most)
    checks.need(counted, "dispensings", f"{where}.dispensing")
    checks.need(is_count(value["packages"], 999), "required", f"{where}.packages")
    checks.need(value["dosePackaging"] is not True, "dose-packaged", f"{where}.dosePackaging")
    if authored and valid_to and handed_over:
        checks.need(_valid_then(authored, valid_to, handed_over), "not-valid-then", "whenHandedOver")


def against(resource: Resource, request: Resource | None, registered: int) -> list[Finding]:
    """What is wrong with a MedicationDispense, given its prescription and how many dispensings of that are registered."""
    where = "MedicationDispense.authorizingPrescription"
    if request is None:
        return [Finding("prescription-unknown", where)]
    findings = []
    if literal_patient(resource) != literal_patient(request):
        findings.append(Finding("other-patient", where))
    period = request["dispenseRequest"]["validityPeriod"]
    authored, valid_to, handed_over = (
        to_instant(request["authoredOn"]),
        to_date(period["end"]),
        to_instant(resource["whenHandedOver"]),
    )
    if authored is None or valid_to is None or handed_over is None or not _valid_then(authored, valid_to, handed_over):
        findings.append(Finding("not-valid-then", where))
    if registered >= dispensings_of(request):
        findings.append(Finding("none-left", where))
    return findings


def _valid_then(authored: datetime, valid_to: date, handed_over: datetime) -> bool:
    return authored <= handed_over and days.day_of(int(handed_over.timestamp())) <= valid_to
