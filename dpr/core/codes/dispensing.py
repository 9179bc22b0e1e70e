"""What stops or is said at the counter, from the chosen item to the record of what was handed over."""

from __future__ import annotations

from dpr.core.codes.advice import FETCH, NEW_CREDENTIAL, NOTHING, SUPPORT, Words

TABLE: dict[str, Words] = {
    "dispensing_number": Words(
        "Uttaget har ett högre nummer än antalet uttag i receptet.",
        "The dispensing's number is higher than the number prescribed.",
        *SUPPORT,
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
        *NEW_CREDENTIAL,
    ),
    "pharmacist_credential_grace": Words(
        "Farmaceutens behörighetsbevis har gått ut och har inte kunnat förnyas.",
        "The pharmacist's credential has run out and could not be renewed.",
        *NEW_CREDENTIAL,
    ),
    "pharmacy_credential_grace": Words(
        "Apotekets eget bevis har gått ut och har inte kunnat förnyas.",
        "The pharmacy's own credential has run out and could not be renewed.",
        "Skaffa ett nytt bevis för apoteket så snart apoteksföretaget kan nås.",
        "Get a new credential for the pharmacy as soon as the pharmacy company can be reached.",
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
        *NOTHING,
    ),
    "pharmacist_status_stale": Words(
        "Uppgiften om att farmaceutens bevis inte är spärrat är gammal.",
        "The data that the pharmacist's credential is not revoked is old.",
        *FETCH,
    ),
    "pharmacy_status_stale": Words(
        "Uppgiften om att apotekets bevis inte är spärrat är gammal.",
        "The data that the pharmacy's credential is not revoked is old.",
        *FETCH,
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
        *NOTHING,
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
}
