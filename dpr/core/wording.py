"""The words of the field in Swedish and English: labels of fields and names of enumerated values.

Rules: one table; a field or value that is not in it is a programming error (KeyError), which a test looks for.

Example: `label("dosage", "sv")` → "Dosering"
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

from dpr.core.dispensing import ChargeBasis, Collector, IdentityCheck, Outcome
from dpr.core.prescription import FormatReason, PrescriptionKind, Protection, Unlisted
from dpr.core.products import ControlClass

Language = Literal["sv", "en"]
LANGUAGES: tuple[Language, ...] = ("sv", "en")

PROTECTED_NAME: dict[Language, str] = {"sv": "Personuppgift skyddad", "en": "Personal data protected"}
MASKED: dict[Language, str] = {"sv": "visas inte (skyddad identitet)", "en": "not shown (protected identity)"}

LABELS: dict[str, tuple[str, str]] = {
    "patient": ("Patient", "Patient"),
    "animal": ("Djur", "Animal"),
    "item": ("Receptrad", "Item"),
    "prescriber": ("Förskrivare", "Prescriber"),
    "prescription": ("Recept", "Prescription"),
    "name": ("Namn", "Name"),
    "protected": ("Skydd", "Protection"),
    "personnummer": ("Personnummer", "Personnummer"),
    "samordningsnummer": ("Samordningsnummer", "Samordningsnummer"),
    "reservnummer": ("Reservnummer", "Reserve number"),
    "birth_date": ("Födelsedatum", "Date of birth"),
    "species": ("Djurslag", "Species"),
    "owner": ("Djurägare", "Owner"),
    "organisation_number": ("Organisationsnummer", "Organisation number"),
    "withdrawal_days": ("Karenstid", "Withdrawal time"),
    "product": ("Läkemedel eller vara", "Product"),
    "signed_name": ("ENLIGT RECEPTET", "AS PRESCRIBED"),
    "form": ("Form", "Form"),
    "strength": ("Styrka", "Strength"),
    "pack": ("Förpackning", "Pack"),
    "packages": ("Antal förpackningar per uttag", "Packages per dispensing"),
    "dispensings": ("Antal uttag", "Dispensings"),
    "interval_days": ("Expeditionsintervall", "Interval between dispensings"),
    "dosage": ("Dosering", "Dosage"),
    "dose": ("Dos", "Dose"),
    "purpose": ("Ändamål", "Purpose"),
    "reason": ("Orsak", "Reason"),
    "control_class": ("Särskilt läkemedel", "Special medicine"),
    "unlisted": ("Utan kod", "Without code"),
    "substitution": ("Utbyte", "Substitution"),
    "allowed": ("tillåtet", "allowed"),
    "not_allowed": ("FÅR EJ BYTAS UT", "NOT ALLOWED"),
    "benefit": ("Förmån", "Benefit"),
    "benefit_conditions": ("Villkor för begränsad förmån uppfyllda", "Conditions for restricted benefit met"),
    "first_pack": ("Startförpackning", "Start package"),
    "dose_dispensing": ("Dosdispensering", "Dose dispensing"),
    "infection_act": ("Fritt enligt smittskyddslagen", "Free under the Communicable Diseases Act"),
    "max_dose_exceeded": ("Maxdosen överskrids avsiktligt", "Maximum dose exceeded on purpose"),
    "codes": ("Koder", "Codes"),
    "specialist": ("Specialitet", "Speciality"),
    "prescriber_code": ("Förskrivarkod", "Prescriber code"),
    "phone": ("Telefon", "Phone"),
    "workplace": ("Arbetsplats", "Workplace"),
    "workplace_code": ("Arbetsplatskod", "Workplace code"),
    "issuer": ("Intygas av", "Vouched for by"),
    "kind": ("Slag", "Kind"),
    "format_reason": ("Skäl till formatet", "Reason for this format"),
    "telephone": ("Telefonrecept", "Telephone prescription"),
    "authored": ("Utfärdat", "Written"),
    "valid_to": ("Giltigt till och med", "Valid to and including"),
    "audience": ("Ställt till apotek", "Addressed to pharmacy"),
    "id": ("Receptets id", "Prescription id"),
    "yes": ("ja", "yes"),
    "no": ("nej", "no"),
}

_WORDS: dict[type[IntEnum], dict[IntEnum, tuple[str, str]]] = {
    PrescriptionKind: {
        PrescriptionKind.PRESCRIPTION: ("läkemedelsrecept", "prescription"),
        PrescriptionKind.CONSUMABLES: ("hjälpmedelskort", "consumables card"),
        PrescriptionKind.FOOD: ("livsmedelsanvisning", "food for a child"),
        PrescriptionKind.ANIMAL: ("djurrecept", "animal prescription"),
    },
    FormatReason: {
        FormatReason.TECHNICAL_FAILURE: ("teknisk störning", "technical failure"),
        FormatReason.SPECIAL_PROTECTION: ("särskilt skydd", "special protection"),
        FormatReason.OTHER: ("annat skäl", "other reason"),
    },
    Protection: {
        Protection.NONE: ("nej", "no"),
        Protection.SEKRETESSMARKERING: ("sekretessmarkering", "confidentiality marking"),
        Protection.SKYDDAD_FOLKBOKFORING: ("skyddad folkbokföring", "protected population registration"),
    },
    Unlisted: {
        Unlisted.EXTEMPORE: ("extempore", "extemporaneous"),
        Unlisted.LICENS: ("licensläkemedel", "licensed medicine"),
        Unlisted.UNLISTED: ("finns inte i registret", "not in the product register"),
    },
    ControlClass: {
        ControlClass.NONE: ("nej", "no"),
        ControlClass.NARCOTIC_II: ("narkotika II", "narcotic II"),
        ControlClass.NARCOTIC_III: ("narkotika III", "narcotic III"),
        ControlClass.NARCOTIC_IV: ("narkotika IV", "narcotic IV"),
        ControlClass.NARCOTIC_V: ("narkotika V", "narcotic V"),
        ControlClass.OTHER_SPECIAL: ("annat särskilt läkemedel", "other special medicine"),
    },
    Outcome: {
        Outcome.PASS: ("godkänt", "pass"),
        Outcome.WARN: ("varning", "warning"),
        Outcome.STOP: ("stopp", "stop"),
    },
    Collector: {
        Collector.PATIENT: ("patienten", "patient"),
        Collector.REPRESENTATIVE: ("ombud", "representative"),
        Collector.GUARDIAN: ("vårdnadshavare", "guardian"),
        Collector.OWNER: ("djurägaren", "owner"),
    },
    IdentityCheck: {
        IdentityCheck.ID_CARD: ("legitimation", "identity card"),
        IdentityCheck.KNOWN: ("känd", "known"),
        IdentityCheck.CERTIFIED_BY_OTHER: ("intygad av annan", "certified by another"),
        IdentityCheck.PERSONBEVIS: ("personbevis", "extract from the population register"),
    },
    ChargeBasis: {
        ChargeBasis.ORDINARY: ("ordinarie", "ordinary"),
        ChargeBasis.FLAT: ("schablon", "flat"),
        ChargeBasis.DEFERRED: ("betalas senare", "deferred"),
    },
}


def label(name: str, language: Language) -> str:
    """The label of a field."""
    return LABELS[name][LANGUAGES.index(language)]


def enum_words(member: IntEnum, language: Language) -> str:
    """An enumerated value in words."""
    return _WORDS[type(member)][member][LANGUAGES.index(language)]
