"""Faults of one field of a prescription: its type, its length, its form."""

from __future__ import annotations

from dpr.core.codes.advice import CALL, CORRECT, Words

TABLE: dict[str, Words] = {
    "prescription_invalid": Words(
        "Receptet har fel och har inte skrivits under.",
        "The prescription has faults and was not signed.",
        "Rätta felen som räknas upp och försök igen.",
        "Correct the faults listed and try again.",
    ),
    "json_invalid": Words(
        "Filen är inte riktig JSON, eller en uppgift står två gånger.",
        "The file is not proper JSON, or a member stands twice.",
        "Rätta på den plats som anges; examples/prescriptions visar hur det ska se ut.",
        "Correct it at the place given; examples/prescriptions shows how it should be.",
    ),
    "field_missing": Words(
        "En uppgift som måste finnas saknas.",
        "Something that must be there is missing.",
        *CORRECT,
    ),
    "field_unknown": Words(
        "Det finns en uppgift som inte är känd här.",
        "There is an entry that is not known here.",
        "Ta bort den eller rätta namnet. Står den i ett underskrivet recept: uppdatera programmet.",
        "Remove it or correct its name. If it stands in a signed prescription, update the program.",
    ),
    "field_type": Words(
        "En uppgift är av fel slag, till exempel text där det ska vara ett tal.",
        "Something is of the wrong type, for example text where there should be a number.",
        *CORRECT,
    ),
    "field_length": Words(
        "En uppgift har fel längd.",
        "Something has the wrong length.",
        *CORRECT,
    ),
    "field_value_unknown": Words(
        "Värdet finns inte bland dem som går att välja.",
        "The value is not one of those to choose from.",
        *CORRECT,
    ),
    "field_default_written": Words(
        "Det underskrivna innehållet har med en uppgift som ska utelämnas.",
        "The signed content states something that is to be left out.",
        *CALL,
    ),
    "number_out_of_range": Words(
        "Talet är för litet eller för stort.",
        "The number is too small or too large.",
        *CORRECT,
    ),
    "list_length": Words(
        "Listan har för få eller för många delar.",
        "The list has too few or too many entries.",
        *CORRECT,
    ),
    "text_empty": Words(
        "Texten är tom.",
        "The text is empty.",
        *CORRECT,
    ),
    "text_too_long": Words(
        "Texten är för lång.",
        "The text is too long.",
        *CORRECT,
    ),
    "text_unprintable": Words(
        "Texten har tecken som inte syns, vänder läsriktningen eller täcker andra rader, eller en radbrytning.",
        "The text has characters that cannot be seen, turn the reading direction or cover other lines, or a line break.",
        "Skriv om texten på en rad utan inklistrade specialtecken. Underskrivet recept: ring förskrivaren.",
        "Write the text anew on one line, without pasted special characters. If it is signed, call the prescriber.",
    ),
    "text_space_at_end": Words(
        "Texten börjar eller slutar med ett mellanslag.",
        "The text begins or ends with a space.",
        *CORRECT,
    ),
    "text_not_nfc": Words(
        "Texten är kodad på ett annat sätt än det tillåtna (ska vara Unicode NFC): å, ä eller ö står som två tecken.",
        "The text is not in Unicode NFC: å, ä or ö stands as two characters.",
        *CORRECT,
    ),
    "date_form": Words(
        "Datumet är inte skrivet som ÅÅÅÅ-MM-DD.",
        "The date is not written as YYYY-MM-DD.",
        *CORRECT,
    ),
    "personnummer_form": Words(
        "Personnumret ska ha 12 siffror utan bindestreck.",
        "A personnummer has 12 digits and no hyphen.",
        *CORRECT,
    ),
    "personnummer_date": Words(
        "Personnumret innehåller inget möjligt datum.",
        "The personnummer holds no possible date.",
        *CORRECT,
    ),
    "personnummer_check_digit": Words(
        "Personnumrets sista siffra stämmer inte: något är felskrivet.",
        "The last digit of the personnummer does not fit: something is mistyped.",
        *CORRECT,
    ),
    "samordningsnummer_form": Words(
        "Samordningsnumret ska ha 12 siffror utan bindestreck.",
        "A samordningsnummer has 12 digits and no hyphen.",
        *CORRECT,
    ),
    "samordningsnummer_date": Words(
        "Samordningsnumret innehåller inget möjligt datum (dagen plus 60).",
        "The samordningsnummer holds no possible date (the day plus 60).",
        *CORRECT,
    ),
    "samordningsnummer_check_digit": Words(
        "Samordningsnumrets sista siffra stämmer inte: något är felskrivet.",
        "The last digit of the samordningsnummer does not fit: something is mistyped.",
        *CORRECT,
    ),
    "reservnummer_oid": Words(
        "Reservnumrets serie (OID) är inte en svensk.",
        "The reserve number's series (OID) is not a Swedish one.",
        *CORRECT,
    ),
    "reservnummer_form": Words(
        "Reservnumret har inte den form som regionens nummer har.",
        "The reserve number does not have the form of that region's numbers.",
        *CORRECT,
    ),
    "birth_date_form": Words(
        "Födelsedatumet ska vara ett möjligt datum med 8 siffror, ÅÅÅÅMMDD.",
        "A date of birth is a possible date in 8 digits, YYYYMMDD.",
        *CORRECT,
    ),
    "organisation_number_form": Words(
        "Organisationsnumret ska ha 10 siffror utan bindestreck.",
        "An organisation number has 10 digits and no hyphen.",
        *CORRECT,
    ),
    "organisation_number_check_digit": Words(
        "Organisationsnumrets sista siffra stämmer inte: något är felskrivet.",
        "The last digit of the organisation number does not fit: something is mistyped.",
        *CORRECT,
    ),
    "gln_form": Words(
        "GLN ska ha 13 siffror.",
        "A GLN has 13 digits.",
        *CORRECT,
    ),
    "gln_check_digit": Words(
        "GLN:s sista siffra stämmer inte: något är felskrivet.",
        "The last digit of the GLN does not fit: something is mistyped.",
        *CORRECT,
    ),
    "npl_id_form": Words(
        "NPL-id ska ha 14 siffror.",
        "An NPL id has 14 digits.",
        *CORRECT,
    ),
    "npl_pack_id_form": Words(
        "NPL-förpacknings-id ska ha 14 siffror.",
        "An NPL package id has 14 digits.",
        *CORRECT,
    ),
    "varunummer_form": Words(
        "Varunumret ska ha 6 siffror.",
        "A varunummer has 6 digits.",
        *CORRECT,
    ),
    "atc_form": Words(
        "ATC-koden är inte rätt skriven.",
        "The ATC code is not well formed.",
        "Skriv den som N02BE01, eller för djur QN02BE01.",
        "Write it as N02BE01, or for animals QN02BE01.",
    ),
    "snomed_form": Words(
        "SNOMED CT-koden är inte rätt skriven: 6 till 18 siffror.",
        "The SNOMED CT code is not well formed: 6 to 18 digits.",
        *CORRECT,
    ),
    "prescriber_code_form": Words(
        "Förskrivarkoden ska ha 7 siffror (F.001 i E-hälsomyndighetens kodlista: giltig förskrivarkod saknas).",
        "A prescriber code has 7 digits (F.001 in E-hälsomyndigheten's list: a valid prescriber code is missing).",
        *CORRECT,
    ),
    "workplace_code_form": Words(
        "Arbetsplatskoden ska ha 13 siffror.",
        "A workplace code has 13 digits.",
        *CORRECT,
    ),
    "hsa_id_form": Words(
        "HSA-id är inte rätt skrivet.",
        "The HSA-id is not well formed.",
        "Skriv det som SE2321000016-A1B2.",
        "Write it as SE2321000016-A1B2.",
    ),
    "phone_form": Words(
        "Telefonnumret är inte rätt skrivet.",
        "The telephone number is not well formed.",
        "Skriv siffror med mellanslag eller bindestreck, till exempel 08-123 456 78.",
        "Write digits with spaces or hyphens, for example 08-123 456 78.",
    ),
}
