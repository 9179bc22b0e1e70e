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


#: What to do, where many codes have the same answer.
_NOTHING = ("Inget behöver göras.", "Nothing needs doing.")
_SCAN_AGAIN = (
    "Skanna igen: bra ljus, hela koden i bild, slätt papper. Går det inte, be om en ny kod eller ring förskrivaren.",
    "Scan again: good light, the whole code in view, flat paper. If it fails, ask for a new code or call the prescriber.",
)
_CALL = (
    "Lämna inte ut. Ring förskrivaren och be om ett nytt recept.",
    "Do not dispense. Call the prescriber and ask for a new prescription.",
)
_LOOK_UP = (
    "Lämna inte ut. Ring vårdgivaren på ett nummer som du slår upp själv, inte ett som står på receptet.",
    "Do not dispense. Call the care provider on a number that you look up yourself, not one on the prescription.",
)
_CORRECT = (
    "Rätta uppgiften och försök igen. Står felet i ett underskrivet recept: ring förskrivaren.",
    "Correct it and try again. If the fault stands in a signed prescription, call the prescriber.",
)
_ASK = (
    "Bedöm själv. Är du osäker: ring förskrivaren innan du lämnar ut.",
    "Judge it yourself. If in doubt, call the prescriber before you dispense.",
)
_COMPARE = (
    "Jämför receptet med förpackningen. Ring förskrivaren om du inte är säker på vad som menas.",
    "Compare the prescription with the pack. Call the prescriber unless you are sure what is meant.",
)
_FETCH = (
    "Hämta nya listor så snart något nät fungerar, eller läs in dem från USB.",
    "Fetch new lists as soon as any network works, or import them from USB.",
)
_FETCH_OR_REASON = (
    "Hämta nya listor. Går det inte, kan du lämna ut ändå med ett skäl som sparas.",
    "Fetch new lists. If you cannot, you may dispense all the same with a reason that is recorded.",
)
_SUPPORT = (
    "Anmäl felet till den som sköter programmet, med felkoden.",
    "Report it, with this code, to whoever looks after the program.",
)
_ISSUER_CORRECTS = (
    "Den som utfärdar beviset rättar uppgiften och utfärdar det på nytt.",
    "Whoever issues the credential corrects it and issues it anew.",
)
_AUTHORITY_CORRECTS = (
    "Använd inte listan; den förra gäller. Anmäl till den som ger ut listan.",
    "Do not use the list; the one before is in force. Report it to the authority that publishes it.",
)
_NEW_CREDENTIAL = (
    "Skaffa ett nytt behörighetsbevis från arbetsgivaren.",
    "Get a new credential from the employer.",
)

CODES: dict[str, Words] = {
    # --- reading files and images -------------------------------------------------------------------------------
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
    "qr_empty": Words(
        "Det finns ingen text att läsa.",
        "There is no text to read.",
        *_SCAN_AGAIN,
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
        *_SCAN_AGAIN,
    ),
    "qr_damaged": Words(
        "Kodens innehåll är skadat.",
        "The content of the code is damaged.",
        *_SCAN_AGAIN,
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
        *_SCAN_AGAIN,
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
    # --- the verdict, step by step --------------------------------------------------------------------------------------
    "signature_ok": Words(
        "Underskriften är äkta och utfärdaren är godkänd.",
        "The signature is genuine and the issuer is approved.",
        *_NOTHING,
    ),
    "trust_list_stale": Words(
        "Listan över godkända utfärdare är äldre än den borde vara.",
        "The list of approved issuers is older than it should be.",
        *_FETCH,
    ),
    "trust_list_red": Words(
        "Listan över godkända utfärdare är mycket gammal.",
        "The list of approved issuers is very old.",
        *_FETCH_OR_REASON,
    ),
    "trust_list_missing": Words(
        "Apoteket har ingen lista över godkända utfärdare, så inget recept kan bedömas.",
        "The pharmacy has no list of approved issuers, so no prescription can be judged.",
        "Läs in listan från nätet eller USB. Lämna inte ut innan det är gjort.",
        "Import the list from the network or USB. Do not dispense before that.",
    ),
    "environment_differs": Words(
        "Receptet hör till en annan miljö: test på ett apotek i drift, eller tvärtom.",
        "The prescription belongs to another environment: a test at a live pharmacy, or the reverse.",
        "Lämna inte ut: ett testrecept gäller inte. Stämmer inte det, kontrollera inställningen environment.",
        "Do not dispense: a test prescription is not valid. If that is wrong, check the setting environment.",
    ),
    "clock_behind": Words(
        "Datorns klocka går efter: listan över utfärdare är gjord senare än datorns tid.",
        "This computer's clock is behind: the list of issuers was made later than the computer's time.",
        "Ställ datorns klocka rätt och försök igen.",
        "Set the computer's clock right and try again.",
    ),
    "issuer_not_in_force": Words(
        "Den som intygar förskrivaren var inte godkänd när receptet skrevs.",
        "Whoever vouches for the prescriber was not approved when the prescription was written.",
        *_LOOK_UP,
    ),
    "credential_not_in_force": Words(
        "Förskrivarens behörighetsbevis gällde inte när receptet skrevs.",
        "The prescriber's credential was not in force when the prescription was written.",
        *_LOOK_UP,
    ),
    "internal_error": Words(
        "Programmet har ett fel och kunde inte bedöma receptet.",
        "The program has a fault and could not judge the prescription.",
        "Lämna inte ut på det här receptet. Anmäl felet till den som sköter programmet.",
        "Do not dispense on this prescription. Report it to whoever looks after the program.",
    ),
    "status_ok": Words(
        "Förskrivarens bevis är inte spärrat, enligt färska uppgifter.",
        "The prescriber's credential is not revoked, by fresh data.",
        *_NOTHING,
    ),
    "status_stale": Words(
        "Uppgiften om att förskrivarens bevis inte är spärrat är några dagar gammal.",
        "The data that the prescriber's credential is not revoked is some days old.",
        *_FETCH,
    ),
    "status_red": Words(
        "Uppgiften om att förskrivarens bevis inte är spärrat är mycket gammal.",
        "The data that the prescriber's credential is not revoked is very old.",
        *_FETCH_OR_REASON,
    ),
    "status_missing": Words(
        "Det finns ingen spärrlista för den här vårdgivaren: det går inte att se om förskrivarens bevis är spärrat.",
        "No revocation list of this care provider is held: whether the prescriber's credential is revoked is not known.",
        *_FETCH_OR_REASON,
    ),
    "status_unknown": Words(
        "Spärrlistan säger inget om förskrivarens bevis.",
        "The revocation list says nothing about the prescriber's credential.",
        "Hämta en ny spärrlista. Säger den inget heller: ring vårdgivaren på ett nummer som du slår upp själv.",
        "Fetch a new revocation list. If that says nothing either, call the care provider on a number that you look up.",
    ),
    "credential_revoked": Words(
        "Förskrivarens bevis är spärrat.",
        "The prescriber's credential is revoked.",
        *_LOOK_UP,
    ),
    "credential_suspended": Words(
        "Förskrivarens bevis är spärrat tills vidare.",
        "The prescriber's credential is suspended.",
        *_LOOK_UP,
    ),
    "authority_ok": Words(
        "Yrket får förskriva det här.",
        "The profession may prescribe this.",
        *_NOTHING,
    ),
    "scope_kind": Words(
        "Vårdgivaren är inte godkänd för det här slaget av recept.",
        "The care provider is not approved for this kind of prescription.",
        *_CALL,
    ),
    "authority_profession": Words(
        "Yrket får inte förskriva.",
        "The profession may not prescribe.",
        *_LOOK_UP,
    ),
    "authority_animals": Words(
        "Bara veterinärer får förskriva till djur, och de får inte förskriva till människor.",
        "Only veterinarians may prescribe for animals, and they may not prescribe for people.",
        *_CALL,
    ),
    "authority_narcotics": Words(
        "Yrket får inte förskriva narkotika.",
        "The profession may not prescribe narcotics.",
        *_LOOK_UP,
    ),
    "authority_limited": Words(
        "Läkemedlet ligger utanför det som yrket brukar få förskriva.",
        "The medicine is outside what the profession may usually prescribe.",
        *_ASK,
    ),
    "authority_unknown_product": Words(
        "Det går inte att se om yrket får förskriva varan: ATC-kod saknas.",
        "Whether the profession may prescribe the product cannot be seen: it has no ATC code.",
        *_ASK,
    ),
    "dates_ok": Words(
        "Receptet gäller i dag.",
        "The prescription is valid today.",
        *_NOTHING,
    ),
    "authored_in_future": Words(
        "Receptet är skrivet senare än klockan är nu.",
        "The prescription is dated later than now.",
        "Kontrollera datorns klocka. Går den rätt: lämna inte ut, ring förskrivaren.",
        "Check the computer's clock. If it is right, do not dispense; call the prescriber.",
    ),
    "expired": Words(
        "Receptet har gått ut.",
        "The prescription has expired.",
        *_CALL,
    ),
    "audience_ok": Words(
        "Receptet är ställt till det här apoteket.",
        "The prescription is addressed to this pharmacy.",
        *_NOTHING,
    ),
    "audience_bearer": Words(
        "Receptet är inte ställt till något visst apotek; samma kod kan visas på flera ställen.",
        "The prescription is not addressed to one pharmacy; the same code can be shown in several places.",
        "Kontrollera legitimationen noga.",
        "Check the identity card with care.",
    ),
    "audience_bearer_refused": Words(
        "Receptet är inte ställt till något apotek, och här tas sådana inte emot.",
        "The prescription is not addressed to a pharmacy, and such ones are not accepted here.",
        "Be förskrivaren ställa receptet till det här apoteket.",
        "Ask the prescriber to address the prescription to this pharmacy.",
    ),
    "audience_other": Words(
        "Receptet är ställt till ett annat apotek.",
        "The prescription is addressed to another pharmacy.",
        "Hänvisa till det apoteket, eller be förskrivaren om ett nytt recept.",
        "Refer to that pharmacy, or ask the prescriber for a new prescription.",
    ),
    "audience_site_unknown": Words(
        "Receptet är ställt till ett visst apotek, men programmet vet inte vilket apotek det här är.",
        "The prescription is addressed to one pharmacy, but the program does not know which pharmacy this is.",
        "Fyll i apotekets GLN i inställningarna.",
        "Fill in this pharmacy's GLN in the settings.",
    ),
    "dispensings_left": Words(
        "Det finns uttag kvar.",
        "There are dispensings left.",
        *_NOTHING,
    ),
    "dispensings_used_up": Words(
        "Alla uttag är gjorda.",
        "Every dispensing has been made.",
        "Lämna inte ut. Behöver patienten mer: ring förskrivaren.",
        "Do not dispense. If the patient needs more, call the prescriber.",
    ),
    "interval_not_passed": Words(
        "Det är för tidigt för nästa uttag.",
        "It is too early for the next dispensing.",
        "Lämna ut från det datum som visas, eller ring förskrivaren.",
        "Dispense from the date shown, or call the prescriber.",
    ),
    "content_ok": Words(
        "Uppgifterna i receptet är rätt skrivna.",
        "What the prescription says is well formed.",
        *_NOTHING,
    ),
    "workplace_code_ok": Words(
        "Arbetsplatskod finns där den behövs.",
        "There is a workplace code where it is needed.",
        *_NOTHING,
    ),
    "workplace_code_missing": Words(
        "Arbetsplatskod saknas: receptraden kan inte ges med förmån eller fritt enligt smittskyddslagen.",
        "The workplace code is missing: the item cannot be given with benefit or free under the Communicable Diseases Act.",
        "Lämna ut utan förmån, eller ring förskrivaren och fråga efter arbetsplatskoden.",
        "Dispense without benefit, or call the prescriber and ask for the workplace code.",
    ),
    "special_none": Words(
        "Receptet har inget särskilt läkemedel.",
        "The prescription has no special medicine.",
        *_NOTHING,
    ),
    "special_ok": Words(
        "Särskilt läkemedel: spärruppgifterna är färska nog.",
        "A special medicine: the revocation data is fresh enough.",
        *_NOTHING,
    ),
    "special_needs_fresh_status": Words(
        "Särskilt läkemedel: spärruppgifterna är för gamla eller saknas.",
        "A special medicine: the revocation data is too old or missing.",
        "Hämta en ny spärrlista. Går det inte, lämna inte ut; ring förskrivaren.",
        "Fetch a new revocation list. If you cannot, do not dispense; call the prescriber.",
    ),
    "substitution_ok": Words(
        "Utbyte är tillåtet.",
        "Substitution is allowed.",
        *_NOTHING,
    ),
    "substitution_refused": Words(
        "Förskrivaren tillåter inte utbyte av medicinskt skäl.",
        "The prescriber does not allow substitution, for a medical reason.",
        "Lämna ut just det som är förskrivet.",
        "Dispense exactly what is prescribed.",
    ),
    "not_seen_before": Words(
        "Receptet har inte visats här förut.",
        "The prescription has not been shown here before.",
        *_NOTHING,
    ),
    "seen_before": Words(
        "Receptet har visats här förut; uttagen räknas ihop.",
        "The prescription has been shown here before; its dispensings are counted together.",
        *_NOTHING,
    ),
    "seen_before_in_other_bytes": Words(
        "Samma recept har kommit hit förut på annat sätt; uttagen räknas ihop.",
        "The same prescription has come here before in another way; its dispensings are counted together.",
        *_NOTHING,
    ),
    "protected_none": Words(
        "Patienten har inte skyddad identitet.",
        "The patient's identity is not protected.",
        *_NOTHING,
    ),
    "protected_identity": Words(
        "Patienten har skyddade personuppgifter.",
        "The patient's identity is protected.",
        "Säg inte namn eller nummer högt, skriv inte ut mer än nödvändigt och följ apotekets rutin.",
        "Do not say name or number aloud, print no more than needed, and follow the pharmacy's routine.",
    ),
    "products_ok": Words(
        "Namn, form, styrka och förpackning stämmer med produktlistan.",
        "Name, form, strength and pack agree with the product list.",
        *_NOTHING,
    ),
    "products_not_held": Words(
        "Här finns ingen produktlista att jämföra med.",
        "There is no product list here to compare with.",
        "Jämför själv receptet med förpackningen.",
        "Compare the prescription with the pack yourself.",
    ),
    "product_unlisted": Words(
        "Varan är förskriven med text, utan kod (extempore, licens eller annat).",
        "The product is prescribed by text, without a code (extempore, licence or other).",
        *_ASK,
    ),
    "product_not_found": Words(
        "Varans kod finns inte i produktlistan.",
        "The product's code is not in the product list.",
        *_COMPARE,
    ),
    "product_name_differs": Words(
        "Namnet i receptet är ett annat än det som varans kod står för.",
        "The name in the prescription is not that of the product's code.",
        *_COMPARE,
    ),
    "product_form_differs": Words(
        "Läkemedelsformen i receptet är en annan än den som varans kod står för.",
        "The form in the prescription is not that of the product's code.",
        *_COMPARE,
    ),
    "product_strength_differs": Words(
        "Styrkan i receptet är en annan än den som varans kod står för.",
        "The strength in the prescription is not that of the product's code.",
        *_COMPARE,
    ),
    "product_pack_differs": Words(
        "Förpackningen i receptet är en annan än den som varans kod står för.",
        "The pack in the prescription is not that of the product's code.",
        *_COMPARE,
    ),
    "product_atc_differs": Words(
        "ATC-koden i receptet är en annan än produktlistans.",
        "The ATC code in the prescription is not that of the product list.",
        *_COMPARE,
    ),
    "product_control_class_differs": Words(
        "Receptet och produktlistan säger olika om narkotikaklass; den strängare gäller.",
        "The prescription and the product list differ on the control class; the stricter one applies.",
        "Följ reglerna för den strängare klassen.",
        "Follow the rules of the stricter class.",
    ),
    # --- signed documents: signatures, keys and chains ------------------------------------------------------------------
    "signature_invalid": Words(
        "Underskriften stämmer inte: innehållet är ändrat, eller någon annan har skrivit under.",
        "The signature does not match: the content was altered, or somebody else signed it.",
        *_LOOK_UP,
    ),
    "chain_issuer_unknown": Words(
        "Den som intygar förskrivaren finns inte på listan över godkända utfärdare.",
        "Whoever vouches for the prescriber is not on the list of approved issuers.",
        "Hämta en ny lista över utfärdare. Finns utfärdaren inte där heller: lämna inte ut.",
        "Fetch a new list of issuers. If the issuer is not there either, do not dispense.",
    ),
    "chain_credential_unknown": Words(
        "Förskrivarens behörighetsbevis följde inte med och finns inte här.",
        "The prescriber's credential did not come with the prescription and is not held here.",
        "Hämta nya listor och bevis, eller be om receptet i den form där beviset följer med.",
        "Fetch new lists and credentials, or ask for the prescription in the form that carries the credential.",
    ),
    "chain_issuer_differs": Words(
        "Behörighetsbeviset är underskrivet av en annan utfärdare än det säger.",
        "The credential was signed by another issuer than it says.",
        *_LOOK_UP,
    ),
    "chain_role": Words(
        "Den som har skrivit under har inte den rollen: till exempel ett apotek som skriver recept.",
        "The signer does not have that role: for example a pharmacy that writes a prescription.",
        *_LOOK_UP,
    ),
    "scope_role": Words(
        "Utfärdaren får inte intyga den här rollen.",
        "The issuer may not vouch for this role.",
        *_LOOK_UP,
    ),
    "scope_profession": Words(
        "Utfärdaren får inte intyga det här yrket.",
        "The issuer may not vouch for this profession.",
        *_LOOK_UP,
    ),
    "scope_gln": Words(
        "Utfärdaren får inte intyga det här apoteket.",
        "The issuer may not vouch for this pharmacy.",
        *_LOOK_UP,
    ),
    "document_kind": Words(
        "Dokumentet är av ett annat slag än det som väntades.",
        "The document is of another kind than was expected.",
        "Läs in det som just nu efterfrågas, till exempel receptet.",
        "Read in what is asked for here, for example the prescription.",
    ),
    "document_kind_unknown": Words(
        "Dokumentet är av ett slag som programmet inte känner till.",
        "The document is of a kind that this program does not know.",
        "Uppdatera programmet. Hjälper det inte: be om ett nytt recept.",
        "Update the program. If that does not help, ask for a new prescription.",
    ),
    "document_header": Words(
        "Dokumentets inledning är fel: något saknas eller hör inte hemma där.",
        "The document's header is wrong: something is missing or has no place there.",
        *_CALL,
    ),
    "document_unprotected": Words(
        "Dokumentet har uppgifter som underskriften inte skyddar.",
        "The document has content that the signature does not protect.",
        *_CALL,
    ),
    "cose_tag": Words(
        "Det är inget underskrivet dokument av rätt slag.",
        "It is no signed document of the right kind.",
        *_SCAN_AGAIN,
    ),
    "cose_malformed": Words(
        "Det är inget helt underskrivet dokument.",
        "It is no whole signed document.",
        *_SCAN_AGAIN,
    ),
    "cose_header": Words(
        "Dokumentets inledning säger emot sig själv eller saknar skydd.",
        "The document's header contradicts itself or is not protected.",
        *_CALL,
    ),
    "cose_crit": Words(
        "Dokumentet kräver något som programmet inte kan.",
        "The document requires something that this program cannot do.",
        "Uppdatera programmet. Hjälper det inte: be om ett nytt recept.",
        "Update the program. If that does not help, ask for a new prescription.",
    ),
    "cose_algorithm": Words(
        "Underskriften är gjord på ett sätt som inte är tillåtet.",
        "The signature was made in a way that is not allowed.",
        *_CALL,
    ),
    "cose_detached": Words(
        "Dokumentets innehåll saknas: bara underskriften finns.",
        "The document's content is missing: there is only the signature.",
        *_SCAN_AGAIN,
    ),
    "cbor_malformed": Words(
        "Innehållet är skadat eller är något annat än ett digitalt pappersrecept.",
        "The content is damaged or is something else than a digital paper prescription.",
        *_SCAN_AGAIN,
    ),
    "cbor_not_deterministic": Words(
        "Innehållet är kodat på ett otillåtet sätt.",
        "The content is encoded in a way that is not allowed.",
        *_CALL,
    ),
    "cbor_key_order": Words(
        "Uppgifterna står i fel ordning i det kodade innehållet.",
        "The entries of the encoded content are in the wrong order.",
        *_CALL,
    ),
    "cbor_trailing_bytes": Words(
        "Det finns något mer efter dokumentets slut.",
        "There is something more after the end of the document.",
        *_SCAN_AGAIN,
    ),
    "cbor_tag": Words(
        "Innehållet har en märkning som inte är tillåten.",
        "The content has a tag that is not allowed.",
        *_CALL,
    ),
    "cbor_type": Words(
        "Innehållet har ett slag av värde som inte är tillåtet.",
        "The content has a type of value that is not allowed.",
        *_CALL,
    ),
    "cbor_depth": Words(
        "Innehållet är nästlat djupare än vad som är tillåtet.",
        "The content is nested more deeply than is allowed.",
        *_CALL,
    ),
    "cbor_too_large": Words(
        "Innehållet är för stort.",
        "The content is too large.",
        "Kontrollera att det är rätt fil.",
        "Check that it is the right file.",
    ),
    "key_malformed": Words(
        "Nyckeln är inte rätt skriven.",
        "The key is not well formed.",
        *_SUPPORT,
    ),
    "key_unsupported": Words(
        "Nyckeln är av ett slag som inte används här.",
        "The key is of a kind that is not used here.",
        "Använd en nyckel av slaget P-256 (ES256) eller Ed25519.",
        "Use a P-256 (ES256) or Ed25519 key.",
    ),
    "key_weak": Words(
        "Nyckeln är svag och skyddar ingenting.",
        "The key is weak and protects nothing.",
        "Använd den inte. Skapa en ny nyckel.",
        "Do not use it. Make a new key.",
    ),
    # --- lists and credentials ------------------------------------------------------------------------------------------
    "trust_list_threshold": Words(
        "Listan över godkända utfärdare är underskriven av för få av myndighetens nycklar.",
        "Too few of the authority's keys have signed the list of approved issuers.",
        *_AUTHORITY_CORRECTS,
    ),
    "trust_list_environment": Words(
        "Listan över godkända utfärdare är för en annan miljö (test eller drift).",
        "The list of approved issuers is for another environment (test or production).",
        "Läs in listan för rätt miljö; den förra gäller.",
        "Import the list for the right environment; the one before is in force.",
    ),
    "trust_list_authority": Words(
        "Listan över godkända utfärdare kommer från en annan myndighet än den som apoteket litar på.",
        "The list of approved issuers is from another authority than the one trusted here.",
        *_AUTHORITY_CORRECTS,
    ),
    "trust_list_times": Words(
        "Listan över godkända utfärdare har orimliga tider: nästa uppdatering är före utgivningen.",
        "The times of the list of approved issuers make no sense: its next update is before its issue.",
        *_AUTHORITY_CORRECTS,
    ),
    "trust_list_issuer_twice": Words(
        "Samma utfärdare står två gånger på listan.",
        "The same issuer is on the list twice.",
        *_AUTHORITY_CORRECTS,
    ),
    "trust_list_key_twice": Words(
        "Samma nyckel står två gånger på listan.",
        "The same key is on the list twice.",
        *_AUTHORITY_CORRECTS,
    ),
    "trust_list_scope": Words(
        "En utfärdare på listan har yrken som inte hör till dess roll, eller en sluttid före starttiden.",
        "An issuer on the list has professions that its role does not allow, or ends before it begins.",
        *_AUTHORITY_CORRECTS,
    ),
    "status_list_malformed": Words(
        "Spärrlistan är skadad.",
        "The revocation list is damaged.",
        "Hämta spärrlistan på nytt; den förra gäller.",
        "Fetch the revocation list again; the one before is in force.",
    ),
    "status_list_entry": Words(
        "Platsen i spärrlistan finns inte, eller så får värdet inte plats där.",
        "The entry is not in the revocation list, or its value does not fit there.",
        "Gör en längre lista, eller välj två bitar per plats.",
        "Make a longer list, or choose two bits for each entry.",
    ),
    "credential_times": Words(
        "Behörighetsbeviset slutar gälla innan det börjar.",
        "The credential ends before it begins.",
        *_ISSUER_CORRECTS,
    ),
    "holder_profession": Words(
        "Yrket i behörighetsbeviset hör inte till rollen.",
        "The profession in the credential does not belong to its role.",
        *_ISSUER_CORRECTS,
    ),
    "holder_workplace": Words(
        "Arbetsplatsen saknas i förskrivarens bevis, eller står i ett bevis där den inte hör hemma.",
        "The workplace is missing from the prescriber's credential, or stands in one where it has no place.",
        *_ISSUER_CORRECTS,
    ),
    "holder_prescriber_code": Words(
        "Giltig förskrivarkod saknas (F.001 i E-hälsomyndighetens kodlista).",
        "A valid prescriber code is missing (F.001 in E-hälsomyndigheten's list of codes).",
        *_ISSUER_CORRECTS,
    ),
    "holder_gln": Words(
        "Apotekets GLN saknas i dess bevis, eller står i en persons bevis.",
        "The pharmacy's GLN is missing from its credential, or stands in a person's.",
        *_ISSUER_CORRECTS,
    ),
    "holder_phone": Words(
        "Telefonnummer saknas i förskrivarens bevis.",
        "The telephone number is missing from the prescriber's credential.",
        *_ISSUER_CORRECTS,
    ),
    "trust_not_set_up": Words(
        "Här finns ännu ingen lista över godkända utfärdare, eller inte myndighetens nycklar.",
        "There is no list of approved issuers here yet, or not the authority's keys.",
        "Gör installationen klar: läs in myndighetens nycklar (anchor.json) och listan.",
        "Finish the set-up: import the authority's keys (anchor.json) and the list.",
    ),
    "trust_list_older": Words(
        "Listan över godkända utfärdare är inte nyare än den som redan finns här.",
        "The list of approved issuers is no newer than the one that is held.",
        "Inget har ändrats. Hämta den senaste listan.",
        "Nothing was changed. Fetch the latest list.",
    ),
    "status_list_older": Words(
        "Spärrlistan är inte nyare än den som redan finns här.",
        "The revocation list is no newer than the one that is held.",
        "Inget har ändrats. Hämta den senaste listan.",
        "Nothing was changed. Fetch the latest list.",
    ),
    "credential_older": Words(
        "Behörighetsbeviset är äldre än det som redan finns här.",
        "The credential is older than the one that is held.",
        "Inget har ändrats. Hämta det senaste beviset.",
        "Nothing was changed. Fetch the latest credential.",
    ),
    "list_from_the_future": Words(
        "Listan är daterad i framtiden.",
        "The list is dated in the future.",
        "Inget har ändrats. Se efter att datorns klocka går rätt, och hämta listan på nytt om den gör det.",
        "Nothing was changed. See that the computer's clock is right, and fetch the list again if it is.",
    ),
    "anchor_invalid": Words(
        "Filen med myndighetens nycklar (anchor.json) har fel.",
        "The file with the authority's keys (anchor.json) has faults.",
        "Hämta filen på nytt från myndigheten.",
        "Get the file again from the authority.",
    ),
    "anchor_exists": Words(
        "Här finns redan en annan myndighets nycklar.",
        "The keys of another authority are held here already.",
        "Inget har ändrats. Byt bara ut dem på myndighetens begäran, och flytta då undan den gamla filen först.",
        "Nothing was changed. Replace them only when the authority says so, after moving the old file aside.",
    ),
    "demo_key_in_production": Words(
        "Nyckeln är en övningsnyckel som alla känner till; den får inte användas i drift.",
        "The key is a demo key that everybody knows; it must not be used in production.",
        "Skapa en egen nyckel, eller sätt environment till test.",
        "Make a key of your own, or set environment to test.",
    ),
    "site_missing": Words(
        "Katalogen för apoteket eller kliniken finns inte.",
        "The directory of the pharmacy or clinic does not exist.",
        "Ange rätt katalog med --site eller DPR_SITE.",
        "Give the right directory with --site or DPR_SITE.",
    ),
    "anchor_environment": Words(
        "Myndighetens nycklar (anchor.json) är för en annan miljö än inställningarnas: test eller drift.",
        "The authority's keys (anchor.json) are for another environment than the settings: test or production.",
        'Övning: skriv environment = "test" i policy.toml. Drift: hämta myndighetens skarpa nycklar.',
        'Rehearsal: write environment = "test" in policy.toml. Production: get the authority\'s real keys.',
    ),
    "credential_file_invalid": Words(
        "Filen är inget behörighetsbevis.",
        "The file is no credential.",
        "Välj beviset som utfärdaren gav ut (.cbor), inte nyckeln, begäran eller receptet.",
        "Choose the credential that the issuer gave out (.cbor), not the key, the request or the prescription.",
    ),
    "key_request_invalid": Words(
        "Filen är ingen begäran om behörighetsbevis, eller är skadad.",
        "The file is no request for a credential, or is damaged.",
        "Välj filen som slutar på .request, som dpr key new gjorde.",
        "Choose the file that ends in .request, which dpr key new made.",
    ),
    "issuer_records_invalid": Words(
        "Utfärdarens förteckning över bevis (credentials.json) är skadad.",
        "The issuer's record of credentials (credentials.json) is damaged.",
        "Hämta filen från en säkerhetskopia. Utfärda och spärra inget innan dess.",
        "Get the file back from a backup copy. Issue and revoke nothing before that.",
    ),
    "issuer_invalid": Words(
        "Uppgifterna om utfärdaren har fel.",
        "The issuer's description has faults.",
        "Rätta felen som räknas upp.",
        "Correct the faults listed.",
    ),
    "holder_invalid": Words(
        "Uppgifterna om den som ska få beviset har fel.",
        "The description of the credential's holder has faults.",
        "Rätta felen som räknas upp.",
        "Correct the faults listed.",
    ),
    "setup_invalid": Words(
        "Uppgifterna för installationen har fel.",
        "The data for the set-up has faults.",
        "Rätta felen som räknas upp.",
        "Correct the faults listed.",
    ),
    "no_issuers": Words(
        "Det finns inga utfärdare att sätta på listan.",
        "There are no issuers to put on the list.",
        "Lägg till minst en utfärdare först.",
        "Add at least one issuer first.",
    ),
    "credential_not_ours": Words(
        "Behörighetsbeviset är inte utfärdat här.",
        "The credential was not issued here.",
        "Låt den som utfärdade det spärra det.",
        "Let whoever issued it revoke it.",
    ),
    "credential_is_revoked": Words(
        "Beviset är redan spärrat för gott.",
        "The credential is revoked for good already.",
        "Utfärda ett nytt bevis om det behövs.",
        "Issue a new credential if one is needed.",
    ),
    # --- what is written in a prescription ------------------------------------------------------------------------------
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
        *_CORRECT,
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
        *_CORRECT,
    ),
    "field_length": Words(
        "En uppgift har fel längd.",
        "Something has the wrong length.",
        *_CORRECT,
    ),
    "field_value_unknown": Words(
        "Värdet finns inte bland dem som går att välja.",
        "The value is not one of those to choose from.",
        *_CORRECT,
    ),
    "field_default_written": Words(
        "Det underskrivna innehållet har med en uppgift som ska utelämnas.",
        "The signed content states something that is to be left out.",
        *_CALL,
    ),
    "number_out_of_range": Words(
        "Talet är för litet eller för stort.",
        "The number is too small or too large.",
        *_CORRECT,
    ),
    "list_length": Words(
        "Listan har för få eller för många delar.",
        "The list has too few or too many entries.",
        *_CORRECT,
    ),
    "text_empty": Words(
        "Texten är tom.",
        "The text is empty.",
        *_CORRECT,
    ),
    "text_too_long": Words(
        "Texten är för lång.",
        "The text is too long.",
        *_CORRECT,
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
        *_CORRECT,
    ),
    "text_not_nfc": Words(
        "Texten är kodad på ett annat sätt än det tillåtna (ska vara Unicode NFC): å, ä eller ö står som två tecken.",
        "The text is not in Unicode NFC: å, ä or ö stands as two characters.",
        *_CORRECT,
    ),
    "date_form": Words(
        "Datumet är inte skrivet som ÅÅÅÅ-MM-DD.",
        "The date is not written as YYYY-MM-DD.",
        *_CORRECT,
    ),
    "personnummer_form": Words(
        "Personnumret ska ha 12 siffror utan bindestreck.",
        "A personnummer has 12 digits and no hyphen.",
        *_CORRECT,
    ),
    "personnummer_date": Words(
        "Personnumret innehåller inget möjligt datum.",
        "The personnummer holds no possible date.",
        *_CORRECT,
    ),
    "personnummer_check_digit": Words(
        "Personnumrets sista siffra stämmer inte: något är felskrivet.",
        "The last digit of the personnummer does not fit: something is mistyped.",
        *_CORRECT,
    ),
    "samordningsnummer_form": Words(
        "Samordningsnumret ska ha 12 siffror utan bindestreck.",
        "A samordningsnummer has 12 digits and no hyphen.",
        *_CORRECT,
    ),
    "samordningsnummer_date": Words(
        "Samordningsnumret innehåller inget möjligt datum (dagen plus 60).",
        "The samordningsnummer holds no possible date (the day plus 60).",
        *_CORRECT,
    ),
    "samordningsnummer_check_digit": Words(
        "Samordningsnumrets sista siffra stämmer inte: något är felskrivet.",
        "The last digit of the samordningsnummer does not fit: something is mistyped.",
        *_CORRECT,
    ),
    "reservnummer_oid": Words(
        "Reservnumrets serie (OID) är inte en svensk.",
        "The reserve number's series (OID) is not a Swedish one.",
        *_CORRECT,
    ),
    "reservnummer_form": Words(
        "Reservnumret har inte den form som regionens nummer har.",
        "The reserve number does not have the form of that region's numbers.",
        *_CORRECT,
    ),
    "birth_date_form": Words(
        "Födelsedatumet ska vara ett möjligt datum med 8 siffror, ÅÅÅÅMMDD.",
        "A date of birth is a possible date in 8 digits, YYYYMMDD.",
        *_CORRECT,
    ),
    "organisation_number_form": Words(
        "Organisationsnumret ska ha 10 siffror utan bindestreck.",
        "An organisation number has 10 digits and no hyphen.",
        *_CORRECT,
    ),
    "organisation_number_check_digit": Words(
        "Organisationsnumrets sista siffra stämmer inte: något är felskrivet.",
        "The last digit of the organisation number does not fit: something is mistyped.",
        *_CORRECT,
    ),
    "gln_form": Words(
        "GLN ska ha 13 siffror.",
        "A GLN has 13 digits.",
        *_CORRECT,
    ),
    "gln_check_digit": Words(
        "GLN:s sista siffra stämmer inte: något är felskrivet.",
        "The last digit of the GLN does not fit: something is mistyped.",
        *_CORRECT,
    ),
    "npl_id_form": Words(
        "NPL-id ska ha 14 siffror.",
        "An NPL id has 14 digits.",
        *_CORRECT,
    ),
    "npl_pack_id_form": Words(
        "NPL-förpacknings-id ska ha 14 siffror.",
        "An NPL package id has 14 digits.",
        *_CORRECT,
    ),
    "varunummer_form": Words(
        "Varunumret ska ha 6 siffror.",
        "A varunummer has 6 digits.",
        *_CORRECT,
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
        *_CORRECT,
    ),
    "prescriber_code_form": Words(
        "Förskrivarkoden ska ha 7 siffror (F.001 i E-hälsomyndighetens kodlista: giltig förskrivarkod saknas).",
        "A prescriber code has 7 digits (F.001 in E-hälsomyndigheten's list: a valid prescriber code is missing).",
        *_CORRECT,
    ),
    "workplace_code_form": Words(
        "Arbetsplatskoden ska ha 13 siffror.",
        "A workplace code has 13 digits.",
        *_CORRECT,
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
    "validity_not_whole_days": Words(
        "Giltigheten slutar mitt på en dag i stället för vid midnatt.",
        "The validity ends in the middle of a day and not at midnight.",
        *_CALL,
    ),
    "validity_before_authored": Words(
        "Receptet slutar gälla före den dag det skrevs.",
        "The prescription ends before the day on which it was written.",
        *_CORRECT,
    ),
    "validity_too_long": Words(
        "Receptet gäller längre än ett år.",
        "The prescription is valid for more than a year.",
        *_CORRECT,
    ),
    "validity_telephone": Words(
        "Ett telefonrecept får gälla högst 14 dagar.",
        "A telephone prescription is valid for at most 14 days.",
        *_CORRECT,
    ),
    "reason_missing": Words(
        "Skälet till att receptet skrivs i det här formatet saknas.",
        "The reason for writing the prescription in this format is missing.",
        *_CORRECT,
    ),
    "reason_not_applicable": Words(
        "Skäl till formatet anges bara för läkemedelsrecept till människor.",
        "A reason for the format is stated only for prescriptions of medicines for people.",
        *_CORRECT,
    ),
    "patient_missing": Words(
        "Patienten saknas.",
        "The patient is missing.",
        *_CORRECT,
    ),
    "patient_identity": Words(
        "Patienten ska ha precis en identitet: personnummer, samordningsnummer, reservnummer eller födelsedatum.",
        "The patient must have exactly one identity: personnummer, samordningsnummer, reservnummer or date of birth.",
        *_CORRECT,
    ),
    "patient_name_missing": Words(
        "Namnet saknas; det behövs när patienten bara har födelsedatum.",
        "The name is missing; it is needed where the patient has only a date of birth.",
        *_CORRECT,
    ),
    "patient_born_later": Words(
        "Patienten är född efter den dag då receptet skrevs.",
        "The patient was born after the day on which the prescription was written.",
        *_CORRECT,
    ),
    "patient_not_for_animal": Words(
        "Ett djurrecept har ingen patient, bara djur och ägare.",
        "An animal prescription has no patient, only the animal and its owner.",
        *_CORRECT,
    ),
    "animal_missing": Words(
        "Djuret och dess ägare saknas.",
        "The animal and its owner are missing.",
        *_CORRECT,
    ),
    "animal_not_for_people": Words(
        "Det står ett djur i ett recept för människor.",
        "There is an animal in a prescription for people.",
        *_CORRECT,
    ),
    "owner_identity": Words(
        "Djurägaren ska ha antingen personnummer eller organisationsnummer.",
        "The owner must have either a personnummer or an organisation number.",
        *_CORRECT,
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
        *_CORRECT,
    ),
    "food_age": Words(
        "Livsmedel på recept är bara för barn under 16 år.",
        "Food on prescription is only for children under 16.",
        *_CORRECT,
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
        *_CORRECT,
    ),
    "control_class_kind": Words(
        "Hjälpmedel och livsmedel kan inte vara narkotika eller särskilda läkemedel.",
        "Consumables and food cannot be narcotics or special medicines.",
        *_CORRECT,
    ),
    "benefit_missing": Words(
        "Förskrivaren har inte valt om varan ges med eller utan förmån.",
        "The prescriber has not chosen whether the item is given with or without benefit.",
        *_CORRECT,
    ),
    "benefit_conditions": Words(
        "Villkoren för begränsad förmån ska anges precis när varan ges med förmån.",
        "The conditions for restricted benefit are stated exactly when the item is given with benefit.",
        *_CORRECT,
    ),
    "benefit_not_for_animals": Words(
        "Förmån och smittskydd finns inte för djur.",
        "Benefit and the Communicable Diseases Act do not apply to animals.",
        *_CORRECT,
    ),
    "substitution_missing": Words(
        "Det står inte om varan får bytas ut.",
        "It is not stated whether the item may be substituted.",
        *_CORRECT,
    ),
    "substitution_reason": Words(
        "Medicinskt skäl ska anges precis när utbyte inte är tillåtet.",
        "A medical reason is given exactly when substitution is not allowed.",
        *_CORRECT,
    ),
    "interval_without_repeats": Words(
        "Det finns ett intervall mellan uttag, men bara ett uttag.",
        "There is an interval between dispensings, but only one dispensing.",
        *_CORRECT,
    ),
    # --- dispensing -----------------------------------------------------------------------------------------------------
    "dispensing_number": Words(
        "Uttaget har ett högre nummer än antalet uttag i receptet.",
        "The dispensing's number is higher than the number prescribed.",
        *_SUPPORT,
    ),
    "dispensing_product": Words(
        "Det expedierade anges med både NPL-förpacknings-id och varunummer.",
        "What was dispensed is given by both NPL package id and varunummer.",
        "Ange bara det ena.",
        "Give only one of them.",
    ),
    "prescription_not_received": Words(
        "Receptet är inte mottaget här än.",
        "The prescription has not been received here yet.",
        "Skanna eller läs in receptet först.",
        "Scan or read in the prescription first.",
    ),
    "item_unknown": Words(
        "Receptet har ingen rad med det numret.",
        "The prescription has no item of that number.",
        "Välj en av raderna som visas.",
        "Choose one of the items shown.",
    ),
    "handed_over_time": Words(
        "Tiden för utlämnandet är före receptet skrevs, eller har inte varit än.",
        "The time of hand-over is before the prescription was written, or has not come yet.",
        "Rätta tiden.",
        "Correct the time.",
    ),
    "pharmacist_credential_needed": Words(
        "Den som expedierar måste ha ett farmaceutbevis.",
        "Whoever dispenses needs a pharmacist's credential.",
        "Välj farmaceutens eget bevis.",
        "Choose the pharmacist's own credential.",
    ),
    "pharmacist_credential_not_in_force": Words(
        "Farmaceutens behörighetsbevis gäller inte nu.",
        "The pharmacist's credential is not in force now.",
        *_NEW_CREDENTIAL,
    ),
    "pharmacist_credential_revoked": Words(
        "Farmaceutens behörighetsbevis är spärrat.",
        "The pharmacist's credential is revoked.",
        "Låt en annan farmaceut expediera. Kontakta arbetsgivaren.",
        "Let another pharmacist dispense. Contact the employer.",
    ),
    "pharmacy_credential_needed": Words(
        "Apotekets eget bevis är av fel slag.",
        "The pharmacy's own credential is of the wrong kind.",
        "Ange apotekets bevis i inställningarna.",
        "Give the pharmacy's credential in the settings.",
    ),
    "pharmacy_credential_not_in_force": Words(
        "Apotekets eget bevis gäller inte nu.",
        "The pharmacy's own credential is not in force now.",
        "Skaffa ett nytt bevis för apoteket från apoteksföretaget.",
        "Get a new credential for the pharmacy from the pharmacy company.",
    ),
    "pharmacy_credential_revoked": Words(
        "Apotekets eget bevis är spärrat.",
        "The pharmacy's own credential is revoked.",
        "Expediera inget här. Kontakta apoteksföretaget.",
        "Dispense nothing here. Contact the pharmacy company.",
    ),
    "pharmacy_credential_differs": Words(
        "Apotekets nyckel, bevis och GLN hör inte ihop.",
        "The pharmacy's key, credential and GLN do not belong together.",
        "Rätta inställningarna: samma apotek i alla tre.",
        "Correct the settings: the same pharmacy in all three.",
    ),
    "pharmacist_of_other_company": Words(
        "Farmaceutens bevis är utfärdat av ett annat apoteksföretag.",
        "The pharmacist's credential was issued by another pharmacy company.",
        "Använd ett bevis från det här apotekets företag.",
        "Use a credential from this pharmacy's company.",
    ),
    "registration_needs_pharmacist": Words(
        "Registret har sagt nej till receptet, eller något är oklart.",
        "The register has refused the prescription, or something is unclear.",
        "Läs registrets svar i kön och ta ställning innan du expedierar.",
        "Read the register's answer in the queue and decide before you dispense.",
    ),
    "register_first": Words(
        "Registret går att nå: receptet ska registreras före expedition.",
        "The register can be reached: the prescription must be registered before it is dispensed.",
        "Registrera receptet, och expediera sedan.",
        "Register the prescription, then dispense.",
    ),
    "offline_dispensing_off": Words(
        "Registret går inte att nå, och apoteket har inte tillåtit expedition utan det.",
        "The register cannot be reached, and this pharmacy does not allow dispensing without it.",
        "Vänta, eller låt den ansvariga besluta om offline_dispensing.",
        "Wait, or let the person in charge decide on offline_dispensing.",
    ),
    "ground_missing": Words(
        "Grunden för att expediera utan registret saknas: vem har beslutat, varför och sedan när.",
        "The ground for dispensing without the register is missing: who decided, why, and since when.",
        "Fyll i grunden.",
        "Fill in the ground.",
    ),
    "packages_more_than_prescribed": Words(
        "Fler förpackningar än receptet anger.",
        "More packages than the prescription says.",
        "Lämna ut högst det antal som är förskrivet, eller byt förpackning med ett skäl.",
        "Hand over at most what is prescribed, or substitute another pack with a reason.",
    ),
    "override_unknown": Words(
        "Ett skäl är skrivet för en varning som inte finns.",
        "A reason is written for a warning that does not exist.",
        "Skriv skäl bara för de varningar som visas.",
        "Write reasons only for the warnings that are shown.",
    ),
    "substitution_other_substance": Words(
        "Bytet har en annan aktiv substans.",
        "The substitute has another active substance.",
        "Välj en utbytbar produkt, eller ring förskrivaren.",
        "Choose a product that may be substituted, or call the prescriber.",
    ),
    "substitution_stricter_class": Words(
        "Bytet är ett särskilt läkemedel, men det förskrivna är det inte.",
        "The substitute is a special medicine, and what was prescribed is not.",
        "Välj en annan produkt, eller ring förskrivaren.",
        "Choose another product, or call the prescriber.",
    ),
    "pharmacist_status_ok": Words(
        "Farmaceutens behörighetsbevis är inte spärrat.",
        "The pharmacist's credential is not revoked.",
        *_NOTHING,
    ),
    "pharmacist_status_missing": Words(
        "Det går inte att se om farmaceutens behörighetsbevis är spärrat.",
        "It cannot be seen whether the pharmacist's credential is revoked.",
        "Hämta kedjans spärrlista.",
        "Fetch the company's status list.",
    ),
    "pharmacy_status_ok": Words(
        "Apotekets bevis är inte spärrat.",
        "The pharmacy's credential is not revoked.",
        *_NOTHING,
    ),
    "pharmacy_status_missing": Words(
        "Det går inte att se om apotekets bevis är spärrat.",
        "It cannot be seen whether the pharmacy's credential is revoked.",
        "Hämta kedjans spärrlista.",
        "Fetch the company's status list.",
    ),
    "id_of_another_prescription": Words(
        "Ett annat recept med samma id är redan mottaget här.",
        "Another prescription with the same id has already been received here.",
        "Lämna inte ut. Ring förskrivaren och jämför båda recepten; ett av dem är fel eller förfalskat.",
        "Do not dispense. Call the prescriber and compare both; one of them is wrong or forged.",
    ),
    "item_not_registered": Words(
        "Receptraden är inte registrerad än.",
        "The item is not registered yet.",
        "Registrera receptraden först.",
        "Register the item first.",
    ),
    "unlisted_with_code": Words(
        "En vara utan kod har ändå en kod.",
        "A product marked as without a code has a code.",
        "Ta bort koden eller märkningen.",
        "Remove the code or the mark.",
    ),
    "products_unreadable": Words(
        "Produktlistan går inte att läsa; namnen är inte jämförda.",
        "The product file cannot be read; the names were not compared.",
        "Jämför förpackningen noga med receptet. Läs in produktlistan på nytt.",
        "Compare the package carefully with the prescription. Import the product file again.",
    ),
    "document_too_large": Words(
        "Dokumentet är större än ett recept kan vara.",
        "The document is larger than any prescription.",
        "Kontrollera att det är rätt fil.",
        "Check that it is the right file.",
    ),
    "override_missing": Words(
        "En varning kräver att farmaceuten skriver ett skäl.",
        "A warning needs a reason from the pharmacist.",
        "Läs varningen och skriv varför du lämnar ut ändå, eller avstå.",
        "Read the warning and write why you dispense all the same, or do not dispense.",
    ),
    "substitution_not_allowed": Words(
        "Förskrivaren tillåter inte utbyte.",
        "The prescriber does not allow substitution.",
        "Lämna ut just det som är förskrivet, eller ring förskrivaren.",
        "Dispense exactly what is prescribed, or call the prescriber.",
    ),
    "substitution_reason_missing": Words(
        "Varan är utbytt men skälet eller varans namn saknas.",
        "The product was substituted, but the reason or the product's name is missing.",
        "Fyll i varför och vad som lämnades ut.",
        "Fill in why, and what was dispensed.",
    ),
    "order_invalid": Words(
        "Uppgifterna om utlämnandet har fel.",
        "What was entered about the hand-over has faults.",
        "Rätta felen som räknas upp.",
        "Correct the faults listed.",
    ),
    "prescription_id_unknown": Words(
        "Inget mottaget recept har ett id som börjar så.",
        "No received prescription has an id that begins so.",
        "Kontrollera id:t, eller skanna receptet.",
        "Check the id, or scan the prescription.",
    ),
    "prescription_id_not_unique": Words(
        "Flera mottagna recept har ett id som börjar så.",
        "Several received prescriptions have an id that begins so.",
        "Skriv fler tecken av id:t.",
        "Type more characters of the id.",
    ),
    # --- writing and signing --------------------------------------------------------------------------------------------
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
    # --- keys and setup -------------------------------------------------------------------------------------------------
    "key_file_missing": Words(
        "Nyckelfilen finns inte eller går inte att läsa.",
        "The key file does not exist or cannot be read.",
        "Kontrollera sökvägen och att du har rätt att läsa filen.",
        "Check the path and that you may read the file.",
    ),
    "key_file_invalid": Words(
        "Filen är ingen nyckel som går att använda (P-256 eller Ed25519, PEM utan lösenord).",
        "The file is no usable key (P-256 or Ed25519, PEM without a password).",
        "Välj rätt fil, eller skapa en ny nyckel.",
        "Choose the right file, or make a new key.",
    ),
    "key_file_exists": Words(
        "Det finns redan en fil där; den skrivs inte över.",
        "There is a file there already; it is not overwritten.",
        "Välj ett annat namn, eller flytta undan filen.",
        "Choose another name, or move the file aside.",
    ),
    "other_codes_there": Words(
        "Där ligger kodbilder som den här utskriften inte skriver över; de kan vara ett annat recepts.",
        "There are code images there that this print does not overwrite; they may be another prescription's.",
        "Flytta undan eller ta bort de filer som anges, eller välj ett annat namn.",
        "Move aside or delete the files named, or choose another name.",
    ),
    "key_file_write": Words(
        "Nyckelfilen gick inte att skriva.",
        "The key file could not be written.",
        "Kontrollera att katalogen finns, är skrivbar och har plats.",
        "Check that the directory exists, may be written and has room.",
    ),
    "policy_invalid": Words(
        "Inställningarna (policy.toml) har fel.",
        "The settings (policy.toml) have faults.",
        "Rätta det som anges; docs/policy.md beskriver varje inställning.",
        "Correct what is named; docs/policy.md describes every setting.",
    ),
    "gln_not_set": Words(
        "Apotekets GLN saknas i inställningarna.",
        "The pharmacy's GLN is missing from the settings.",
        "Fyll i gln i policy.toml.",
        "Fill in gln in policy.toml.",
    ),
    "demo_folder_in_use": Words(
        "Katalogen för övningen har andra filer i sig.",
        "The folder for the demo has other files in it.",
        "Välj en tom katalog.",
        "Choose an empty folder.",
    ),
    # --- the conformance kit --------------------------------------------------------------------------------------------
    "vectors_missing": Words(
        "Det finns inga testvektorer som passar frågan.",
        "There are no test vectors that match.",
        "Kontrollera --vectors, --layer och --name.",
        "Check --vectors, --layer and --name.",
    ),
    "vectors_invalid": Words(
        "Filen är ingen fil med testvektorer.",
        "The file is no file of test vectors.",
        "Gör om den, eller ta de vektorer som följer med dpr.",
        "Make it anew, or take the vectors that come with dpr.",
    ),
    "command_not_found": Words(
        "Programmet i --command går inte att starta.",
        "The program in --command cannot be started.",
        "Kontrollera sökvägen, och att filen får köras.",
        "Check the path, and that the file may be run.",
    ),
    "request_invalid": Words(
        "Raden är ingen fråga från dpr conformance run.",
        "The line is no request of dpr conformance run.",
        "Se docs/conformance.md för hur en fråga ser ut.",
        "See docs/conformance.md for what a request looks like.",
    ),
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
    "products_not_imported": Words(
        "Här finns ingen inläst produktlista att söka i.",
        "There is no imported product list here to search.",
        "Läs in en produktlista först.",
        "Import a product list first.",
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
        "Apotekets liggare känner inte till receptet.",
        "The pharmacy's ledger does not know the prescription.",
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
    "register_unreachable": Words(
        "Registret går inte att nå. Inget har skickats.",
        "The register cannot be reached. Nothing was sent.",
        "Programmet försöker igen av sig självt.",
        "The program tries again by itself.",
    ),
    "register_silent": Words(
        "Registret har inte svarat, så det är okänt om det tog emot uppgifterna.",
        "The register has not answered, so whether it took the data is not known.",
        "Skicka inget på nytt för hand. Programmet ser efter i registret först.",
        "Send nothing again by hand. The program looks in the register first.",
    ),
    "register_rejected": Words(
        "Registret sade nej.",
        "The register said no.",
        "Läs registrets svar, rätta det som går och begär ett nytt försök.",
        "Read the register's answer, correct what you can and ask for another attempt.",
    ),
    "patient_not_in_register": Words(
        "Registret känner inte till patientens nummer.",
        "The register does not know the patient's number.",
        "Kontrollera numret med patienten eller förskrivaren.",
        "Check the number with the patient or the prescriber.",
    ),
    "twin_in_register": Words(
        "Registret har redan ett recept som ser likadant ut. Bara ett av dem får expedieras.",
        "The register holds a prescription that looks the same already. Only one of them may be dispensed.",
        "Jämför dem. Är det samma: se till att det ena makuleras innan något lämnas ut.",
        "Compare them. If they are the same, have one cancelled before anything is dispensed.",
    ),
    "several_in_register": Words(
        "Samma rad finns flera gånger i registret.",
        "The same row is in the register several times.",
        "Låt registret ta bort de överflödiga; deras id anges.",
        "Have the register remove those that are too many; their ids are given.",
    ),
    "sink_animals": Words(
        "Djurrecept registreras i Receptdepå djur, inte i det här registret.",
        "Animal prescriptions are registered in Receptdepå djur, not in this register.",
        "Registrera receptet i Receptdepå djur.",
        "Register the prescription in Receptdepå djur.",
    ),
    "dispensing_not_kept": Words(
        "Liggaren har inte uttaget som ska rapporteras.",
        "The ledger does not hold the dispensing that is to be reported.",
        *_SUPPORT,
    ),
    "row_not_parked": Words(
        "Raden väntar inte på en farmaceut, så det finns inget att försöka igen.",
        "The row does not wait for a pharmacist, so there is nothing to try again.",
        "Se kön: den kan redan vara registrerad.",
        "Look at the queue: it may be registered already.",
    ),
    "register_token": Words(
        "Behörighetsbeviset till registret (DPR_REGISTER_TOKEN) har fel form.",
        "The token for the register (DPR_REGISTER_TOKEN) has the wrong form.",
        "Sätt variabeln till ett giltigt bevis utan mellanslag eller andra tecken.",
        "Set the variable to a valid token, without spaces or other characters.",
    ),
    "register_database": Words(
        "Övningsregistrets databas går inte att använda.",
        "The reference register's database cannot be used.",
        "Kontrollera sökvägen, eller ta bort filen: det är bara övningsdata.",
        "Check the path, or remove the file: it is only practice data.",
    ),
    "register_address": Words(
        "Övningsregistret kan inte lyssna på adressen.",
        "The reference register cannot listen on the address.",
        "Välj en annan port, eller stoppa det program som redan använder den.",
        "Choose another port, or stop the program that uses it already.",
    ),
    "rehearsal_invalid": Words(
        "Inställningen för övningen är fel.",
        "The setting for the rehearsal is wrong.",
        "Rätta det som anges. docs/nll-mapping.md beskriver vad som går att öva.",
        "Correct what is named. docs/nll-mapping.md describes what can be rehearsed.",
    ),
}


def words(code: str) -> Words:
    """The words of `code`; a code that is not in the table is a programming error (KeyError)."""
    return CODES[code]
