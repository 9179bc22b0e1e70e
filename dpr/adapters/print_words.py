"""The fixed words on the printed prescription, in Swedish and English.

Rules: plain words for a pharmacist under stress and for a patient; each list is short enough to read at a counter. Nothing
here says anything about one person, place or product.

Example: `WORDS["sv"]["scan_heading"] == "Om koden inte går att läsa"`
"""

from __future__ import annotations

import re

Words = dict[str, str | list[str]]

#: In one pass, so that a value is never searched for places itself, and never used as a format string.
_PLACES = re.compile(r"\{(?:phone|short_id)\}")
WORDS: dict[str, Words] = {
    "sv": {
        "code_alt": "QR-kod med det signerade receptet, kort-id {short_id}. Läses med apotekets skanner.",
        "short_id": "Kort-id",
        "compare_heading": "Jämför innan du lämnar ut",
        "compare": [
            "Läs koden. Den är receptet; texten på bladet är bara en kopia.",
            "Det som skärmen visar om patienten ska stämma med legitimationen.",
            "Läkemedel, styrka och dosering ska vara desamma på skärmen och på bladet. Skiljer de sig: lämna inte ut, "
            "ring förskrivaren.",
        ],
        "scan_heading": "Om koden inte går att läsa",
        "scan": [
            "Släta ut bladet. Jämnt ljus, ingen skugga, inget blänk.",
            "Håll kameran rakt över, låt koden fylla bilden och ta en ny, skarp bild.",
            "På en skärm: förstora koden och höj ljusstyrkan.",
            "Prova en annan skanner eller telefon, eller skanna bladet (300 dpi).",
            "Går det ändå inte: ring förskrivaren{phone} och uppge kort-id. Lämna inte ut efter bara texten.",
        ],
        "patient_heading": "Till dig som patient",
        "patient": [
            "Visa bladet och din legitimation på apoteket.",
            "Låt ingen annan fotografera koden: den som har en kopia kan försöka hämta ut läkemedlet.",
        ],
        "legal": "Det digitala pappersreceptet är ett förslag. Läkemedelsverkets föreskrift HSLF-FS 2021:75 tillåter "
        "inte formatet ännu.",
        "test": "TEST – inte ett giltigt recept, får inte expedieras",
        "replaced": "Tecken som inte kan tryckas visas som □. Koden innehåller dem.",
        "continued": "Fortsättning, koden finns på sida 1",
        "page": "Sida",
        "of": "av",
    },
    "en": {
        "code_alt": "QR code with the signed prescription, short id {short_id}. To be read by the pharmacy's scanner.",
        "short_id": "Short id",
        "compare_heading": "Compare before you dispense",
        "compare": [
            "Read the code. It is the prescription; the text on this sheet is only a copy.",
            "What the screen shows about the patient must match the identity document.",
            "Medicine, strength and dosage must be the same on the screen and on this sheet. If they differ: do not "
            "dispense, phone the prescriber.",
        ],
        "scan_heading": "If the code cannot be read",
        "scan": [
            "Flatten the sheet. Even light, no shadow, no glare.",
            "Hold the camera straight above, let the code fill the picture and take a new, sharp photo.",
            "On a screen: enlarge the code and turn up the brightness.",
            "Try another scanner or phone, or scan the sheet (300 dpi).",
            "If nothing helps: phone the prescriber{phone} and give the short id. Do not dispense from the text alone.",
        ],
        "patient_heading": "To you as a patient",
        "patient": [
            "Show this sheet and your identity document at the pharmacy.",
            "Let nobody else photograph the code: whoever has a copy can try to collect the medicine.",
        ],
        "legal": "The digital paper prescription is a proposal. The Swedish regulation HSLF-FS 2021:75 does not allow "
        "the format yet.",
        "test": "TEST – not a valid prescription, must not be dispensed",
        "replaced": "Characters that cannot be printed are shown as □. The code holds them.",
        "continued": "Continued, the code is on page 1",
        "page": "Page",
        "of": "of",
    },
}


def filled(language: str, *, phone: str, short_id: str) -> Words:
    """The words in `language` with the prescriber's phone number (may be empty) and the short id in their places."""
    values = {"{phone}": f" ({phone})" if phone else "", "{short_id}": short_id}

    def fill(text: str) -> str:
        return _PLACES.sub(lambda place: values[place.group()], text)

    return {
        key: fill(words) if isinstance(words, str) else [fill(text) for text in words] for key, words in WORDS[language].items()
    }
