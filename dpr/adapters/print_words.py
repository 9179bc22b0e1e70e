"""The fixed words on the printed prescription, in Swedish and English.

Rules: plain words for a pharmacist under stress and for a patient; each list is short enough to read at a counter. Nothing
here says anything about one person, place or product.

Example: `WORDS["sv"]["scan_heading"] == "Om koden inte går att läsa"`
"""

from __future__ import annotations

import re

Words = dict[str, str | list[str]]

#: In one pass, so that a value is never searched for places itself, and never used as a format string.
_PLACES = re.compile(r"\{(?:phone|short_id|number|total|mark)\}")
WORDS: dict[str, Words] = {
    "sv": {
        "code_alt": "QR-kod med det signerade receptet, kort-id {short_id}. Läses med apotekets skanner.",
        "code_alt_several": "QR-kod med en del av det signerade receptet, kort-id {short_id}. Läses med apotekets skanner.",
        "code_label": "Kod {number} av {total}",
        "set_mark": " · märke {mark}",
        "several": "Receptet står i {total} koder. Skanna alla, i vilken ordning som helst. Koder med samma märke hör ihop.",
        "several_help": "Läs koderna med apotekets skanner, en i taget, eller ta en bild av flera på en gång. "
        "Vad du ska jämföra, och hjälp om en kod inte går att läsa: sida {page}.",
        "short_id": "Kort-id",
        "compare_heading": "Jämför innan du lämnar ut",
        "compare": [
            "Läs koden. Den är receptet; texten på bladet är bara en kopia.",
            "Det som skärmen visar om patienten ska stämma med legitimationen.",
            "Läkemedel, styrka och dosering ska vara desamma på skärmen och på bladet. Skiljer de sig: lämna inte ut, "
            "ring förskrivaren.",
        ],
        "compare_several": [
            "Läs alla koderna. De är receptet; texten på bladen är bara en kopia.",
            "Det som skärmen visar om patienten ska stämma med legitimationen.",
            "Läkemedel, styrka och dosering ska vara desamma på skärmen och på bladen. Skiljer de sig: lämna inte ut, "
            "ring förskrivaren.",
        ],
        "scan_heading": "Om koden inte går att läsa",
        "scan_heading_several": "Om en kod inte går att läsa",
        "scan": [
            "Släta ut bladet. Jämnt ljus, ingen skugga, inget blänk.",
            "Håll kameran rakt över, låt koden fylla bilden och ta en ny, skarp bild.",
            "På en skärm: förstora koden och höj ljusstyrkan.",
            "Prova en annan skanner eller telefon, eller skanna bladet (300 dpi).",
            "Går det ändå inte: ring förskrivaren{phone} och uppge kort-id. Lämna inte ut efter bara texten.",
        ],
        "scan_several": [
            "Släta ut bladet. Jämnt ljus, ingen skugga, inget blänk.",
            "Håll kameran rakt över, låt en kod i taget fylla bilden och ta nya, skarpa bilder.",
            "På en skärm: förstora koderna och höj ljusstyrkan.",
            "Prova en annan skanner eller telefon, eller skanna alla blad med koder (300 dpi).",
            "Går det ändå inte: ring förskrivaren{phone} och uppge kort-id. Lämna inte ut efter bara texten.",
        ],
        "patient_heading": "Till dig som patient",
        "patient": [
            "Visa bladet och din legitimation på apoteket.",
            "Låt ingen annan fotografera koden: den som har en kopia kan försöka hämta ut läkemedlet.",
        ],
        "patient_several": [
            "Visa alla bladen och din legitimation på apoteket.",
            "Låt ingen annan fotografera koderna: den som har en kopia kan försöka hämta ut läkemedlen.",
        ],
        "legal": "Det digitala pappersreceptet är ett förslag. Läkemedelsverkets föreskrift HSLF-FS 2021:75 tillåter "
        "inte formatet ännu.",
        "test": "TEST – inte ett giltigt recept, får inte expedieras",
        "replaced": "Tecken som inte kan tryckas visas som □. Koden innehåller dem.",
        "replaced_several": "Tecken som inte kan tryckas visas som □. Koderna innehåller dem.",
        "continued": "Fortsättning, koden finns på sida 1",
        "attached": "Det signerade receptet som fil, för ett program att läsa",
        "continued_several": "Fortsättning, de {total} koderna börjar på sida 1",
        "page": "Sida",
        "of": "av",
    },
    "en": {
        "code_alt": "QR code with the signed prescription, short id {short_id}. To be read by the pharmacy's scanner.",
        "code_alt_several": "QR code with a part of the signed prescription, short id {short_id}. To be read by the "
        "pharmacy's scanner.",
        "code_label": "Code {number} of {total}",
        "set_mark": " · mark {mark}",
        "several": "The prescription stands in {total} codes. Scan them all, in any order. Codes with the same mark "
        "belong together.",
        "several_help": "Read the codes with the pharmacy's scanner, one by one, or take one photo of several. "
        "What to compare, and help if a code cannot be read: page {page}.",
        "short_id": "Short id",
        "compare_heading": "Compare before you dispense",
        "compare": [
            "Read the code. It is the prescription; the text on this sheet is only a copy.",
            "What the screen shows about the patient must match the identity document.",
            "Medicine, strength and dosage must be the same on the screen and on this sheet. If they differ: do not "
            "dispense, phone the prescriber.",
        ],
        "compare_several": [
            "Read all the codes. They are the prescription; the text on these sheets is only a copy.",
            "What the screen shows about the patient must match the identity document.",
            "Medicine, strength and dosage must be the same on the screen and on these sheets. If they differ: do not "
            "dispense, phone the prescriber.",
        ],
        "scan_heading": "If the code cannot be read",
        "scan_heading_several": "If a code cannot be read",
        "scan": [
            "Flatten the sheet. Even light, no shadow, no glare.",
            "Hold the camera straight above, let the code fill the picture and take a new, sharp photo.",
            "On a screen: enlarge the code and turn up the brightness.",
            "Try another scanner or phone, or scan the sheet (300 dpi).",
            "If nothing helps: phone the prescriber{phone} and give the short id. Do not dispense from the text alone.",
        ],
        "scan_several": [
            "Flatten the sheet. Even light, no shadow, no glare.",
            "Hold the camera straight above, let one code at a time fill the picture and take new, sharp photos.",
            "On a screen: enlarge the codes and turn up the brightness.",
            "Try another scanner or phone, or scan every sheet with codes (300 dpi).",
            "If nothing helps: phone the prescriber{phone} and give the short id. Do not dispense from the text alone.",
        ],
        "patient_heading": "To you as a patient",
        "patient": [
            "Show this sheet and your identity document at the pharmacy.",
            "Let nobody else photograph the code: whoever has a copy can try to collect the medicine.",
        ],
        "patient_several": [
            "Show all these sheets and your identity document at the pharmacy.",
            "Let nobody else photograph the codes: whoever has a copy can try to collect the medicines.",
        ],
        "legal": "The digital paper prescription is a proposal. The Swedish regulation HSLF-FS 2021:75 does not allow "
        "the format yet.",
        "test": "TEST – not a valid prescription, must not be dispensed",
        "replaced": "Characters that cannot be printed are shown as □. The code holds them.",
        "replaced_several": "Characters that cannot be printed are shown as □. The codes hold them.",
        "continued": "Continued, the code is on page 1",
        "attached": "The signed prescription as a file, for a program to read",
        "continued_several": "Continued, the {total} codes begin on page 1",
        "page": "Page",
        "of": "of",
    },
}


def filled(language: str, *, phone: str, short_id: str, total: int = 1) -> Words:
    """The words in `language` with the prescriber's phone number (may be empty), the short id and how many codes there are."""
    values = {"{phone}": f" ({phone})" if phone else "", "{short_id}": short_id, "{total}": str(total)}
    words = {
        key: _fill(words, values) if isinstance(words, str) else [_fill(text, values) for text in words]
        for key, words in WORDS[language].items()
    }
    plural = {key.removesuffix("_several"): text for key, text in words.items() if key.endswith("_several")}
    return words if total == 1 else words | plural


def code_label(language: str, number: int, total: int, mark: str) -> str:
    """What stands under one of several codes: `Kod 1 av 3 · märke 1f2e`; nothing under the only one."""
    if total == 1:
        return ""
    values = {"{number}": str(number), "{total}": str(total), "{mark}": mark}
    words = WORDS[language]
    return _fill(f"{words['code_label']}{words['set_mark'] if mark else ''}", values)


def _fill(text: str, values: dict[str, str]) -> str:
    return _PLACES.sub(lambda place: values.get(place.group(), place.group()), text)
