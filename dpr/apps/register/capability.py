"""The reference register's CapabilityStatement: what it can do, and what it leaves undone on purpose.

Example: `capability_statement(now)`
"""

from __future__ import annotations

from datetime import datetime

from dpr.core.fhir_names import PROFILE, Resource

#: Search parameters of each resource type → FHIR's type of parameter.
PARAMETERS: dict[str, dict[str, str]] = {
    "Patient": {"identifier": "token"},
    "MedicationRequest": {
        "identifier": "token",
        "patient": "reference",
        "patient.identifier": "token",
        "patient.birthdate": "date",
    },
    "MedicationDispense": {
        "identifier": "token",
        "patient": "reference",
        "patient.identifier": "token",
        "patient.birthdate": "date",
        "prescription": "reference",
    },
}
_PROFILES = {
    "Patient": ("NLLPatient",),
    "MedicationRequest": ("NLLMedicationRequest",),
    "MedicationDispense": ("NLLMedicationDispense", "NLLDispensePaperPrescription"),
}


def capability_statement(now: datetime) -> Resource:
    """The answer to GET /metadata."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "dpr reference register"},
        "implementation": {
            "description": "A subset shaped like NLL, to rehearse outages. Not EHM's. For test persons only. "
            "Requests are not de-duplicated: neither by x-request-id nor by identifier."
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{"mode": "server", "resource": [_resource(type) for type in PARAMETERS]}],
    }


def _resource(type: str) -> Resource:
    interactions = ["read", "search-type"] + ([] if type == "Patient" else ["create"])
    return {
        "type": type,
        "supportedProfile": [PROFILE + name for name in _PROFILES[type]],
        "interaction": [{"code": interaction} for interaction in interactions],
        "conditionalCreate": False,
        "searchParam": [{"name": name, "type": kind} for name, kind in PARAMETERS[type].items()],
    }
