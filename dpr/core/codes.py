"""Every stable code of dpr with its words, in one table.

Rules: a code is never renamed or reused; each has one line in Swedish and one in English that says what is wrong, and one
each that says what to do next. docs/codes.md is generated from this table (scripts/make_docs.py) and compared by a test.

Example: `CODES["qr_too_long"].sv`
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """What a code means and what to do, in Swedish and English."""

    sv: str
    en: str
    do_sv: str = ""
    do_en: str = ""


CODES: dict[str, Words] = {
    # --- reading files and images -------------------------------------------------------------------------------
    # --- products -----------------------------------------------------------------------------------------------
    "products_invalid": Words(
        "Produktlistan har fel och är inte inläst; den förra gäller.",
        "The product list has faults and was not imported; the one before is in force.",
        "Rätta felen som räknas upp och läs in listan igen.",
        "Correct the faults listed and import it again.",
    ),
    "products_mapping_invalid": Words(
        "Kolumnbeskrivningen (mapping) för produktlistan finns inte eller är fel.",
        "The mapping of the product list's columns does not exist or is faulty.",
        "Ange vara eller en TOML-fil som följer docs/products.md.",
        "Give vara, or a TOML file that follows docs/products.md.",
    ),
    "products_empty": Words(
        "Produktlistan innehåller inga förpackningar.",
        "The product list holds no packages.",
        "Hämta listan på nytt och kontrollera att den inte är tom.",
        "Fetch the list again and check that it is not empty.",
    ),
    "products_header": Words(
        "En kolumn saknas, är okänd eller finns två gånger i första raden.",
        "A column is missing, unknown or there twice in the first line.",
        "Rätta första raden; examples/products.csv visar hur den ska se ut.",
        "Correct the first line; examples/products.csv shows how it should be.",
    ),
    "products_not_utf8": Words(
        "Raden är inte skriven i UTF-8.",
        "The line is not UTF-8.",
        "Spara om filen som CSV UTF-8 i kalkylprogrammet.",
        "Save the file as CSV UTF-8 in the spreadsheet program.",
    ),
    "products_line_too_long": Words(
        "En rad är längre än 64 KiB.",
        "A line is longer than 64 KiB.",
        "Kontrollera att varje förpackning står på en egen rad.",
        "Check that each package is on a line of its own.",
    ),
    "products_row_fields": Words(
        "Raden har fler eller färre fält än första raden.",
        "The row has more or fewer fields than the header.",
        "Sätt en text som innehåller skiljetecknet inom citattecken.",
        "Put a text that contains the separator in double quotes.",
    ),
    "products_quotes": Words(
        "Citattecknen på raden går inte ihop.",
        "The quotes in the line do not fit.",
        "Avsluta varje citerad text på samma rad och skriv citattecken i texten dubbelt.",
        "End each quoted text on its line and double a quote within it.",
    ),
    "products_name_missing": Words(
        "Produktens namn saknas.",
        "The name of the product is missing.",
        "Fyll i kolumnen med namnet.",
        "Fill in the column with the name.",
    ),
    "products_code_missing": Words(
        "Raden har varken NPL-förpacknings-id, varunummer eller NPL-id.",
        "The row has no NPL package id, varunummer or NPL id.",
        "Fyll i minst en av koderna.",
        "Fill in at least one of the codes.",
    ),
    "products_control_class": Words(
        "Klassen för narkotika och särskilda läkemedel är inte känd.",
        "The class of narcotics and special medicines is not known.",
        "Skriv none, II, III, IV, V eller special, eller lämna tomt om den är okänd.",
        "Write none, II, III, IV, V or special, or nothing where it is unknown.",
    ),
    "products_duplicate": Words(
        "Samma förpackning finns två gånger med olika innehåll.",
        "The same package is there twice with different content.",
        "Ta bort den rad som är fel.",
        "Remove the row that is wrong.",
    ),
    "products_more": Words(
        "Det finns fler fel än de som visas.",
        "There are more faults than those shown.",
        "Rätta de visade och läs in igen, så visas resten.",
        "Correct those shown and import again to see the rest.",
    ),
    "products_source_unreadable": Words(
        "Produktlistan går inte att läsa från disken.",
        "The product list cannot be read from the disk.",
        "Kontrollera att filen finns och att du har rätt att läsa den.",
        "Check that the file is there and that you may read it.",
    ),
    "products_file_missing": Words(
        "Det finns ingen inläst produktfil.",
        "There is no imported product file.",
        "Läs in en produktlista.",
        "Import a product list.",
    ),
    "products_file_broken": Words(
        "Produktfilen är skadad eller är ingen produktfil.",
        "The product file is damaged or is no product file.",
        "Läs in produktlistan igen.",
        "Import the product list again.",
    ),
    "products_file_newer": Words(
        "Produktfilen är skriven av en nyare version av programmet.",
        "The product file was written by a newer version of this program.",
        "Uppdatera programmet, eller läs in produktlistan igen med det du har.",
        "Update the program, or import the product list again with the one you have.",
    ),
    "products_file_not_written": Words(
        "Den nya produktfilen gick inte att skriva; den förra gäller.",
        "The new product file could not be written; the one before is in force.",
        "Kontrollera att disken har plats och att katalogen är skrivbar, och läs in igen.",
        "Check that the disk has room and the directory may be written, and import again.",
    ),
    # --- the pharmacy's ledger ------------------------------------------------------------------------------------
    "dispensing_taken": Words(
        "Någon annan på apoteket hann före: uttaget är redan expedierat. Inget nytt uttag har sparats.",
        "Somebody else at the pharmacy was first: this dispensing has been made. Nothing new was kept.",
        "Läs in receptet igen och se vad som finns kvar innan du lämnar ut något.",
        "Read the prescription again and see what is left before you hand anything over.",
    ),
    "queue_row_changed": Words(
        "Raden i kön till registret har ändrats av någon annan under tiden. Inget har sparats.",
        "The row of the queue to the register was changed by somebody else meanwhile. Nothing was kept.",
        "Läs kön på nytt och försök igen om det fortfarande behövs.",
        "Read the queue again and try once more if that is still needed.",
    ),
    "ledger_unknown_prescription": Words(
        "Apotekets liggare känner inte till receptet, eller inte den receptraden.",
        "The pharmacy's ledger does not know the prescription, or not that item of it.",
        "Ta emot receptet (skanna eller läs in det) innan det expedieras.",
        "Receive the prescription (scan or read it in) before it is dispensed.",
    ),
    "ledger_row_refused": Words(
        "Uppgifterna går inte att spara i liggaren: något värde är omöjligt, eller samma uttag finns redan på annan plats.",
        "The ledger cannot keep these values: one is impossible, or the same dispensing already stands elsewhere.",
        "Inget har sparats. Anmäl felet till den som sköter programmet.",
        "Nothing was kept. Report it to whoever looks after the program.",
    ),
    "ledger_newer_version": Words(
        "Liggaren är skriven av en nyare version av programmet än den här.",
        "The ledger was written by a newer version of the program than this one.",
        "Uppdatera programmet. Liggaren är orörd.",
        "Update the program. The ledger is untouched.",
    ),
    "ledger_damaged": Words(
        "Filen med apotekets liggare är skadad, eller är ingen liggare.",
        "The file of the pharmacy's ledger is damaged, or is no ledger.",
        "Expediera inget mot den. Flytta undan filen (kasta den inte) med dess -wal och -shm, och återställ säkerhetskopian.",
        "Dispense nothing against it. Move the file aside (keep it) with its -wal and -shm, and restore the backup.",
    ),
    "ledger_locked": Words(
        "Liggaren är upptagen av ett annat program. Inget har sparats.",
        "The ledger is held by another program. Nothing was kept.",
        "Försök igen. Händer det flera gånger: se om en säkerhetskopiering eller ett annat fönster har liggaren öppen.",
        "Try again. If it happens again: see whether a backup or another window holds the ledger.",
    ),
    "ledger_full": Words(
        "Disken är full: liggaren kan inte ta emot mer. Det som redan är sparat finns kvar, det senaste är inte sparat.",
        "The disk is full: the ledger can take no more. What was kept before is still there, the latest was not kept.",
        "Frigör plats på disken och gör om det senaste steget.",
        "Free some space on the disk and do the last step again.",
    ),
    "ledger_not_writable": Words(
        "Liggaren går inte att öppna för skrivning: katalogen saknas eller behörighet saknas.",
        "The ledger cannot be opened for writing: the directory is missing, or the permission.",
        "Kontrollera sökvägen i inställningarna och att programmets användare får skriva i katalogen.",
        "Check the path in the settings and that the program's user may write in the directory.",
    ),
    "ledger_upgrade_failed": Words(
        "Liggaren gick inte att uppgradera till programmets version. Den är kvar som den var.",
        "The ledger could not be upgraded to the program's version. It stands as it was.",
        "Använd den förra versionen av programmet så länge och anmäl felet. En kopia ligger bredvid filen (before-…).",
        "Use the earlier version of the program meanwhile and report it. A copy lies beside the file (before-…).",
    ),
    "ledger_sqlite_too_old": Words(
        "Datorns SQLite är för gammalt för liggaren.",
        "This computer's SQLite is too old for the ledger.",
        "Installera Python med SQLite 3.37 eller senare.",
        "Install a Python with SQLite 3.37 or later.",
    ),
    "ledger_unusable": Words(
        "Liggaren svarar inte som den ska. Det senaste är inte säkert sparat.",
        "The ledger does not answer as it should. The latest may not have been kept.",
        "Kontrollera disken eller databasservern, och läs receptet igen innan du lämnar ut något.",
        "Check the disk or the database server, and read the prescription again before you hand anything over.",
    ),
    # --- register (NLL) and reporting ---------------------------------------------------------------------------
}


def words(code: str) -> Words:
    """The words of `code`; a code that is not in the table is a programming error (KeyError)."""
    return CODES[code]
