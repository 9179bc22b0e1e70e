"""What can go wrong while a file, a picture or the text of a code is read."""

from __future__ import annotations

from dpr.core.codes.advice import SCAN_AGAIN, Words

TABLE: dict[str, Words] = {
    "pages_left_out": Words(
        "Filen har fler sidor än de som lästes (högst 10).",
        "The file has more pages than were read (at most 10).",
        "Finns koden längre bak: spara den sidan för sig och läs den.",
        "If the code is further back: save that page by itself and read it.",
    ),
    "zbar_missing": Words(
        "En av läsarna (libzbar) saknas på datorn; några få skadade koder blir därför olästa.",
        "One of the readers (libzbar) is missing on this computer; a few damaged codes stay unread.",
        "Be den som sköter datorn att installera libzbar. Läsningen fungerar annars som vanligt.",
        "Ask whoever runs the computer to install libzbar. Reading works as usual otherwise.",
    ),
    "print_too_long": Words(
        "Texten är för lång för utskriften.",
        "The text is too long for the printed sheet.",
        "Dela upp receptet: färre läkemedel på varje.",
        "Split the prescription: fewer medicines on each.",
    ),
    "print_failed": Words(
        "Utskriften kunde inte göras.",
        "The printed sheet could not be made.",
        "Visa eller spara koden som bild i stället och anmäl felet.",
        "Show or save the code as a picture instead and report the fault.",
    ),
    "file_not_document": Words(
        "Filen är inget dokument, ingen bild och ingen text från en kod.",
        "The file is no document, no picture and no text of a code.",
        "Välj den fil som receptet finns i (som rx.cbor), eller en bild eller PDF av det.",
        "Choose the file that holds the prescription (such as rx.cbor), or a picture or PDF of it.",
    ),
    "qr_empty": Words(
        "Det finns ingen text att läsa.",
        "There is no text to read.",
        *SCAN_AGAIN,
    ),
    "qr_not_dpr": Words(
        "Koden är inte ett digitalt pappersrecept. Kanske är det en annan kod på samma papper.",
        "The code is not a digital paper prescription. It may be another code on the same paper.",
        "Skanna koden som är märkt DPR. Finns ingen sådan är det inget digitalt pappersrecept.",
        "Scan the code marked DPR. If there is none, this is not a digital paper prescription.",
    ),
    "qr_version": Words(
        "Koden är gjord av en nyare version än den som det här programmet kan läsa.",
        "The code was made by a later version than this program can read.",
        "Uppdatera programmet. Under tiden: be om receptet på annat sätt.",
        "Update the program. Meanwhile, ask for the prescription in another way.",
    ),
    "qr_character": Words(
        "Koden innehåller ett tecken som inte är en siffra; platsen anges.",
        "The code has a character that is not a digit; its place is given.",
        "Skanna igen. Har koden skrivits för hand eller kopierats: jämför på den plats som anges.",
        "Scan again. If the code was typed or copied, compare it at the place given.",
    ),
    "qr_too_long": Words(
        "Det är mer text eller innehåll än en kod får ha.",
        "There is more text or content than one code may hold.",
        "Skanna ett recept i taget. Den som skriver: dela receptet i flera med färre rader.",
        "Scan one prescription at a time. When writing: split the prescription into several with fewer items.",
    ),
    "qr_cut_off": Words(
        "En del av koden saknas: siffror har fallit bort, oftast i slutet.",
        "A part of the code is missing: digits were lost, mostly at the end.",
        *SCAN_AGAIN,
    ),
    "qr_damaged": Words(
        "Kodens innehåll är skadat.",
        "The content of the code is damaged.",
        *SCAN_AGAIN,
    ),
    "qr_part": Words(
        "Receptet står i flera koder, och det här är en av dem; vilken anges.",
        "The prescription stands in several codes, and this is one of them; which is given.",
        "Skanna alla koder på utskriften, i vilken ordning som helst.",
        "Scan every code on the print, in any order.",
    ),
    "qr_part_missing": Words(
        "Alla koder för receptet är inte skannade; vilka som saknas anges.",
        "Not every code of the prescription has been scanned; the missing ones are given.",
        "Skanna alla koder på utskriften, i vilken ordning som helst. Varje kod är märkt med sitt nummer.",
        "Scan every code on the print, in any order. Each code is marked with its number.",
    ),
    "qr_part_malformed": Words(
        "Koden säger att den är en av flera, men är inte uppbyggd så.",
        "The code says that it is one of several, but is not made so.",
        *SCAN_AGAIN,
    ),
    "qr_parts_differ": Words(
        "Två koder säger att de hör till samma recept men säger emot varandra.",
        "Two codes say that they belong to the same prescription but contradict each other.",
        "Skanna alla koder för receptet på nytt. Händer det igen: lämna inte ut, ring förskrivaren.",
        "Scan all codes of the prescription anew. If it happens again, do not dispense; call the prescriber.",
    ),
    "qr_parts_damaged": Words(
        "Koderna är alla lästa men blir tillsammans inte det recept som de säger.",
        "All codes were read, but together they are not the prescription that they say.",
        "Skanna alla koder för receptet på nytt. Händer det igen: lämna inte ut, ring förskrivaren.",
        "Scan all codes of the prescription anew. If it happens again, do not dispense; call the prescriber.",
    ),
    "qr_too_many": Words(
        "Det är koder från fler recept än som kan läsas på en gång.",
        "There are codes of more prescriptions than can be read at once.",
        "Läs ett recept i taget.",
        "Read one prescription at a time.",
    ),
    "qr_does_not_fit": Words(
        "Texten får inte plats i en QR-kod.",
        "The text does not fit in one QR code.",
        "Dela receptet i flera med färre rader, eller skicka det som fil.",
        "Split the prescription into several with fewer items, or send it as a file.",
    ),
    "qr_not_found": Words(
        "Det finns ingen QR-kod i bilden som går att läsa.",
        "There is no QR code in the picture that can be read.",
        "Ta en ny bild: bra ljus, rakt framifrån, hela koden och lite vitt runt om.",
        "Take a new picture: good light, straight on, the whole code with some white around it.",
    ),
    "qr_other_code": Words(
        "Bilden har en kod, men inget digitalt pappersrecept.",
        "The picture has a code, but no digital paper prescription.",
        "Ta en bild av den kod som är märkt DPR.",
        "Take a picture of the code marked DPR.",
    ),
    "image_empty": Words(
        "Filen är tom.",
        "The file is empty.",
        "Välj filen igen, eller ta en ny bild.",
        "Choose the file again, or take a new picture.",
    ),
    "image_too_large": Words(
        "Bilden är för stor.",
        "The picture is too large.",
        "Ta en bild med lägre upplösning, eller beskär den till koden.",
        "Take a picture with a lower resolution, or crop it to the code.",
    ),
    "image_too_slow": Words(
        "Det tog för lång tid att läsa bilden, och läsningen avbröts.",
        "Reading the picture took too long and was stopped.",
        "Beskär bilden till koden, eller ta en ny: rakt framifrån, bara koden och lite vitt runt om.",
        "Crop the picture to the code, or take a new one: straight on, only the code with some white around it.",
    ),
    "reader_not_started": Words(
        "Programmet kunde inte starta den process som läser bilder.",
        "The program could not start the process that reads pictures.",
        "Stäng program som inte behövs och försök igen. En skanner fungerar som vanligt.",
        "Close programs that are not needed and try again. A scanner works as usual.",
    ),
    "image_format": Words(
        "Filen är ingen bild eller PDF som går att läsa.",
        "The file is no picture or PDF that can be read.",
        "Använd PNG, JPEG eller PDF (inte HEIC). En skärmbild går bra.",
        "Use PNG, JPEG or PDF (not HEIC). A screenshot will do.",
    ),
    "image_broken": Words(
        "Bildfilen är skadad.",
        "The picture file is damaged.",
        "Hämta eller ta bilden på nytt.",
        "Fetch or take the picture again.",
    ),
    "pdf_broken": Words(
        "PDF-filen är skadad eller har inga sidor.",
        "The PDF file is damaged or has no pages.",
        "Hämta filen på nytt, eller ta en bild av sidan.",
        "Fetch the file again, or take a picture of the page.",
    ),
    "pdf_encrypted": Words(
        "PDF-filen är låst med lösenord.",
        "The PDF file is locked with a password.",
        "Be om en olåst fil, eller ta en bild av sidan.",
        "Ask for a file without a password, or take a picture of the page.",
    ),
    "several_documents": Words(
        "Filen har mer än ett recept.",
        "The file holds more than one prescription.",
        "Läs in ett i taget.",
        "Read them in one at a time.",
    ),
    "audit_nothing_found": Words(
        "Där finns inga dokument att pröva: inga filer som slutar på .cbor eller .txt, eller inget som tagits emot.",
        "There are no documents to judge: no files that end in .cbor or .txt, or nothing that was received.",
        "Kontrollera sökvägen, eller med --ledger att --site är rätt katalog.",
        "Check the path, or with --ledger that --site is the right directory.",
    ),
    "batch_worker_died": Words(
        "En av de processer som prövar recept avbröts. Det som redan visats gäller.",
        "One of the processes that judge prescriptions was ended. What has been shown already stands.",
        "Kör igen, med --workers 1 om det upprepas, och anmäl felet till den som sköter programmet.",
        "Run it again, with --workers 1 if it happens again, and report it to whoever looks after the program.",
    ),
    "file_missing": Words(
        "Filen finns inte.",
        "The file does not exist.",
        "Kontrollera namnet och var filen ligger.",
        "Check the name and where the file lies.",
    ),
    "file_unreadable": Words(
        "Filen går inte att läsa.",
        "The file cannot be read.",
        "Kontrollera att du har rätt att läsa den.",
        "Check that you may read it.",
    ),
    "file_too_large": Words(
        "Filen är för stor.",
        "The file is too large.",
        "Kontrollera att det är rätt fil.",
        "Check that it is the right file.",
    ),
    "file_not_written": Words(
        "Filen gick inte att skriva.",
        "The file could not be written.",
        "Kontrollera att katalogen finns, är skrivbar och har plats.",
        "Check that the directory exists, may be written and has room.",
    ),
    "file_unusable": Words(
        "Filen eller katalogen går inte att använda.",
        "The file or directory cannot be used.",
        "Kontrollera namnet, att den är av rätt slag och att det finns plats på disken.",
        "Check the name, that it is of the right kind, and that the disk has room.",
    ),
    "program_fault": Words(
        "Programmet har ett fel och kunde inte göra klart.",
        "The program has a fault and could not finish.",
        "Se med dpr status vad som är sparat. Anmäl felet, med raden ovan, till den som sköter programmet.",
        "See with dpr status what is kept. Report the line above to whoever looks after the program.",
    ),
}
