"""The headers of a call to the register (domain.md §7): who asks, for whom, and what for.

Rules: ids only, no name and no personnummer. What came from the register itself (a patient's id) is checked before it goes
into a header.

Example: `headers(pharmacist_id="ab12…", pharmacy_gln="735…", patient_reference=None, request_id="…", token="…")`
"""

from __future__ import annotations

import base64
import json
import re

from dpr.core.fhir_names import ACCESS, PROFILE, PURPOSE, SYSTEMS

_LOGICAL_ID = re.compile(r"(?:Patient/)?([A-Za-z0-9.-]{1,64})")


def headers(
    *, pharmacist_id: str, pharmacy_gln: str, patient_reference: str | None, request_id: str, token: str
) -> dict[str, str]:
    """The headers of every call (domain.md §7). Ids only: no name and no personnummer.

    `pharmacist_id`: the acting pharmacist's; "" where nobody in particular acts, and the pharmacy stands for itself.
    """
    pharmacy = {"identifier": {"system": SYSTEMS["gln"], "value": pharmacy_gln}}
    pharmacist = {"identifier": {"system": SYSTEMS["credential"], "value": pharmacist_id}}
    author = {"type": {"coding": [{"code": "author"}]}, "who": pharmacist if pharmacist_id else pharmacy}
    provenance = {
        "resourceType": "Provenance",
        "meta": {"profile": [PROFILE + "NLLProvenance"]},
        "location": pharmacy,
        "agent": [author | {"onBehalfOf": pharmacy}],
    }
    found = {
        "authorization": f"Bearer {token}",
        "x-purpose": PURPOSE,
        "x-access": ACCESS,
        "x-org-info": pharmacy_gln,
        "x-provenance": base64.b64encode(json.dumps(provenance).encode()).decode(),
        "x-context-id": request_id,
        "x-request-id": request_id,
        "x-user-agent": "dpr",
        "prefer": "return=minimal",
    }
    patient = _LOGICAL_ID.fullmatch(patient_reference or "")
    return found | ({"x-patientref": patient[1]} if patient else {})
