"""Faults of the pharmacy's list of products and of the file that it is imported from."""

from __future__ import annotations

from dpr.core.codes.advice import Words

TABLE: dict[str, Words] = {
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
    "products_not_imported": Words(
        "Här finns ingen inläst produktlista att söka i.",
        "There is no imported product list here to search.",
        "Läs in en produktlista först.",
        "Import a product list first.",
    ),
}
