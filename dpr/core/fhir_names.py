"""What the register calls things: identifier systems, profiles, extensions and codes of NLL's FHIR R4 interface.

Rules: names only; this page and docs/nll-mapping.md (which says where each was seen, and what is assumed) are all that
somebody with EHM's full package has to correct. A name that no public source confirms is not put in EHM's namespace: it
stands under `OURS`, so that nobody takes it for theirs.

Example: `extension("packages_prescribed", 2)`; `extension_value(resource, "actor_dispatch_id")`
"""

from __future__ import annotations

from typing import Any, NamedTuple

Resource = dict[str, Any]

PROFILE = "http://electronichealth.se/fhir/StructureDefinition/"
#: Extensions that are dpr's own.
OURS = "urn:dpr:extension:"

SYSTEMS = {
    "personnummer": "http://electronichealth.se/identifier/personnummer",
    "samordningsnummer": "http://electronichealth.se/identifier/samordningsnummer",
    "prescriber_code": "http://electronichealth.se/identifier/forskrivarkod",
    "gln": "http://electronichealth.se/identifier/gln",
    "npl_id": "http://electronichealth.se/fhir/NamingSystem/nplid",
    "npl_pack_id": "http://electronichealth.se/fhir/NamingSystem/nplpackid",
    "varunummer": "http://electronichealth.se/fhir/NamingSystem/varunr",
    "actor_dispatch": "http://electronichealth.se/fhir/NamingSystem/actorDispatchId",
    "atc": "http://www.whocc.no/atc",
    "snomed": "http://snomed.info/sct",
    "ucum": "http://unitsofmeasure.org",
    "profession": "http://electronichealth.se/fhir/ValueSet/profession-code",
    "prescription_format": "http://electronichealth.se/fhir/ValueSet/prescription-format",
    "registration_basis": "http://ehalsomyndigheten.se/fhir/ValueSet/registration-basis-codes",
    "aff": "http://ehalsomyndigheten.se/fhir/CodeSystem/aff-codes",
    "item": "urn:dpr:item",
    "dispensing": "urn:dpr:dispensing",
    "credential": "urn:dpr:credential",
}
#: The same identifiers under the OIDs that older systems use.
OTHER_SYSTEMS = {
    "urn:oid:1.2.752.129.2.1.3.1": SYSTEMS["personnummer"],
    "urn:oid:1.2.752.129.2.1.3.3": SYSTEMS["samordningsnummer"],
}


class Extension(NamedTuple):
    """An extension's `url` and the FHIR type of its value, with a capital letter ("" for one made of parts)."""

    url: str
    kind: str


EXTENSIONS = {
    # MedicationRequest
    "prescription_format": Extension(PROFILE + "NLLPrescriptionFormat", "Coding"),
    "registration_basis": Extension(PROFILE + "NLLRegistrationBasis", "Coding"),
    "treatment_reason": Extension(PROFILE + "NLLPatientTreatmentReason", "String"),
    "prescriber_contact": Extension(PROFILE + "NLLPrescriberContactInfo", "Reference"),
    "first_pack": Extension(OURS + "first-pack", "Boolean"),
    # MedicationRequest.dosageInstruction
    "max_dose_exceeded": Extension(PROFILE + "NLLObservandumDose", "Boolean"),
    # MedicationRequest.dispenseRequest
    "infection_act": Extension(PROFILE + "NLLPrescriptionCommunicableDiseasesAct", "Boolean"),
    "packages_prescribed": Extension(PROFILE + "NLLNumberOfPackagesPrescribed", "PositiveInt"),
    "dispensings_allowed": Extension(PROFILE + "NLLNumberOfDispensesAllowed", "UnsignedInt"),
    "workplace_code": Extension(PROFILE + "NLLWorkplacecode", "Code"),
    "benefit": Extension(PROFILE + "NLLPatientPharmaceuticalBenefitsAct", "Boolean"),
    "benefit_conditions": Extension(PROFILE + "NLLConditionsPharmaceuticalBenefitsAct", "Boolean"),
    "dose_packaging": Extension(PROFILE + "NLLDosePackaging", "Boolean"),
    "receiving_pharmacy": Extension(PROFILE + "NLLReceivingPharmacy", "Reference"),
    # MedicationDispense
    "dispatch_id": Extension(PROFILE + "NLLDispatchId", "String"),
    "actor_dispatch_id": Extension(PROFILE + "NLLActorDispatchId", "String"),
    "dispatch_row": Extension(PROFILE + "NLLDispatchRowNo", "Decimal"),
    "packages_dispensed": Extension(PROFILE + "NLLNumberOfPackagesDispensed", "PositiveInt"),
    "benefit_choice": Extension(PROFILE + "NLLBenefitChoiceCode", "Code"),
    "paper_prescription": Extension(OURS + "paper-prescription", ""),
}
#: The parts of `paper_prescription`: name → FHIR type.
PAPER_PARTS = {
    "authoredOn": "DateTime",
    "validTo": "Date",
    "prescriber": "Reference",
    "medication": "Reference",
    "registrationBasis": "Code",
    "packages": "PositiveInt",
    "dispensings": "UnsignedInt",
    "dispensing": "PositiveInt",
    "benefit": "Boolean",
    "workplaceCode": "Code",
    "dosePackaging": "Boolean",
    "identifier": "Identifier",
}

FORMAT_ELECTRONIC = "ELECTRONIC"
BASIS_PAPER, BASIS_TELEPHONE = "PAPER", "TELEPHONE"
BENEFIT_CHOICE = {True: "benefit", False: "no-benefit"}
PURPOSE, ACCESS = "dispensing", "no-consent-required"


def extension(name: str, value: Any) -> Resource:
    """One extension of `EXTENSIONS`; `value` as FHIR writes it, or the list of parts."""
    url, kind = EXTENSIONS[name]
    return {"url": url, f"value{kind}": value} if kind else {"url": url, "extension": value}


def coded(system: str, code: str) -> Resource:
    """A Coding in one of `SYSTEMS`."""
    return {"system": SYSTEMS[system], "code": code}


def extension_value(element: Any, name: str) -> Any:
    """The value of the extension `name` on an element of unknown quality, or None."""
    url, kind = EXTENSIONS[name]
    for one in listed(element, "extension"):
        if one.get("url") == url:
            return one.get(f"value{kind}" if kind else "extension")
    return None


def listed(element: Any, name: str) -> list[Resource]:
    """The objects in a list of an element of unknown quality; everything else in it is left out."""
    value = element.get(name) if isinstance(element, dict) else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def identifiers(resource: Any) -> set[tuple[str, str]]:
    """(system, value) of every identifier of a resource of unknown quality."""
    pairs = ((one.get("system"), one.get("value")) for one in listed(resource, "identifier"))
    return {(system, value) for system, value in pairs if isinstance(system, str) and isinstance(value, str)}
