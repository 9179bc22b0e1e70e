"""What the reference register says when it says no: one table, in Swedish and English, as FHIR's OperationOutcome.

Rules: every answer that is not a success is an OperationOutcome; a finding names the place in the resource or header, never
its content. AFF codes that EHM has published are used as they are; for everything else the codes are the register's own.

Example: `raise Refusal(422, Finding("prescriber-code", "MedicationRequest.requester"))`
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from aiohttp import web

from dpr.core.fhir_names import SYSTEMS, Resource

FHIR_JSON = "application/fhir+json"
_OWN = "urn:dpr:rehearsal:outcome"


class Outcome(NamedTuple):
    """The words of one kind of finding; `kind` is FHIR's issue type, `aff` EHM's code where one is published."""

    kind: str
    sv: str
    en: str
    aff: str | None = None


class Finding(NamedTuple):
    """One thing wrong: a key of `OUTCOMES` and where (a FHIRPath, or `header x-purpose`)."""

    key: str
    where: str = ""


class Refusal(Exception):
    """A request is refused: the HTTP status, and everything that is wrong."""

    def __init__(self, status: int, *findings: Finding) -> None:
        super().__init__(status, *(finding.key for finding in findings))
        self.status = status
        self.findings = findings


OUTCOMES = {
    # --- the call ---
    "token": Outcome("login", "Behörighetsbevis (bearer) saknas", "the bearer token is missing"),
    "header": Outcome("required", "Meddelandehuvudet saknas eller är fel", "the header is missing or wrong"),
    "patient-reference": Outcome("value", "x-patientref avser en annan patient", "x-patientref names another patient"),
    "route": Outcome("not-supported", "Funktionen finns inte här", "there is no such interaction here"),
    "too-large": Outcome("too-long", "Meddelandet är för stort", "the message is too large"),
    "media-type": Outcome("not-supported", "Endast okomprimerad JSON tas emot", "only uncompressed JSON is taken"),
    "json": Outcome("structure", "Innehållet är inte giltig JSON", "the content is not valid JSON"),
    "parameter": Outcome("invalid", "Sökparametern är okänd eller fel", "the search parameter is unknown or wrong"),
    "parameter-missing": Outcome("required", "Sökningen saknar villkor", "the search has no condition"),
    "too-many": Outcome("too-costly", "Sökningen ger för många träffar", "the search finds too much"),
    "unknown": Outcome("not-found", "Resursen finns inte", "there is no such resource"),
    "failed": Outcome("exception", "Registret kunde inte svara", "the register could not answer"),
    "rehearsal": Outcome("transient", "Övning: registret svarar med fel", "rehearsal: the register answers with an error"),
    "rehearsal-form": Outcome("invalid", "Övningens inställning är fel", "the rehearsal setting is wrong"),
    # --- any resource ---
    "resource-type": Outcome("invalid", "Fel resurstyp", "the wrong type of resource"),
    "id-given": Outcome("invalid", "Id sätts av registret", "the register gives the id"),
    "required": Outcome("required", "Uppgiften saknas eller har fel form", "it is missing or has the wrong form"),
    "product-code": Outcome("code-invalid", "Giltig artikelkod saknas", "a valid product code is missing"),
    "prescriber-code": Outcome("business-rule", "Giltig förskrivarkod saknas", "a valid prescriber code is missing", "F.001"),
    "profession-code": Outcome("business-rule", "Yrkeskoden är inte känd", "the profession code is not known"),
    "patient-unknown": Outcome("not-found", "Patienten finns inte", "there is no such patient"),
    "patient-details": Outcome("required", "Namn och födelsedatum saknas", "name and date of birth are missing"),
    "future": Outcome("business-rule", "Tidpunkten ligger i framtiden", "the time is in the future"),
    # --- prescriptions ---
    "validity": Outcome("business-rule", "Giltighetstiden är fel", "the validity period is wrong"),
    "dispensings": Outcome("value", "Antal uttag saknas eller är fel", "the number of dispensings is missing or wrong"),
    "benefit": Outcome("business-rule", "Val av förmån saknas", "the choice of benefit is missing"),
    "workplace-code": Outcome("business-rule", "Arbetsplatskod krävs för förmån", "benefit needs a workplace code"),
    "receiving-pharmacy": Outcome("business-rule", "Mottagande apotek saknas", "the receiving pharmacy is missing"),
    # --- dispensings ---
    "prescription": Outcome("required", "Förskrivning eller dess uppgifter saknas", "no prescription and no details of one"),
    "prescription-unknown": Outcome("not-found", "Förskrivningen finns inte", "there is no such prescription"),
    "other-patient": Outcome("business-rule", "Förskrivningen avser en annan patient", "it is for another patient"),
    "not-valid-then": Outcome("business-rule", "Förskrivningen gällde inte då", "the prescription was not valid then"),
    "none-left": Outcome("business-rule", "Det finns inga uttag kvar", "no dispensings are left"),
    "medicines-only": Outcome("business-rule", "Endast läkemedel på pappersrecept", "only medicines from a paper prescription"),
    "dose-packaged": Outcome("business-rule", "Dosdispenserat på papper registreras inte", "no dose packaging from paper"),
}


def outcome(findings: Iterable[Finding], detail: str = "") -> Resource:
    """The OperationOutcome of `findings`, at most 20; `detail`: more for a programmer, in English."""
    issues = [_issue(finding, detail) for finding in list(findings)[:20]]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(finding: Finding, detail: str) -> Resource:
    kind, sv, en, aff = OUTCOMES[finding.key]
    coding = {"system": SYSTEMS["aff"], "code": aff} if aff else {"system": _OWN, "code": finding.key}
    words = f"{aff} {sv} / {en}" if aff else f"{sv} / {en}"
    place = "; ".join(filter(None, (finding.where, detail)))
    issue: Resource = {
        "severity": "error",
        "code": kind,
        "details": {"coding": [coding | {"display": sv}], "text": sv},
        "diagnostics": f"{words} ({place})" if place else words,
    }
    return issue | ({"expression": [finding.where]} if finding.where else {})


def answer(status: int, findings: Iterable[Finding], detail: str = "") -> web.Response:
    """The same as an HTTP answer."""
    return web.json_response(outcome(findings, detail), status=status, content_type=FHIR_JSON)
