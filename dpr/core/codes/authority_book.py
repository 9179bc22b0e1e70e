"""What can be wrong while an authority makes the address book."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
    "address_book_too_large": Words(
        "Adressboken blir för stor för att någon ska kunna läsa den.",
        "The address book becomes too large for anybody to read it.",
        "Ta bort mottagare som inte används. Det får plats ungefär 2 200.",
        "Remove recipients that are not used. There is room for about 2,200.",
    ),
    "book_invalid": Words(
        "Tabellen över mottagare har fel; ingen adressbok har publicerats.",
        "The table of recipients has faults; no address book was published.",
        "Rätta raderna och kör igen, eller publicera utan dem med --skip-faulty.",
        "Correct the lines and run it again, or publish without them with --skip-faulty.",
    ),
    "book_skipped": Words(
        "Raderna med fel är överhoppade; de andra står i adressboken.",
        "The lines with faults were skipped; the others are in the address book.",
        "Rätta raderna och kör igen.",
        "Correct the lines and run it again.",
    ),
    "book_column": Words(
        "Kolumnerna i tabellen över mottagare stämmer inte.",
        "The columns of the table of recipients are not right.",
        "Skriv kolumnernas namn på första raden, så som de heter i docs/howto-authority.md.",
        "Write the columns' names on the first line, as docs/howto-authority.md has them.",
    ),
    "book_line": Words(
        "Raden om en mottagare kan inte läsas.",
        "The line about a recipient cannot be read.",
        "Rätta raden, och spara tabellen som CSV UTF-8.",
        "Correct the line, and save the table as CSV UTF-8.",
    ),
    "book_endpoint": Words(
        "Vägarna till mottagaren är inte skrivna rätt.",
        "The ways to the recipient are not well formed.",
        "Skriv nät och adress (internet https://a.example), och ett lodrätt streck före nästa.",
        "Write network and address (internet https://a.example), and a vertical bar before the next.",
    ),
    "book_key_missing": Words(
        "Mottagaren har inte lämnat någon nyckel.",
        "The recipient has handed in no key.",
        "Be mottagaren om filen som dpr mail-key publish gör (keys/mail-key.cbor), och lägg den bland de andra.",
        "Ask the recipient for the file that dpr mail-key publish makes (keys/mail-key.cbor), and put it with the others.",
    ),
    "book_too_many_left_out": Words(
        "Mer än var tionde mottagare saknar en nyckel som går att använda; ingen adressbok har publicerats.",
        "More than one recipient in ten has no key that can be used; no address book was published.",
        "Sök felet på ett ställe: klockan, listan över utfärdare, katalogen med nycklar. Ska den ut ändå: --skip-faulty.",
        "Look for the fault in one place: the clock, the list of issuers, the folder of keys. To publish all the same: "
        "--skip-faulty.",
    ),
    "published_book_missing": Words(
        "Adressboken som fanns förut saknas bland det publicerade.",
        "The address book that was there before is missing from the published folder.",
        "Publicera den igen: dpr authority book publish.",
        "Publish it again: dpr authority book publish.",
    ),
    "published_book_refused": Words(
        "Den publicerade adressboken är ingen som ett apotek skulle godta; orsaken anges.",
        "The published address book is none that a pharmacy would accept; the reason is given.",
        "Publicera en ny med nyckeln som rotdokumentet nämner: dpr authority book publish.",
        "Publish a new one with the key that the root names: dpr authority book publish.",
    ),
}
