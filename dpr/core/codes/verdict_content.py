"""Answers of the verdict's steps about the prescription itself: dates, pharmacy, items, medicines."""

from __future__ import annotations

from dpr.core.codes.advice import ASK, CALL, COMPARE, NOTHING, Words

TABLE: dict[str, Words] = {
    "dates_ok": Words(
        "Receptet gäller i dag.",
        "The prescription is valid today.",
        *NOTHING,
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
        *CALL,
    ),
    "audience_ok": Words(
        "Receptet är ställt till det här apoteket.",
        "The prescription is addressed to this pharmacy.",
        *NOTHING,
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
    "interval_unknown": Words(
        "Förra utlämnandet är daterat efter i dag: en klocka har gått fel, och tiden mellan uttagen är okänd.",
        "The last hand-over is dated after today: a clock was wrong, and the time between dispensings is not known.",
        "Fråga när läkemedlet senast hämtades. Har tiden gått, ange det som skäl.",
        "Ask when the medicine was last collected. If the time has passed, say so as the reason.",
    ),
    "dispensings_left": Words(
        "Det finns uttag kvar.",
        "There are dispensings left.",
        *NOTHING,
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
        *NOTHING,
    ),
    "workplace_code_ok": Words(
        "Arbetsplatskod finns där den behövs.",
        "There is a workplace code where it is needed.",
        *NOTHING,
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
        *NOTHING,
    ),
    "special_ok": Words(
        "Särskilt läkemedel: spärruppgifterna är färska nog.",
        "A special medicine: the revocation data is fresh enough.",
        *NOTHING,
    ),
    "special_needs_fresh_status": Words(
        "Särskilt läkemedel: spärruppgifterna är för gamla eller saknas.",
        "A special medicine: the revocation data is too old or missing.",
        "Hämta en ny spärrlista. Går det inte, lämna inte ut; ring förskrivaren.",
        "Fetch a new revocation list. If you cannot, do not dispense; call the prescriber.",
    ),
    "special_needs_fresh_trust_list": Words(
        "Särskilt läkemedel: listan över utfärdare är för gammal.",
        "A special medicine: the list of issuers is too old.",
        "Hämta en ny lista. Går det inte, lämna inte ut; ring förskrivaren.",
        "Fetch a new list. If you cannot, do not dispense; call the prescriber.",
    ),
    "special_needs_clock": Words(
        "Särskilt läkemedel: datorns klocka går fel, så ingen ålder är säker.",
        "A special medicine: this computer's clock is wrong, so no age is certain.",
        "Ställ datorns klocka rätt. Går det inte, lämna inte ut.",
        "Set the computer's clock right. If you cannot, do not dispense.",
    ),
    "special_no_grace": Words(
        "Särskilt läkemedel: förskrivarens bevis eller utfärdarens godkännande har gått ut för länge sedan.",
        "A special medicine: the prescriber's credential or the issuer's approval ran out too long ago.",
        *CALL,
    ),
    "substitution_ok": Words(
        "Utbyte är tillåtet.",
        "Substitution is allowed.",
        *NOTHING,
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
        *NOTHING,
    ),
    "seen_before": Words(
        "Receptet har visats här förut; uttagen räknas ihop.",
        "The prescription has been shown here before; its dispensings are counted together.",
        *NOTHING,
    ),
    "seen_before_in_other_bytes": Words(
        "Samma recept har kommit hit förut på annat sätt; uttagen räknas ihop.",
        "The same prescription has come here before in another way; its dispensings are counted together.",
        *NOTHING,
    ),
    "protected_none": Words(
        "Patienten har inte skyddad identitet.",
        "The patient's identity is not protected.",
        *NOTHING,
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
        *NOTHING,
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
        *ASK,
    ),
    "product_not_found": Words(
        "Varans kod finns inte i produktlistan.",
        "The product's code is not in the product list.",
        *COMPARE,
    ),
    "product_name_differs": Words(
        "Namnet i receptet är ett annat än det som varans kod står för.",
        "The name in the prescription is not that of the product's code.",
        *COMPARE,
    ),
    "product_form_differs": Words(
        "Läkemedelsformen i receptet är en annan än den som varans kod står för.",
        "The form in the prescription is not that of the product's code.",
        *COMPARE,
    ),
    "product_strength_differs": Words(
        "Styrkan i receptet är en annan än den som varans kod står för.",
        "The strength in the prescription is not that of the product's code.",
        *COMPARE,
    ),
    "product_pack_differs": Words(
        "Förpackningen i receptet är en annan än den som varans kod står för.",
        "The pack in the prescription is not that of the product's code.",
        *COMPARE,
    ),
    "product_atc_differs": Words(
        "ATC-koden i receptet är en annan än produktlistans.",
        "The ATC code in the prescription is not that of the product list.",
        *COMPARE,
    ),
    "product_control_class_differs": Words(
        "Receptet och produktlistan säger olika om narkotikaklass; den strängare gäller.",
        "The prescription and the product list differ on the control class; the stricter one applies.",
        "Följ reglerna för den strängare klassen.",
        "Follow the rules of the stricter class.",
    ),
}
