"""Faults of a prescription that more than one field make together."""

from __future__ import annotations

from dpr.core.codes.advice import CALL, CORRECT, Words

TABLE: dict[str, Words] = {
    "validity_not_whole_days": Words(
        "Giltigheten slutar mitt på en dag i stället för vid midnatt.",
        "The validity ends in the middle of a day and not at midnight.",
        *CALL,
    ),
    "validity_before_authored": Words(
        "Receptet slutar gälla före den dag det skrevs.",
        "The prescription ends before the day on which it was written.",
        *CORRECT,
    ),
    "validity_too_long": Words(
        "Receptet gäller längre än ett år.",
        "The prescription is valid for more than a year.",
        *CORRECT,
    ),
    "validity_telephone": Words(
        "Ett telefonrecept får gälla högst 14 dagar.",
        "A telephone prescription is valid for at most 14 days.",
        *CORRECT,
    ),
    "reason_missing": Words(
        "Skälet till att receptet skrivs i det här formatet saknas.",
        "The reason for writing the prescription in this format is missing.",
        *CORRECT,
    ),
    "reason_not_applicable": Words(
        "Skäl till formatet anges bara för läkemedelsrecept till människor.",
        "A reason for the format is stated only for prescriptions of medicines for people.",
        *CORRECT,
    ),
    "patient_missing": Words(
        "Patienten saknas.",
        "The patient is missing.",
        *CORRECT,
    ),
    "patient_identity": Words(
        "Patienten ska ha precis en identitet: personnummer, samordningsnummer, reservnummer eller födelsedatum.",
        "The patient must have exactly one identity: personnummer, samordningsnummer, reservnummer or date of birth.",
        *CORRECT,
    ),
    "patient_name_missing": Words(
        "Namnet saknas; det behövs när patienten bara har födelsedatum.",
        "The name is missing; it is needed where the patient has only a date of birth.",
        *CORRECT,
    ),
    "patient_born_later": Words(
        "Patienten är född efter den dag då receptet skrevs.",
        "The patient was born after the day on which the prescription was written.",
        *CORRECT,
    ),
    "patient_not_for_animal": Words(
        "Ett djurrecept har ingen patient, bara djur och ägare.",
        "An animal prescription has no patient, only the animal and its owner.",
        *CORRECT,
    ),
    "animal_missing": Words(
        "Djuret och dess ägare saknas.",
        "The animal and its owner are missing.",
        *CORRECT,
    ),
    "animal_not_for_people": Words(
        "Det står ett djur i ett recept för människor.",
        "There is an animal in a prescription for people.",
        *CORRECT,
    ),
    "owner_identity": Words(
        "Djurägaren ska ha antingen personnummer eller organisationsnummer.",
        "The owner must have either a personnummer or an organisation number.",
        *CORRECT,
    ),
    "birth_date_needs_audience": Words(
        "En patient utan nummer måste få receptet ställt till ett visst apotek.",
        "For a patient without a number the prescription must be addressed to one pharmacy.",
        "Ange apotekets GLN under audience.",
        "Give the pharmacy's GLN as audience.",
    ),
    "birth_date_dose_dispensing": Words(
        "En patient utan nummer kan inte få dosdispenserat.",
        "A patient without a number cannot have dose dispensing.",
        *CORRECT,
    ),
    "food_age": Words(
        "Livsmedel på recept är bara för barn under 16 år.",
        "Food on prescription is only for children under 16.",
        *CORRECT,
    ),
    "protected_name": Words(
        "Namnet står i receptet fast patienten har skyddade personuppgifter.",
        "The name is in the prescription although the patient's identity is protected.",
        "Skriv receptet utan namn. Har det redan kommit hit: visa det inte för fler, ring förskrivaren.",
        "Write the prescription without a name. If it has come here already, show it to nobody else and call the prescriber.",
    ),
    "protected_birth_date": Words(
        "En patient med skyddade personuppgifter kan inte anges med födelsedatum.",
        "A patient whose identity is protected cannot be given by date of birth.",
        "Ange ett nummer, utan namn.",
        "Give a number, without a name.",
    ),
    "product_code_missing": Words(
        "Varan saknar kod.",
        "The product has no code.",
        "Ange NPL-förpacknings-id, NPL-id eller varunummer, eller att varan förskrivs med text.",
        "Give an NPL package id, NPL id or varunummer, or say that the product is prescribed by text.",
    ),
    "product_code_kind": Words(
        "Hjälpmedel och livsmedel anges med varunummer, inte med NPL-id.",
        "Consumables and food are given by varunummer, not by NPL id.",
        *CORRECT,
    ),
    "control_class_kind": Words(
        "Hjälpmedel och livsmedel kan inte vara narkotika eller särskilda läkemedel.",
        "Consumables and food cannot be narcotics or special medicines.",
        *CORRECT,
    ),
    "benefit_missing": Words(
        "Förskrivaren har inte valt om varan ges med eller utan förmån.",
        "The prescriber has not chosen whether the item is given with or without benefit.",
        *CORRECT,
    ),
    "benefit_conditions": Words(
        "Villkoren för begränsad förmån ska anges precis när varan ges med förmån.",
        "The conditions for restricted benefit are stated exactly when the item is given with benefit.",
        *CORRECT,
    ),
    "benefit_not_for_animals": Words(
        "Förmån och smittskydd finns inte för djur.",
        "Benefit and the Communicable Diseases Act do not apply to animals.",
        *CORRECT,
    ),
    "substitution_missing": Words(
        "Det står inte om varan får bytas ut.",
        "It is not stated whether the item may be substituted.",
        *CORRECT,
    ),
    "substitution_reason": Words(
        "Medicinskt skäl ska anges precis när utbyte inte är tillåtet.",
        "A medical reason is given exactly when substitution is not allowed.",
        *CORRECT,
    ),
    "interval_without_repeats": Words(
        "Det finns ett intervall mellan uttag, men bara ett uttag.",
        "There is an interval between dispensings, but only one dispensing.",
        *CORRECT,
    ),
}
