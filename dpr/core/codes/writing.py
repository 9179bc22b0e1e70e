"""What stops a prescriber who writes, signs or prints."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "signer_not_credential": Words(
        "Nyckeln och behörighetsbeviset hör inte ihop.",
        "The key and the credential do not belong together.",
        "Välj den nyckel som beviset är utfärdat för.",
        "Choose the key that the credential was issued for.",
    ),
    "prescription_would_be_refused": Words(
        "Inget apotek skulle ta emot receptet, så det har inte skrivits under. Skälet anges.",
        "No pharmacy would accept the prescription, so it was not signed. The reason is given.",
        "Rätta det som anges och försök igen.",
        "Correct what is named and try again.",
    ),
    "other_codes_there": Words(
        "Där ligger kodbilder som den här utskriften inte skriver över; de kan vara ett annat recepts.",
        "There are code images there that this print does not overwrite; they may be another prescription's.",
        "Flytta undan eller ta bort de filer som anges, eller välj ett annat namn.",
        "Move aside or delete the files named, or choose another name.",
    ),
}
